import type { Bounds, Partitions } from './partitions.ts'

/** For each row the row whose value a window function gives there, -1 for its default. */
export function shifted({ order, starts, total }: Partitions, by: number): Int32Array {
  const out = new Int32Array(total).fill(-1)
  for (let part = 0; part + 1 < starts.length; part++) {
    const start = starts[part] as number
    const end = starts[part + 1] as number
    const first = Math.max(start, start - by)
    const last = Math.min(end, end - by)
    for (let i = first; i < last; i++) out[order[i] as number] = order[i + by] as number
  }
  return out
}

/** The row at place `nth` of each frame, counted from 1; 0 for the last one. */
export function framed({ order, starts, total }: Partitions, { from, to }: Bounds, nth: number): Int32Array {
  const out = new Int32Array(total).fill(-1)
  for (let part = 0; part + 1 < starts.length; part++) {
    const start = starts[part] as number
    for (let i = start; i < (starts[part + 1] as number); i++) {
      const high = to[i] as number
      const at = nth === 0 ? high - 1 : (from[i] as number) + nth - 1
      if (at < high) out[order[i] as number] = order[start + at] as number
    }
  }
  return out
}

/** The row itself where its value is valid, otherwise the nearest valid one before (`down`) or after it. */
export function filled({ order, starts, total }: Partitions, valid: Uint8Array | undefined, down: boolean): Int32Array {
  const out = new Int32Array(total).fill(-1)
  for (let part = 0; part + 1 < starts.length; part++) {
    const start = starts[part] as number
    const n = (starts[part + 1] as number) - start
    let last = -1
    for (let i = 0; i < n; i++) {
      const row = order[start + (down ? i : n - 1 - i)] as number
      if (valid === undefined || valid[row] === 1) last = row
      out[row] = last
    }
  }
  return out
}
