import type { Batch, Bits, Column } from 'tidegate'

export function bitsFor(rows: number): Bits {
  return new Uint8Array((rows + 7) >> 3)
}

export function hasBit(bits: Bits, row: number): boolean {
  return (((bits[row >> 3] as number) >> (row & 7)) & 1) === 1
}

/** Clears what stands behind the last row. */
export function trim(bits: Bits, rows: number): void {
  if ((rows & 7) !== 0) bits[rows >> 3] = (bits[rows >> 3] as number) & ((1 << (rows & 7)) - 1)
}

/** `into |= ` the rows in which the column is absent. */
export function orAbsent(into: Bits, column: Column): void {
  const n = column.length
  const none = column.type.kind === 'null'
  if (!none && column.nullCount === 0) return
  const validity = none ? undefined : column.validity
  for (let i = 0; i < (n + 7) >> 3; i++)
    into[i] = (into[i] as number) | (validity === undefined ? 0xff : ~(validity[i] as number))
  trim(into, n)
}

/** The rows in which a column of these is absent. */
export function absentIn(batch: Batch, indexes: readonly number[]): Bits {
  const absent = bitsFor(batch.length)
  for (const index of indexes) orAbsent(absent, batch.columns[index] as Column)
  return absent
}

/** Bytes of their own: what is read from a workspace may be a Buffer, whose `slice` shares memory at any address. */
export function copied(bytes: Uint8Array, start = 0, end: number = bytes.length): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes.subarray(start, end))
}
