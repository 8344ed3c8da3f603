import { describeColumn } from './column/describe.ts'
import { methods } from './methods.ts'
import type { ColumnState } from './profiler.ts'
import { type CoMoments, pearson } from './sketch/moments.ts'
import { dependencies } from './table/dependencies.ts'
import { candidateKeys } from './table/keys.ts'
import { codesOf } from './table/sample.ts'
import type { Profile } from './types.ts'

interface Gathered {
  readonly rows: number
  readonly columns: readonly ColumnState[]
  readonly sample: readonly (readonly unknown[])[]
  readonly pairs: readonly CoMoments[]
  readonly correlated: readonly string[]
  readonly left: readonly string[]
  readonly dependencyError: number
}

/** What has been gathered, as a profile. */
export function finishProfile(given: Gathered): Profile {
  const { rows, correlated, left, pairs } = given
  const columns = given.columns.map((state, i) => describeColumn(state, rows, given.sample[i] ?? []))
  const coded = given.columns.map((_, i) => codesOf(given.sample[i] ?? []))
  const names = columns.map(({ name }) => name)
  const correlations = correlated
    .flatMap((b, i) =>
      correlated.slice(0, i).flatMap((a, j) => {
        const pair = pairs[(i * (i - 1)) / 2 + j] as CoMoments
        const r = pearson(pair)
        return r === undefined ? [] : [{ a, b, r, rows: pair.n }]
      }),
    )
    .sort((x, y) => Math.abs(y.r) - Math.abs(x.r))
  return {
    version: 1,
    rows,
    columns,
    keys: candidateKeys(rows, columns, coded),
    correlations: { columns: correlated, left, pairs: correlations },
    dependencies: dependencies(names, coded, given.dependencyError),
    sample: { rows: given.sample[0]?.length ?? 0, of: rows },
    methods,
  }
}
