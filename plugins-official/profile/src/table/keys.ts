import type { CandidateKey, ColumnProfile } from '../types.ts'
import type { codesOf } from './sample.ts'

type Coded = ReturnType<typeof codesOf>
/** Combinations are looked for among so many columns: those with the most distinct values. */
const most = 12

/**
 * Single columns from the counts of all rows; pairs and triples from the sample, where no column and no pair inside is a key already. A column with nulls
 * or with fractions is none.
 */
export function candidateKeys(
  rows: number,
  columns: readonly ColumnProfile[],
  sample: readonly Coded[],
): readonly CandidateKey[] {
  const keys: CandidateKey[] = []
  if (rows === 0) return keys
  const rest: number[] = []
  columns.forEach((column, i) => {
    if (column.nulls > 0 || column.numbers?.integers === false) return
    const { count, method, error } = column.distinct
    const coded = sample[i] as Coded
    const all = coded.different === coded.codes.length
    if (all && (method === 'exact' ? count === rows : Math.abs(count - rows) <= 3 * error * rows))
      keys.push({ columns: [column.name], basis: method === 'exact' ? 'all rows' : 'estimate' })
    else if (count > 1) rest.push(i)
  })
  rest.sort((a, b) => distinctOf(b) - distinctOf(a) || a - b)
  const among = rest.slice(0, most).sort((a, b) => a - b)
  const found: number[][] = []
  for (const size of [2, 3]) {
    for (const group of groups(among, size)) {
      if (found.some((key) => key.every((i) => group.includes(i)))) continue
      if (group.reduce((product, i) => product * distinctOf(i), 1) < rows) continue
      if (tellsApart(group.map((i) => sample[i] as Coded))) found.push(group)
    }
  }
  const ofSample = (group: readonly number[]): CandidateKey => ({
    columns: group.map((i) => (columns[i] as ColumnProfile).name),
    basis: (sample[0] as Coded).codes.length === rows ? 'all rows' : 'sample',
  })
  return [...keys, ...found.map(ofSample)]

  /** Estimates are taken with three standard errors more, so that none is ruled out by chance. */
  function distinctOf(i: number): number {
    const { count, error } = (columns[i] as ColumnProfile).distinct
    return count * (1 + 3 * error)
  }
}

function groups(of: readonly number[], size: number): number[][] {
  if (size === 0) return [[]]
  return of.flatMap((first, i) => groups(of.slice(i + 1), size - 1).map((rest) => [first, ...rest]))
}

function tellsApart(columns: readonly Coded[]): boolean {
  const seen = new Set<number>()
  const rows = columns[0]?.codes.length ?? 0
  for (let row = 0; row < rows; row++) {
    let key = 0
    for (const { codes, different } of columns) key = key * different + (codes[row] as number)
    if (seen.has(key)) return false
    seen.add(key)
  }
  return rows > 1
}
