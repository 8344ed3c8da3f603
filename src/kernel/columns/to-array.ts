/** Anything an Arquero table accepts as a column: arrays, typed arrays, Arrow columns of other libraries. */
export interface Indexed {
  readonly length: number
  at(row: number): unknown
}

/** The cells at `rows` (all of them without it) as a plain array. */
export function toArray(column: Indexed, rows?: Int32Array): unknown[] {
  const n = rows === undefined ? column.length : rows.length
  const out = new Array<unknown>(n)
  for (let i = 0; i < n; i++) out[i] = column.at(rows === undefined ? i : (rows[i] as number))
  return out
}
