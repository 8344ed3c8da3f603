import { corrupt } from './faults.ts'
import { unescapeText } from './text.ts'
import { readXml } from './xml.ts'

/** Characters of all shared strings together: they are held in memory. */
const mostText = 1 << 28

/** The table of strings that cells refer to by number; runs of rich text are joined, phonetic hints left out. */
export async function readSharedStrings(
  bytes: AsyncIterable<Uint8Array>,
  shown: string,
  name: string,
): Promise<readonly string[]> {
  const strings: string[] = []
  let text = ''
  let inText = false
  let phonetic = 0
  let total = 0
  await readXml(bytes, shown, name, {
    open(tag) {
      if (tag === 'si') text = ''
      else if (tag === 't') inText = phonetic === 0
      else if (tag === 'rPh') phonetic++
    },
    close(tag) {
      if (tag === 't') inText = false
      else if (tag === 'rPh') phonetic--
      else if (tag === 'si') {
        total += text.length + 32
        if (total > mostText) throw corrupt(shown, `holds more than ${mostText} characters of text in "${name}"`)
        strings.push(unescapeText(text))
      }
    },
    text(piece) {
      if (inText) text += piece
    },
  })
  return strings
}
