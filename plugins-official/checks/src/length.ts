import {
  type Bits,
  BytesColumn,
  type Check,
  type CheckOptions,
  type Column,
  columnCheck,
  isAscii,
  isValid,
  markRow,
  someAbsent,
  textMarker,
} from 'tidegate'
import { callable, refuse } from './callable.ts'
import type { Holds } from './row-types.ts'
import { listed } from './text.ts'

export interface LengthOptions extends CheckOptions {
  readonly min?: number
  readonly max?: number
}

type LengthFn = <K extends string>(column: K, options: LengthOptions) => Check<Holds<K, string | readonly unknown[]>>

/**
 * `min <= length <= max`: code points of a text (one for an emoji that JavaScript counts as two), entries of a list, absent ones included. Null
 * passes. Bytes of text are counted without being decoded, a dictionary entry once. Throws `CONFIG_INVALID` for bounds that no length meets.
 */
export const length = callable(
  { check: 'length', arguments: ['column'], options: ['min', 'max'] },
  (column: string, { min = 0, max = Number.POSITIVE_INFINITY, ...options }: LengthOptions) => {
    const given = {
      ...(min === 0 ? {} : { min }),
      ...(max === Number.POSITIVE_INFINITY ? {} : { max }),
    }
    const name = `length(${column}${Object.keys(given).length === 0 ? '' : `, ${listed(given)}`})`
    if (Object.keys(given).length === 0 || !(min <= max) || !(max >= 0))
      refuse(`${name}: every length, or none, is within these bounds.`, 'Give min or max, the lower one first.')
    const isBad = (size: number) => size < min || size > max
    const markText = textMarker(
      (text) => isBad(codePoints(text)),
      (cells, failing) => markPlain(cells, min, max, failing),
    )
    return columnCheck({
      name,
      column,
      parameters: { column, ...given },
      options,
      kinds: ['string', 'list'],
      needs: 'text or a list',
      make: ({ type }) => (type.kind === 'list' ? (cells, failing) => markLists(cells, isBad, failing) : markText),
      fails: { is: 'not', of: { is: 'long', column, min, max } },
    })
  },
) as LengthFn

/** A surrogate pair is one code point. */
export function codePoints(text: string): number {
  let count = text.length
  for (let i = 1; i < text.length; i++) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) count--
  }
  return count
}

/** The code points of each cell; what stands at absent rows means nothing. */
export function textLengths(column: Column): Float64Array {
  const out = new Float64Array(column.length)
  if (!(column instanceof BytesColumn && column.isEncoded)) {
    const strings = column instanceof BytesColumn ? column.strings() : undefined
    for (let row = 0; row < out.length; row++)
      out[row] = codePoints(strings === undefined ? String(column.at(row) ?? '') : (strings[row] ?? ''))
    return out
  }
  const { bytes, offsets } = column
  const ascii = isAscii(bytes, offsets[0] as number, offsets[out.length] as number)
  for (let row = 0; row < out.length; row++) {
    const start = offsets[row] as number
    const end = offsets[row + 1] as number
    out[row] = ascii ? end - start : pointsIn(bytes, start, end)
  }
  return out
}

/** UTF-8: every byte but the continuing ones begins a code point. */
function pointsIn(bytes: Uint8Array, start: number, end: number): number {
  let count = 0
  for (let at = start; at < end; at++) count += ((bytes[at] as number) & 0xc0) === 0x80 ? 0 : 1
  return count
}

function markPlain(column: Column, min: number, max: number, failing: Bits): void {
  if (column.type.kind === 'null') return
  const validity = someAbsent(column)
  if (column instanceof BytesColumn && column.isEncoded) {
    markBytes(column, min, max, validity, failing)
    return
  }
  const strings = column instanceof BytesColumn ? column.strings() : undefined
  for (let row = 0; row < column.length; row++) {
    const text = strings === undefined ? String(column.at(row) ?? '') : (strings[row] ?? '')
    // A code point takes one unit or two.
    const size = text.length
    if (size <= max && size > 2 * (min - 1)) continue
    const points = size < min || size > 2 * max ? size : codePoints(text)
    if ((points < min || points > max) && isValid(validity, row)) markRow(failing, row)
  }
}

/** A code point takes one byte to four: where the number of bytes leaves no doubt, none is looked at. */
function markBytes(
  { bytes, offsets, length }: BytesColumn,
  min: number,
  max: number,
  validity: Uint8Array | undefined,
  failing: Bits,
): void {
  // Where many are in doubt, one look at all bytes may settle it.
  let doubts = length >> 4
  let ascii: boolean | undefined
  let start = offsets[0] as number
  for (let row = 0; row < length; row++) {
    const end = offsets[row + 1] as number
    const size = end - start
    if (size > max || size <= 4 * (min - 1)) {
      if (--doubts < 0) ascii ??= isAscii(bytes, offsets[0] as number, offsets[length] as number)
      const points = ascii || size < min || size > 4 * max ? size : pointsIn(bytes, start, end)
      if ((points < min || points > max) && isValid(validity, row)) markRow(failing, row)
    }
    start = end
  }
}

function markLists(column: Column, isBad: (size: number) => boolean, failing: Bits): void {
  for (let row = 0; row < column.length; row++) {
    const cell = column.at(row)
    if (Array.isArray(cell) && isBad(cell.length)) markRow(failing, row)
  }
}
