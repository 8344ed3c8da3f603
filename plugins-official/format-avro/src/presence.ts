/** Which rows are absent; a bitmap is made only where one is. */
export interface Presence {
  absent(row: number): void
  /** Arrow validity of the first `rows` rows. Begins anew. */
  take(rows: number): Uint8Array | undefined
}

export function createPresence(): Presence {
  let rowsAbsent: number[] = []
  return {
    absent(row) {
      rowsAbsent.push(row)
    },
    take(rows) {
      if (rowsAbsent.length === 0) return undefined
      const bits = new Uint8Array((rows + 7) >> 3).fill(0xff)
      if ((rows & 7) !== 0) bits[bits.length - 1] = (1 << (rows & 7)) - 1
      for (const row of rowsAbsent) bits[row >> 3] = (bits[row >> 3] as number) & ~(1 << (row & 7))
      rowsAbsent = []
      return bits
    },
  }
}

type Typed = Int8Array | Int32Array | Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array

/** The array, or a larger copy that holds at least `size` entries. */
export function roomy<T extends Typed>(values: T, size: number): T {
  if (values.length >= size) return values
  const larger = new (values.constructor as new (length: number) => T)(Math.max(size, values.length * 2, 64))
  larger.set(values)
  return larger
}

/** The first `size` entries in an array of their own; no copy where little is wasted. */
export function trimmed<T extends Typed>(values: T, size: number): T {
  return (values.length > size + (size >> 2) ? values.slice(0, size) : values.subarray(0, size)) as T
}
