import { z } from 'zod'
import { type Encoding, encodings } from './encoding.ts'
import { windows1252 } from './encoding-single.ts'

/** Options of all targets that write text. */
export const encodingShape = {
  encoding: z.enum(encodings).default('utf8'),
  /** Begins the file with a byte order mark (UTF-8, UTF-16). Default `false`. */
  bom: z.boolean().default(false),
}

/** The bytes of a text that `beyond` found nothing in. */
export function encodeText(text: string, encoding: Encoding): Uint8Array {
  switch (encoding) {
    case 'utf8':
      return Buffer.from(text)
    case 'latin1':
      return Buffer.from(text, 'latin1')
    case 'utf16le':
      return Buffer.from(text, 'utf16le')
    case 'utf16be':
      return Buffer.from(text, 'utf16le').swap16()
    case 'windows1252': {
      const out = Buffer.from(text, 'latin1')
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i)
        if (code > 0x7f) out[i] = bytesOf.get(code) ?? 0x3f
      }
      return out
    }
  }
}

/** The byte order mark, nothing for encodings that have none. */
export function byteOrderMark(encoding: Encoding): Uint8Array {
  return encoding.startsWith('utf') ? encodeText('\ufeff', encoding) : new Uint8Array(0)
}

const bytesOf: ReadonlyMap<number, number> = new Map(windows1252.map((code, i) => [code, 128 + i]))

// biome-ignore lint/suspicious/noControlCharactersInRegex: all that ISO 8859-1 has, control characters included.
const beyondLatin1 = /[^\u0000-\u00ff]/u
const beyondWindows1252 = new RegExp(
  `[^\\0-\\x7f${windows1252.map((code) => `\\u${code.toString(16).padStart(4, '0')}`).join('')}]`,
  'u',
)
const halfPair = /\p{Surrogate}/u

/** The first character of a text that an encoding cannot spell; half of a surrogate pair is none in any. */
export function beyond(text: string, encoding: Encoding): string | undefined {
  const pattern = encoding === 'latin1' ? beyondLatin1 : encoding === 'windows1252' ? beyondWindows1252 : halfPair
  if (pattern === halfPair && text.isWellFormed()) return undefined
  return pattern.exec(text)?.[0]
}

/** JSON text in which what an encoding cannot spell is escaped. */
export function escapeBeyond(text: string, encoding: Encoding = 'utf8'): string {
  if (encoding !== 'latin1' && encoding !== 'windows1252') return text
  const pattern = encoding === 'latin1' ? /[^\0-\x7f\xa0-\xff]/g : new RegExp(beyondWindows1252.source, 'g')
  return text.replace(pattern, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
