import { clamp, deduplicate, defaultTo, largest, trim, upperCase } from '@tidegate/checks'
import fc from 'fast-check'
import {
  between,
  count,
  defineConfig,
  defineSource,
  Executor,
  each,
  LineageStore,
  matches,
  max,
  type Node,
  notNull,
  pipeline,
  provide,
  rollup,
  step,
  sum,
  table,
  Workspace,
} from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { hashJson } from '../../../src/kernel/hash/hash.ts'
import { createKernel } from '../../../src/kernel/kernel.ts'
import type { OutputName } from '../../../src/kernel/node.ts'
import { readNode } from '../../../src/kernel/run/read-node.ts'
import { type RunOutcome, runPipeline } from '../../../src/kernel/run/run-pipeline.ts'
import { createInProcessExecutor } from '../../../src/plugins/defaults/in-process-executor.ts'
import { createMemoryLineage } from '../../../src/plugins/defaults/memory-lineage.ts'
import { createMemoryWorkspace } from '../../support/memory-workspace.ts'
import { helpersOf } from '../../support/row-local.ts'

/** Incremental == full with gates that repair, at a source, a fused node, a whole step and a roll-up: rows, quarantine, audit and counts. */
const Source = z.object({ id: z.int32(), k: z.string().nullable(), v: z.number().nullable() })
type Row = z.infer<typeof Source>
type Parts = readonly { readonly id: string; readonly rows: readonly Row[] }[]

interface Shape {
  readonly otherwise: 'quarantine' | 'drop' | 'warn'
  readonly most: number
  readonly keep: boolean
  readonly unique: boolean
}

function pipelineOf(parts: () => Parts, { otherwise, most, keep, unique: once }: Shape) {
  const rows = defineSource({
    name: 'test/rows',
    create: () => ({
      listing: 'complete' as const,
      async *discover() {
        for (const part of parts()) yield { id: part.id, fingerprint: hashJson(part) }
      },
      describe: async () =>
        ({
          fields: [
            { name: 'id', type: { kind: 'int', bits: 32, signed: true }, nullable: false },
            { name: 'k', type: { kind: 'string' }, nullable: true },
            { name: 'v', type: { kind: 'float', bits: 64 }, nullable: true },
          ],
        }) as const,
      async *open(ref: { readonly id: string }, request: { readonly batchRows: number }) {
        const own = parts().find((part) => part.id === ref.id)?.rows ?? []
        for (let start = 0; start < own.length; start += request.batchRows) {
          const batch = own.slice(start, start + request.batchRows)
          yield table(Source, {
            id: batch.map((row) => row.id),
            k: batch.map((row) => row.k),
            v: batch.map((row) => row.v),
          })
        }
      },
    }),
  })
  const src = rows({
    schema: Source,
    allowVanishing: true,
    expect: [
      notNull('k', { verdict: { repair: defaultTo(' none'), otherwise } }),
      matches('k', /^\S/, { verdict: { repair: trim(), otherwise } }),
      ...(once ? [deduplicate('id', { keep: largest('v') })] : []),
    ] as never,
  }) as Node<Row>
  const shouted = each({
    from: src,
    run: (t) => t.derive({ w: (d) => d.id * 10 }),
    expect: [
      matches('k', /^[A-Z]+$/, { verdict: { repair: [upperCase()], otherwise } }) as never,
      between('v', 0, most, {
        verdict: {
          repair: (v: number | null, row: { id: number }) => (row.id % 2 === 0 ? 0 : v),
          otherwise: 'quarantine',
        },
      }) as never,
    ],
    ...(keep ? { keep: true as const } : {}),
  })
  const totals = rollup({
    from: shouted,
    by: ['k'],
    measure: { n: count(), total: sum('v'), top: max('id') },
    expect: [between('n', 0, 2, { verdict: { repair: clamp(0, 2) } })],
  })
  const best = step({
    from: shouted,
    run: (t) => t.select('id', 'v').orderby('id'),
    expect: [notNull('v', { verdict: { repair: defaultTo(-1) } })],
  })
  const told = each({ from: shouted.repairs, run: (t) => t.select('key', 'row', 'after') })
  return pipeline({ src, shouted, totals, best, told })
}

