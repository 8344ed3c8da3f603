import { references } from '@tidegate/checks'
import fc from 'fast-check'
import {
  between,
  count,
  declaredSchema,
  defineConfig,
  defineSource,
  Executor,
  each,
  LineageStore,
  max,
  mean,
  type Node,
  pipeline,
  provide,
  rollup,
  rowCount,
  step,
  sum,
  table,
  unique,
  Workspace,
} from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { hashJson } from '../../../src/kernel/hash/hash.ts'
import { createKernel } from '../../../src/kernel/kernel.ts'
import { readNode } from '../../../src/kernel/run/read-node.ts'
import { type RunOutcome, runPipeline } from '../../../src/kernel/run/run-pipeline.ts'
import { createInProcessExecutor } from '../../../src/plugins/defaults/in-process-executor.ts'
import { createMemoryLineage } from '../../../src/plugins/defaults/memory-lineage.ts'
import { createMemoryWorkspace, dyingWorkspace } from '../../support/memory-workspace.ts'
import { helpersOf } from '../../support/row-local.ts'

/**
 * The law of parts: incremental result == full recompute, for random small pipelines and random histories of added, changed, deleted and reordered
 * parts, of changes in a dataset that its check looks at, changed code, batch sizes, concurrency, and crashes between any two writes. The expected content comes from `naive`, plain JavaScript
 * over plain rows that shares nothing with the engine.
 */
interface Row {
  readonly id: number
  readonly k: string
  readonly v: number | null
}
interface Part {
  readonly id: string
  readonly rows: readonly Row[]
}

const Known = z.object({ id: z.int() })
const Source = z.object({ id: z.int32(), k: z.string(), v: z.number().nullable() })

interface Shape {
  readonly verdict: 'quarantine' | 'drop' | 'warn'
  readonly unique: 'none' | 'all' | 'later'
  readonly keep: boolean
  readonly filter: boolean
  readonly side: boolean
  /** Whether `id` must occur in another dataset. */
  readonly refers: boolean
}

interface World {
  parts: readonly Part[]
  /** The other dataset, by part. */
  known: Readonly<Record<string, readonly number[]>>
  factor: number
}

