import type { Dependency } from '../types.ts'
import type { codesOf } from './sample.ts'

type Coded = ReturnType<typeof codesOf>
/** Columns that are looked at, the first ones. */
const most = 24
/** Rows that a value of the deciding column must have on average: else nothing is shown by it. */
const support = 4

/**
 * Approximate functional dependencies in the sample with an error of at most `atMost`: g3, the share of rows that would have to go (Kivinen and Mannila,
 * "Approximate inference of functional dependencies from relations", 1995). Dependencies that a constant column or chance explains are left out.
 */
export function dependencies(
  names: readonly string[],
  sample: readonly Coded[],
  atMost: number,
): readonly Dependency[] {
  const found: Dependency[] = []
  const rows = sample[0]?.codes.length ?? 0
  const width = Math.min(most, names.length)
  for (let from = 0; from < width; from++) {
    const a = sample[from] as Coded
    if (a.different < 2 || a.different * support > rows) continue
    for (let to = 0; to < width; to++) {
      const b = sample[to] as Coded
      if (from === to || b.different < 2) continue
      const error = g3(a, b, rows)
      // One that always guesses the most frequent value must be clearly worse.
      if (error <= atMost && error <= 0.2 * g3({ codes: new Int32Array(rows), different: 1 }, b, rows))
        found.push({ from: names[from] as string, to: names[to] as string, error })
    }
  }
  return found.sort((x, y) => x.error - y.error)
}

function g3(a: Coded, b: Coded, rows: number): number {
  const times = new Map<number, number>()
  const best = new Int32Array(a.different)
  for (let row = 0; row < rows; row++) {
    const group = a.codes[row] as number
    const key = group * b.different + (b.codes[row] as number)
    const count = (times.get(key) ?? 0) + 1
    times.set(key, count)
    if (count > (best[group] as number)) best[group] = count
  }
  return (rows - best.reduce((sum, count) => sum + count, 0)) / rows
}
