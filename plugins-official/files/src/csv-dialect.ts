import { z } from 'zod'
import type { CellRules } from './block.ts'

const byteOption = (what: string) =>
  z
    .string()
    .refine(
      (text) => text.length === 1 && text.charCodeAt(0) < 128 && text !== '\n' && text !== '\r',
      `${what} must be one ASCII character and no line break`,
    )

/** How the text of a CSV file is laid out. Shared by reader and writer. */
export const dialectShape = {
  /** Between cells. Default `,`. */
  delimiter: byteOption('delimiter').default(','),
  /** Around cells that hold a delimiter, quote or line break; `null`: quotes mean nothing. Default `"`. */
  quote: byteOption('quote').nullable().default('"'),
  /** Before a quote inside quotes. Default: the quote itself (doubled, as in RFC 4180); another character, such as `\`, takes the next one literally. */
  escape: byteOption('escape').optional(),
  /** Spellings of an absent value. Default: nothing at all. */
  nulls: z.array(z.string()).default(['']),
  /** Lines that begin with it are skipped. Default: there are no comments. */
  comment: byteOption('comment').optional(),
  /** Decimal separator of floats and decimals. Default `.`. */
  decimal: z.enum(['.', ',']).default('.'),
}

export type DialectOptions = z.output<z.ZodObject<typeof dialectShape>>

/** A dialect in bytes; -1 stands for "none". */
export interface Dialect {
  readonly delimiter: number
  readonly quote: number
  readonly escape: number
  readonly comment: number
  readonly trim: boolean
  /** An empty cell without quotes is absent. */
  readonly emptyIsNull: boolean
  /** Spellings of absent values other than the empty one. */
  readonly spellings: readonly Uint8Array[]
}

export function dialectOf(options: DialectOptions & { readonly trim?: boolean | undefined }): Dialect {
  const code = (text: string | null | undefined) => (text === null || text === undefined ? -1 : text.charCodeAt(0))
  const encoder = new TextEncoder()
  return {
    delimiter: code(options.delimiter),
    quote: code(options.quote),
    escape: code(options.escape ?? options.quote),
    comment: code(options.comment),
    trim: options.trim ?? false,
    emptyIsNull: options.nulls.includes(''),
    spellings: options.nulls.filter((text) => text !== '').map((text) => encoder.encode(text)),
  }
}

/** Whether the bytes are one of the spellings of an absent value. */
export function nullTest({ emptyIsNull, spellings }: Dialect): CellRules['isNull'] {
  return (bytes, start, end) => {
    if (start === end) return emptyIsNull
    for (const spelling of spellings) {
      if (spelling.length !== end - start) continue
      let i = 0
      while (i < spelling.length && bytes[start + i] === spelling[i]) i++
      if (i === spelling.length) return true
    }
    return false
  }
}