const outputs: readonly (readonly [string, OutputName])[] = [
  ...['src', 'shouted', 'totals', 'best'].flatMap((node) =>
    (['main', 'quarantine', 'repairs'] as const).map((output) => [node, output] as const),
  ),
  ['told', 'main'],
]

async function contentOf({ engine, states }: RunOutcome, node: string, output: OutputName): Promise<string[]> {
  const found: string[] = []
  for await (const batch of readNode(engine, states, node, output, new AbortController().signal))
    for (let i = 0; i < batch.length; i++)
      found.push(JSON.stringify(batch.schema.fields.map(({ name }, c) => [name, batch.columns[c]?.at(i) ?? null])))
  return found.sort()
}

const row = fc.record({
  id: fc.integer({ min: 0, max: 9 }),
  k: fc.constantFrom('A', 'b', ' c', 'd1', null),
  v: fc.constantFrom(0, 1, 50, -5, null),
})
const partsArbitrary = fc.uniqueArray(
  fc.record({ id: fc.constantFrom('p0', 'p1', 'p2', 'p3'), rows: fc.array(row, { maxLength: 6 }) }),
  { selector: ({ id }) => id, maxLength: 4 },
)
const stepArbitrary = fc.record({
  parts: partsArbitrary,
  batchRows: fc.integer({ min: 1, max: 5 }),
  helpers: fc.integer({ min: 0, max: 2 }),
})
const shapeArbitrary: fc.Arbitrary<Shape> = fc.record({
  otherwise: fc.constantFrom('quarantine', 'drop', 'warn'),
  most: fc.constantFrom(10, 60),
  keep: fc.boolean(),
  unique: fc.boolean(),
})

describe('the law of parts with repairs', () => {
  test('rows, quarantine, the audit and all counts are those of a full recompute, whatever the batches and threads', async () => {
    await fc.assert(
      fc.asyncProperty(
        shapeArbitrary,
        fc.array(stepArbitrary, { minLength: 1, maxLength: 4 }),
        async (shape, steps) => {
          const kept = new Map<string, Uint8Array>()
          const runWith = async (
            objects: Map<string, Uint8Array>,
            { parts, batchRows, helpers }: (typeof steps)[0],
          ) => {
            const config = defineConfig(() => ({
              pipelines: { p: pipelineOf(() => parts, shape) },
              workspace: provide(Workspace, { name: 'test/workspace', create: () => createMemoryWorkspace(objects) })(),
              lineage: provide(LineageStore, { name: 'test/lineage', create: () => createMemoryLineage() })(),
              batchRows,
              concurrency: 2,
              executor: provide(Executor, {
                name: 'test/helped',
                create: () => ({
                  ...createInProcessExecutor({ concurrency: 2 }),
                  ...(helpers === 0 ? {} : { rowLocal: helpersOf(helpers, () => kernel) }),
                }),
              })(),
            }))
            const kernel = await createKernel(config as never, { folder: '/', pipelines: ['p'], log: 'silent' })
            try {
              const outcome = await runPipeline(kernel, 'p', {})
              if (outcome.errors[0] !== undefined) throw outcome.errors[0]
              const found: Record<string, unknown> = {}
              for (const [node, output] of outputs) found[`${node}.${output}`] = await contentOf(outcome, node, output)
              for (const [name, { section }] of outcome.states) {
                if (section === undefined) continue
                const { rowsIn, rowsOut, quarantined, dropped } = section.counts
                if (name !== 'totals') expect(rowsIn).toBe(rowsOut + quarantined + dropped)
                found[`${name} counts`] = section.counts
                found[`${name} checks`] = section.checks.map(({ name: check, failed, repaired, pass }) => [
                  check,
                  failed,
                  repaired,
                  pass,
                ])
              }
              return found
            } finally {
              await kernel.dispose()
            }
          }
          for (const one of steps) {
            const incremental = await runWith(kept, one)
            expect(incremental).toEqual(await runWith(new Map(), { ...one, batchRows: 100, helpers: 0 }))
          }
        },
      ),
      { numRuns: Number(process.env['TIDEGATE_LAW_RUNS'] ?? 20) },
    )
  }, 120_000)
})
