import { count, each, type Node, rollup, sum } from 'tidegate'
import { type Line, linesOf, type World } from './lab.ts'

/** `n` parts of 50 rows each. */
export function partsOf(n: number): Record<string, Line[]> {
  return Object.fromEntries(
    Array.from({ length: n }, (_, part) => [
      `part-${part}`,
      Array.from({ length: 50 }, (_, row) => ({ id: part * 50 + row, k: `k${row % 5}`, v: row })),
    ]),
  )
}

export function tradesOf(own: World): Record<string, Node> {
  const src = linesOf(own, { allowVanishing: true })
  const kept = each({ from: src, keep: true, run: (t) => t.derive({ w: (d) => (d.v as number) * 2 }) })
  const totals = rollup({ from: kept, by: ['k'], measure: { n: count(), total: sum('w') } })
  return { src, kept: kept as Node, totals: totals as Node }
}

/** What `totals` holds, counted by hand. */
export function expectedTotals(parts: Record<string, readonly Line[]>): readonly (readonly [string, number, number])[] {
  const rows = Object.values(parts).flat()
  return [...new Set(rows.map((row) => row.k))].sort().map((k) => {
    const own = rows.filter((row) => row.k === k)
    return [k, own.length, own.reduce((total, row) => total + 2 * (row.v as number), 0)] as const
  })
}
