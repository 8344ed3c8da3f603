import { type Codes, type Column, isValid } from '../../../kernel/columns/column.ts'
import { DictionaryColumn } from '../../../kernel/columns/text.ts'
import type { Bits } from '../../check.ts'

/** The validity of a column that has absent rows. */
export function someAbsent(column: Column): Uint8Array | undefined {
  return column.nullCount === 0 ? undefined : column.validity
}

export function markRow(failing: Bits, row: number): void {
  failing[row >> 3] = (failing[row >> 3] as number) | (1 << (row & 7))
}

/** Marks of eight rows, `bits` of byte `at`, those that are present. */
export function markByte(failing: Bits, at: number, bits: number, validity: Uint8Array | undefined): void {
  failing[at] = (failing[at] as number) | (validity === undefined ? bits : bits & (validity[at] as number))
}

/** Marks the present rows whose code has a 1 in `bad`. */
export function markCodes(codes: Codes, bad: Uint8Array, validity: Uint8Array | undefined, failing: Bits): void {
  const n = codes.length
  const whole = n & ~7
  for (let row = 0; row < whole; row += 8) {
    const bits =
      (bad[codes[row] as number] as number) |
      ((bad[codes[row + 1] as number] as number) << 1) |
      ((bad[codes[row + 2] as number] as number) << 2) |
      ((bad[codes[row + 3] as number] as number) << 3) |
      ((bad[codes[row + 4] as number] as number) << 4) |
      ((bad[codes[row + 5] as number] as number) << 5) |
      ((bad[codes[row + 6] as number] as number) << 6) |
      ((bad[codes[row + 7] as number] as number) << 7)
    if (bits !== 0) markByte(failing, row >> 3, bits, validity)
  }
  for (let row = whole; row < n; row++) {
    if (bad[codes[row] as number] === 1 && isValid(validity, row)) markRow(failing, row)
  }
}

/**
 * A marker of text that asks once per dictionary entry (dictionaries are immutable and shared between batches), else once per row. Entries
 * that occur in no row are asked too.
 */
export function textMarker(
  isBad: (text: string) => boolean,
  plain: (column: Column, failing: Bits) => void,
): (column: Column, failing: Bits) => void {
  const known = new WeakMap<readonly string[], Uint8Array>()
  return (column, failing) => {
    if (!(column instanceof DictionaryColumn)) return plain(column, failing)
    let bad = known.get(column.dictionary)
    if (bad === undefined) {
      bad = Uint8Array.from(column.dictionary, (text) => Number(isBad(text)))
      known.set(column.dictionary, bad)
    }
    markCodes(column.codes, bad, someAbsent(column), failing)
  }
}

/** Marks the present rows whose cell `isBad`. */
export function markCells(column: Column, failing: Bits, isBad: (value: unknown) => boolean): void {
  for (let row = 0; row < column.length; row++) {
    const value = column.at(row)
    if (value !== null && isBad(value)) markRow(failing, row)
  }
}