function pipelineOf(world: World, shape: Shape) {
  const rows = defineSource({
    name: 'test/rows',
    options: z.object({}),
    create: () => ({
      listing: 'complete' as const,
      async *discover() {
        for (const part of world.parts) yield { id: part.id, fingerprint: hashJson(part) }
      },
      describe: async () =>
        ({
          fields: [
            { name: 'id', type: { kind: 'int', bits: 32, signed: true }, nullable: false },
            { name: 'k', type: { kind: 'string' }, nullable: false },
            { name: 'v', type: { kind: 'float', bits: 64 }, nullable: true },
          ],
        }) as const,
      async *open(ref: { readonly id: string }, request: { readonly batchRows: number }) {
        const own = world.parts.find((part) => part.id === ref.id)?.rows ?? []
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
  const known = defineSource({
    name: 'test/known',
    options: z.object({}),
    create: () => ({
      listing: 'complete' as const,
      async *discover() {
        for (const [id, ids] of Object.entries(world.known)) yield { id, fingerprint: hashJson(ids) }
      },
      describe: async () => declaredSchema(Known),
      async *open(ref: { readonly id: string }) {
        yield table(Known, { id: [...(world.known[ref.id] ?? [])] })
      },
    }),
  })({ schema: Known, allowVanishing: true })
  const referring = shape.refers ? [references('id', known, 'id', { verdict: shape.verdict })] : []
  const uniqueCheck = shape.unique === 'none' ? [] : [unique('id', { lose: shape.unique, verdict: shape.verdict })]
  const src = rows({
    schema: Source,
    allowVanishing: true,
    expect: [between('v', 0, 50, { verdict: shape.verdict }), ...uniqueCheck, ...referring] as never,
  })
  const doubled = each({
    from: src as Node<Row>,
    params: { factor: world.factor, keepAll: !shape.filter },
    run: (t) => t.derive({ w: (d, $) => (d.v as number) * $.factor }).filter((d, $) => $.keepAll || d.id % 2 === 0),
    ...(shape.keep ? { keep: true as const } : {}),
  })
  const totals = rollup({
    from: doubled,
    by: ['k'],
    measure: { n: count(), total: sum('w'), mean: mean('w'), top: max('id') },
    expect: [rowCount(0)],
  })
  const named = shape.side
    ? each({ from: doubled, with: { totals }, run: (t, { totals }) => t.join_left(totals.select('k', 'n'), 'k') })
    : each({ from: totals, run: (t) => t.derive({ n2: (d) => d.n + 1 }) })
  const best = step({ from: totals, run: (t) => t.filter((d) => d.n > 1).orderby('k') })
  const bad = each({ from: src.quarantine as Node<Row & { _part: string }>, run: (t) => t.select('id', '_part') })
  return pipeline({ known, src, doubled, totals, named: named as Node, best, bad })
}

// ---- what it should be, written without the engine

function naive(world: World, shape: Shape) {
  const aside: { id: number; _part: string }[] = []
  let passed: { part: string; row: Row }[] = []
  const lose = (entry: { part: string; row: Row }) => {
    if (shape.verdict === 'quarantine') aside.push({ id: entry.row.id, _part: entry.part })
  }
  for (const part of world.parts) {
    for (const row of part.rows) {
      const failing = row.v !== null && !(row.v >= 0 && row.v <= 50)
      if (failing) lose({ part: part.id, row })
      if (!failing || shape.verdict === 'warn') passed.push({ part: part.id, row })
    }
  }
  if (shape.verdict !== 'warn') {
    const there = new Set(Object.values(world.known).flat())
    const times = new Map<number, number>()
    for (const { row } of passed) times.set(row.id, (times.get(row.id) ?? 0) + 1)
    const seen = new Set<number>()
    const stays: typeof passed = []
    for (const entry of passed) {
      const repeated = (times.get(entry.row.id) ?? 0) > 1
      const twice = repeated && (shape.unique === 'all' || (shape.unique === 'later' && seen.has(entry.row.id)))
      const condemned = twice || (shape.refers && !there.has(entry.row.id))
      seen.add(entry.row.id)
      if (condemned) lose(entry)
      else stays.push(entry)
    }
    passed = stays
  }
  const doubled = passed
    .map(({ row }) => ({ ...row, w: row.v === null ? 0 * world.factor : row.v * world.factor }))
    .filter((row) => !shape.filter || row.id % 2 === 0)
  const groups = new Map<string, typeof doubled>()
  for (const row of doubled) groups.set(row.k, [...(groups.get(row.k) ?? []), row])
  const totals = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([k, own]) => {
      const total = own.reduce((sum, row) => sum + row.w, 0)
      return { k, n: own.length, total, mean: total / own.length, top: Math.max(...own.map((row) => row.id)) }
    })
  const named = shape.side
    ? doubled.map((row) => ({ ...row, n: groups.get(row.k)?.length ?? null }))
    : totals.map((row) => ({ ...row, n2: row.n + 1 }))
  return { doubled, totals, named, best: totals.filter((row) => row.n > 1), bad: aside }
}

// ---- histories

type Act =
  | { readonly kind: 'add'; readonly part: Part; readonly at: number }
  | { readonly kind: 'change'; readonly at: number; readonly rows: readonly Row[] }
  | { readonly kind: 'touch' }
  | { readonly kind: 'know'; readonly part: string; readonly ids: readonly number[] }
  | { readonly kind: 'delete'; readonly at: number }
  | { readonly kind: 'reorder'; readonly by: number }
  | { readonly kind: 'code'; readonly factor: number }
  | { readonly kind: 'crash'; readonly at: number; readonly after: boolean }

function apply(world: World, act: Act): void {
  const parts = [...world.parts]
  const at = 'at' in act ? act.at % Math.max(1, parts.length) : 0
  if (act.kind === 'add' && !parts.some((part) => part.id === act.part.id)) parts.splice(at, 0, act.part)
  if (act.kind === 'change' && parts[at] !== undefined) parts[at] = { id: parts[at].id, rows: act.rows }
  if (act.kind === 'delete') parts.splice(at, 1)
  if (act.kind === 'reorder') parts.push(...parts.splice(0, act.by % Math.max(1, parts.length)))
  if (act.kind === 'know') world.known = { ...world.known, [act.part]: act.ids }
  if (act.kind === 'code') world.factor = act.factor
  world.parts = parts
}

const row = fc.record({
  id: fc.integer({ min: 0, max: 12 }),
  k: fc.constantFrom('a', 'b', 'c', 'é'),
  v: fc.oneof({ arbitrary: fc.integer({ min: -5, max: 60 }), weight: 8 }, { arbitrary: fc.constant(null), weight: 1 }),
})
const ids = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 9 })
const rows = fc.array(row, { maxLength: 6 })
const part = fc.record({ id: fc.constantFrom('p0', 'p1', 'p2', 'p3', 'p4', 'p5'), rows })
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), part, at: fc.nat(5) }),
  fc.record({ kind: fc.constant('change' as const), at: fc.nat(5), rows }),
  fc.record({ kind: fc.constant('touch' as const) }),
  fc.record({ kind: fc.constant('know' as const), part: fc.constantFrom('k0', 'k1'), ids }),
  fc.record({ kind: fc.constant('delete' as const), at: fc.nat(5) }),
  fc.record({ kind: fc.constant('reorder' as const), by: fc.nat(5) }),
  fc.record({ kind: fc.constant('code' as const), factor: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('crash' as const), at: fc.integer({ min: 1, max: 40 }), after: fc.boolean() }),
)
const shape: fc.Arbitrary<Shape> = fc.record({
  verdict: fc.constantFrom('quarantine', 'drop', 'warn'),
  unique: fc.constantFrom('none', 'all', 'later'),
  keep: fc.boolean(),
  filter: fc.boolean(),
  side: fc.boolean(),
  refers: fc.boolean(),
})
const history = fc.array(
  fc.record({
    acts: fc.array(act, { minLength: 1, maxLength: 3 }),
    batchRows: fc.integer({ min: 1, max: 5 }),
    concurrency: fc.integer({ min: 1, max: 3 }),
    /** Threads that share row-local work, played by this one. */
    helpers: fc.integer({ min: 0, max: 2 }),
    full: fc.boolean(),
  }),
  { minLength: 1, maxLength: 5 },
)

