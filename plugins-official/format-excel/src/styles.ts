import { readXml } from './xml.ts'

/** How a cell style shows a number: as a date (with or without time of day), as a time of day, as a duration, or as a number. */
export type DateStyle = 'date' | 'time' | 'elapsed' | undefined

/** Built-in number formats that show dates (ECMA-376 part 1, section 18.8.30). */
function builtIn(id: number): DateStyle {
  if (id === 46) return 'elapsed'
  if ((id >= 18 && id <= 21) || (id >= 45 && id <= 47) || (id >= 32 && id <= 35)) return 'time'
  return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58) ? 'date' : undefined
}

/** What a format code such as `yyyy-mm-dd hh:mm` shows: quoted text, escaped characters and conditions in brackets count for nothing. */
export function dateStyleOf(code: string): DateStyle {
  const first = code.split(';')[0] as string
  const plain = first
    .replace(/"[^"]*"|\\.|_.|\*./g, '')
    .replace(/\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, '')
    .replace(/general/gi, '')
    .replace(/am\/pm|a\/p/gi, 'h')
  if (/[yd]/i.test(plain)) return 'date'
  if (/\[[hms]/i.test(plain)) return 'elapsed'
  if (/[hs]/i.test(plain)) return 'time'
  return /m/i.test(plain) ? 'date' : undefined
}

export async function readStyles(
  bytes: AsyncIterable<Uint8Array>,
  shown: string,
  name: string,
): Promise<readonly DateStyle[]> {
  const formats = new Map<number, DateStyle>()
  const styles: DateStyle[] = []
  let inCells = false
  await readXml(bytes, shown, name, {
    open(tag, { numFmtId = '0', formatCode }) {
      const id = Number(numFmtId)
      if (tag === 'numFmt' && formatCode !== undefined) formats.set(id, dateStyleOf(formatCode))
      if (tag === 'cellXfs') inCells = true
      if (tag === 'xf' && inCells) styles.push(formats.has(id) ? formats.get(id) : builtIn(id))
    },
    close(tag) {
      if (tag === 'cellXfs') inCells = false
    },
  })
  return styles
}
