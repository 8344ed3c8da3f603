import { expected } from '../rules/definition.ts'

export function countOf(states: Uint8Array): number {
  let count = 0
  for (const state of states) if (state === expected) count++
  return count
}

/** Bytes that grow, `width` for each row. */
export interface Marks {
  /** How many rows have left theirs. */
  rows(): number
  /** Room for that many rows more. */
  room(rows: number): DataView
  view(): DataView
}

export function createMarks(width: number): Marks {
  let bytes = new Uint8Array(4096)
  let rows = 0
  return {
    rows: () => rows,
    room(more) {
      const from = rows * width
      rows += more
      const to = rows * width
      if (to > bytes.length) {
        const wider = new Uint8Array(Math.max(to, bytes.length * 2))
        wider.set(bytes)
        bytes = wider
      }
      return new DataView(bytes.buffer, from, to - from)
    },
    view: () => new DataView(bytes.buffer, 0, rows * width),
  }
}
