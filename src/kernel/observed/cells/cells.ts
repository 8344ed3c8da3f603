/** What a kernel needs of a column: typed columns, plain arrays and foreign Arrow columns all have it. */
export interface Cells {
  readonly length: number
  at(row: number): unknown
}