async function contentOf(outcome: RunOutcome, node: string, columns: readonly string[]): Promise<unknown[]> {
  const found: unknown[] = []
  for await (const batch of readNode(outcome.engine, outcome.states, node, 'main', new AbortController().signal)) {
    for (let i = 0; i < batch.length; i++) {
      found.push(
        Object.fromEntries(
          batch.schema.fields.flatMap((field, c) =>
            columns.includes(field.name) ? [[field.name, batch.columns[c]?.at(i) ?? null]] : [],
          ),
        ),
      )
    }
  }
  return found
}

const sorted = (list: readonly unknown[]) =>
  list.map((value) => JSON.stringify(value, Object.keys(value as object).sort())).sort()
const columnsOf: Readonly<Record<string, readonly string[]>> = {
  doubled: ['id', 'k', 'v', 'w'],
  totals: ['k', 'n', 'total', 'mean', 'top'],
  named: ['id', 'k', 'v', 'w', 'n', 'n2', 'total', 'mean', 'top'],
  best: ['k', 'n', 'total', 'mean', 'top'],
  bad: ['id', '_part'],
}

describe('the law of parts', () => {
  test('whatever the history, the content equals a naive full recompute', async () => {
    await fc.assert(
      fc.asyncProperty(shape, fc.array(part, { maxLength: 4 }), history, async (form, first, steps) => {
        const objects = new Map<string, Uint8Array>()
        const world: World = {
          parts: first.filter((own, i) => first.findIndex((other) => other.id === own.id) === i),
          known: { k0: [0, 1, 2, 3, 4, 5, 6, 7, 8] },
          factor: 1,
        }
        for (const { acts, batchRows, concurrency, helpers, full } of steps) {
          for (const own of acts) apply(world, own)
          const crash = acts.find((own) => own.kind === 'crash')
          const attempt = async (workspace: Workspace) => {
            const config = defineConfig(() => ({
              pipelines: { p: pipelineOf(world, form) },
              workspace: provide(Workspace, { name: 'test/workspace', create: () => workspace })(),
              lineage: provide(LineageStore, { name: 'test/lineage', create: () => createMemoryLineage() })(),
              batchRows,
              concurrency,
              executor: provide(Executor, {
                name: 'test/helped',
                create: () => ({
                  ...createInProcessExecutor({ concurrency }),
                  ...(helpers === 0 ? {} : { rowLocal: helpersOf(helpers, () => kernel) }),
                }),
              })(),
            }))
            const kernel = await createKernel(config as never, { folder: '/', pipelines: ['p'], log: 'silent' })
            try {
              const outcome = await runPipeline(kernel, 'p', { full })
              if (outcome.errors[0] !== undefined) throw outcome.errors[0]
              const expected = naive(world, form) as unknown as Readonly<Record<string, readonly unknown[]>>
              for (const [node, columns] of Object.entries(columnsOf)) {
                expect({ node, rows: sorted(await contentOf(outcome, node, columns)) }).toEqual({
                  node,
                  rows: sorted(expected[node] ?? []),
                })
              }
              for (const state of outcome.states.values()) {
                const counts = state.section?.counts
                if (counts !== undefined && state.node.shape !== 'fold')
                  expect(counts.rowsIn).toBe(counts.rowsOut + counts.quarantined + counts.dropped)
              }
            } finally {
              await kernel.dispose()
            }
          }
          const workspace = createMemoryWorkspace(objects)
          if (crash?.kind === 'crash')
            await attempt(dyingWorkspace(workspace, crash.at, crash.after)).catch((error: unknown) =>
              expect(String(error)).toMatch(/died/),
            )
          await attempt(workspace)
        }
      }),
      { numRuns: Number(process.env['TIDEGATE_LAW_RUNS'] ?? 60) },
    )
  }, 120_000)
})
