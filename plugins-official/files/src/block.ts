import { isUtf8 } from 'node:buffer'

/** Low bits of an entry of `ends`: the cell is absent; it stood in quotes. The rest, shifted by `tagBits`, is where it ends. */
export const absent = 1
export const quoted = 2
export const tagBits = 2

/**
 * A run of records whose cells have been found but not yet read. Cell `c` of row `r` is
 * `bytes[starts[i] .. ends[i] >> tagBits)` with `i = r * width + c`: without quotes, escapes already resolved.
 */
export interface Block {
  bytes: Uint8Array
  starts: Int32Array
  ends: Int32Array
  width: number
  rows: number
  /** Sets a row aside: `column` counts the cells of a record from 0. The first reason of a row counts. */
  reject(row: number, column: number, reason: string): void
}

/** What cells of one column may look like. */
export interface CellRules {
  readonly name: string
  readonly nullable: boolean
  /** Byte of the decimal separator. */
  readonly decimal: number
  /** Byte of the mark between groups of three digits, -1 for none. */
  readonly thousands: number
  /** Pattern of dates and timestamps such as `DD.MM.YYYY`; undefined: ISO 8601. */
  readonly dateFormat: string | undefined
  /** The type was inferred: what the inference would not have taken for it (leading zeros, a plus sign, another kind of offset) is refused. */
  readonly strict: boolean
  /** How messages call an absent cell: `empty`, `null or missing`. */
  readonly absence: string
  /** An empty cell of a text column that is not nullable reads as empty text. */
  readonly emptyText: boolean
  /** True for bytes that spell an absent value, whether quoted or not. */
  isNull(bytes: Uint8Array, start: number, end: number): boolean
}

/** Reads the cells of one column, block after block, into a typed column. */
export interface CellReader<C = unknown> {
  /** Reads cell `column` of all rows of the block; row `r` becomes row `at + r`. What cannot be read is rejected. */
  read(block: Block, column: number, at: number): void
  /** The first `rows` rows as a column; the reader begins anew. */
  take(rows: number): C
}

const shown = 60
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end))
}

/** Raw bytes as a rejected row keeps them: as text, or where they are no valid UTF-8 as `base64:...`, so that nothing of them is lost. */
export function rawOf(bytes: Uint8Array, start: number, end: number): string {
  const raw = bytes.subarray(start, end)
  return isUtf8(raw) ? textOf(bytes, start, end) : `base64:${Buffer.from(raw).toString('base64')}`
}

/** `end`, moved before a character that would be cut there. */
export function beforeCut(bytes: Uint8Array, start: number, end: number): number {
  let at = end
  while (at > start && end - at < 4 && ((bytes[at] as number) & 0xc0) === 0x80) at--
  return at
}

/** A cell as messages quote it. */
export function quote(bytes: Uint8Array, start: number, end: number): string {
  const text = textOf(bytes, start, Math.min(end, start + shown * 4))
  return JSON.stringify(text.length > shown || end > start + shown * 4 ? `${text.slice(0, shown)}...` : text)
}
