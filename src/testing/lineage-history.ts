import { createRandom } from '../kernel/hash/random.ts'
import { finishEvents, startEvents } from '../kernel/lineage/events.ts'
import type { NodeFacts, RunFacts } from '../kernel/lineage/facts.ts'
import type { Section } from '../kernel/parts/record.ts'
import { types } from '../kernel/types.ts'
import type { LineageEvent } from '../plugins/lineage-store.ts'
import type { ColumnLineage } from '../plugins/step-kind.ts'

/** The runs of small random pipelines that read each other: for comparing what two stores make of the same events. The same seed gives the same runs. */
export function randomRuns(seed: string, count = 6): RunFacts[] {
  const random = createRandom(seed)
  const below = (n: number): number => Math.floor(random() * n)
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T
  const runs: RunFacts[] = []
  const names = ['a', 'b', 'c', 'd', 'e'].slice(0, 2 + below(4))
  for (let run = 0; run < count; run++) {
    const startedAt = 1_000_000 + below(6) * 1000
    const pipeline = pick(['p', 'q'])
    const common = { env: 'test', pipeline, runId: `run-${run}`, startedAt, endedAt: startedAt + 500 + below(2000) }
    const nodes = names.map((name, index): NodeFacts => {
      const source = index === 0
      const earlier = names.slice(0, index)
      const inputs = source
        ? []
        : ['', 'side'].slice(0, 1 + below(2)).map((input) => {
            const other = below(8) === 0
            return {
              name: input,
              node: pick(other ? names : earlier),
              output: pick(['main', 'main', 'quarantine']),
              ...(other ? { pipeline: pick(['p', 'q']) } : {}),
            }
          })
      const status = pick([
        'committed',
        'committed',
        'committed',
        'failed',
        'withheld',
        'skipped',
        'up to date',
      ] as const)
      const section =
        status === 'failed'
          ? undefined
          : randomSection(
              { pipeline, name, runId: common.runId, at: common.endedAt },
              inputs.map((input) => input.name),
              below,
            )
      const error = status === 'failed' ? { code: 'STEP_FAILED', message: `"${name}" threw` } : undefined
      const outside =
        source || below(5) === 0 ? { dataset: { namespace: 'file', name: `/data/${pick(['x', 'y'])}.csv` } } : {}
      const shape = source ? 'source' : 'dataset' in outside ? 'target' : pick(['row-wise', 'fold', 'whole'] as const)
      const own = { name, kind: shape, shape, status, inputs, startedAt, endedAt: common.endedAt } satisfies NodeFacts
      return {
        ...own,
        ...outside,
        ...(section === undefined ? {} : { section }),
        ...(error === undefined ? {} : { error }),
      }
    })
    runs.push({ ...common, entry: run + 1, nodes })
  }
  return runs
}

/** All that such runs say. */
export function randomLineage(seed: string, count?: number): LineageEvent[] {
  return randomRuns(seed, count).flatMap((run) => [...startEvents(run), ...finishEvents(run)])
}

function randomSection(
  of: { readonly pipeline: string; readonly name: string; readonly runId: string; readonly at: number },
  inputs: readonly string[],
  below: (n: number) => number,
): Section {
  const columns = ['x', 'y', 'z'].slice(0, 1 + below(3))
  const lineage = columns.map((column): ColumnLineage => {
    const sources = inputs.flatMap((input) =>
      below(3) > 0 ? [{ input, column: ['x', 'y', 'z'][below(3)] as string }] : [],
    )
    const how = (['identity', 'derived', 'opaque'] as const)[below(3)] as ColumnLineage['how']
    return { column, sources, how, ...(how === 'derived' ? { expression: `d => d.${column} + ${below(3)}` } : {}) }
  })
  const rows = below(100)
  return {
    version: 1,
    pipeline: of.pipeline,
    node: of.name,
    kind: 'each',
    runId: of.runId,
    at: of.at,
    kept: true,
    base: '',
    ingredients: {},
    schema: { fields: columns.map((name) => ({ name, type: types.float64, nullable: false })) },
    parts: [],
    order: { by: 'part' },
    lineage,
    inputs: {},
    counts: { rowsIn: rows, rowsOut: rows, quarantined: below(2), dropped: 0, warned: 0 },
    checks: [
      {
        name: 'rowCount(1)',
        columns: [],
        scope: 'dataset',
        verdict: 'halt',
        failed: 0,
        of: rows,
        pass: true,
        observed: `${rows} rows`,
      },
    ],
    snapshot: `v${below(4)}`,
    duration: 100,
    bytes: rows * 8,
  }
}
