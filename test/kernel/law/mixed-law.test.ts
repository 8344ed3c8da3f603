import { clamp, deduplicate, largest, references, sameRows } from '@tidegate/checks'
import fc from 'fast-check'
import {
  between,
  count,
  each,
  type Node,
  pipeline,
  rollup,
  rowCount,
  step,
  sum,
  unique,
  type Workspace,
} from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { collectGarbage } from '../../../src/kernel/commit/gc.ts'
import { dyingWorkspace } from '../../support/memory-workspace.ts'
import { type Cells, type Mending, mending, type Parts, sourceOf } from '../../support/mending.ts'

/**
 * The law of parts where everything meets: corrections and dismissals at two nodes, other datasets, repairs, deduplication, verdicts and thresholds that
 * change, code that changes, runs of some nodes alone, names that change, collections of garbage, and crashes at any write. What an incremental run gives,
 * its decisions and what it says of bad rows equal a full recompute of the same state.
 */
interface Row extends Cells {
  readonly id: number
  readonly k: string
  readonly v: number
}

const Source = z.object({ id: z.int32(), k: z.string(), v: z.number() })
const Known = z.object({ id: z.int32() })

type Verdict = 'quarantine' | 'drop' | 'warn' | 'halt'

interface World {
  parts: (readonly [id: string, rows: readonly Row[]])[]
  known: (readonly [id: string, ids: readonly number[]])[]
  verdict: Verdict
  least: number
  factor: number
  wide: boolean
  renamed: boolean
}

interface Shape {
  readonly whole: 'none' | 'references' | 'own' | 'unique' | 'deduplicate' | 'same'
  readonly repair: boolean
  readonly key: boolean
}

function pipelineOf(world: World, shape: Shape) {
  const known = sourceOf(
    Known,
    () => Object.fromEntries(world.known.map(([id, ids]) => [id, { rows: ids.map((id) => ({ id })) }])) as Parts,
    { expect: [between('id', 0, 7)], otherwise: 'quarantine' },
  )
  const wholes: Record<Shape['whole'], readonly unknown[]> = {
    none: [],
    references: [references('id', known, 'id', { verdict: 'quarantine' })],
    own: [references('id', 'v', { verdict: 'quarantine' } as never)],
    unique: [unique('id', { lose: 'later', verdict: 'quarantine' })],
    deduplicate: [deduplicate('id', { keep: largest('v') })],
    same: [sameRows(known as never, { key: 'id', columns: [], verdict: 'quarantine' } as never)],
  }
  const src = sourceOf(Source, () => Object.fromEntries(world.parts.map(([id, rows]) => [id, { rows }])) as Parts, {
    expect: [
      between('v', 0, 50, {
        verdict: shape.repair ? { repair: clamp(-1, 50), otherwise: world.verdict } : world.verdict,
        ...(world.least === 0 ? {} : { atLeast: world.least }),
      } as never),
      ...wholes[shape.whole],
      rowCount(0),
    ],
    ...(shape.key ? { key: 'id' } : {}),
  })
  const given = {
    from: src as Node<Row>,
    params: { factor: world.factor },
    expect: [between('w', 0, 60)],
    otherwise: 'quarantine',
    ...(shape.key ? { key: 'id' } : {}),
    ...(world.renamed ? { renamedFrom: 'doubled' } : {}),
  } as const
  const doubled = world.wide
    ? each({
        ...given,
        run: (t: any) => t.derive({ w: (d: any, $: any) => d.v * $.factor, x: (d: any) => d.id + 1 }),
      } as never)
    : each({ ...given, run: (t: any) => t.derive({ w: (d: any, $: any) => d.v * $.factor }) } as never)
  const totals = rollup({ from: doubled, by: ['k'], measure: { n: count(), total: sum('w') } } as never)
  const all = step({
    from: doubled as never,
    run: (t: any) => t.orderby('id'),
    expect: [between('id' as never, 1, 99)],
    otherwise: 'quarantine',
  })
  const bad = each({ from: src.quarantine as never, run: (t: any) => t.select('id', '_key') })
  return pipeline({ known, src, [world.renamed ? 'twice' : 'doubled']: doubled, totals, all, bad } as never) as never
}

type Act =
  | { readonly kind: 'parts'; readonly id: string; readonly rows: readonly Row[] }
  | { readonly kind: 'known'; readonly id: string; readonly ids: readonly number[] }
  | { readonly kind: 'delete'; readonly at: number }
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  | { readonly kind: 'least'; readonly least: number }
  | { readonly kind: 'factor'; readonly factor: number }
  | { readonly kind: 'wide' | 'rename' | 'gc' | 'only' }
  | {
      readonly kind: 'correct'
      readonly node: 'src' | 'doubled' | 'all'
      readonly at: readonly number[]
      readonly row: Row
      readonly crash: number
    }
  | { readonly kind: 'dismiss'; readonly node: 'src' | 'doubled' | 'all'; readonly at: number; readonly crash: number }

const row: fc.Arbitrary<Row> = fc.record({
  id: fc.integer({ min: 0, max: 6 }),
  k: fc.constantFrom('a', 'b'),
  v: fc.integer({ min: -3, max: 53 }).map((v) => (v % 2 === 0 ? v : v % 3 === 0 ? -1 : -2)),
})
const rows = fc.array(row, { maxLength: 5 })
const crash = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 8 }))
const ids = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 7 })
const node = fc.constantFrom('src' as const, 'doubled' as const, 'all' as const)
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    arbitrary: fc.record({ kind: fc.constant('parts' as const), id: fc.constantFrom('p0', 'p1', 'p2'), rows }),
    weight: 3,
  },
  fc.record({ kind: fc.constant('known' as const), id: fc.constantFrom('k0', 'k1'), ids }),
  fc.record({ kind: fc.constant('delete' as const), at: fc.nat(3) }),
  fc.record({
    kind: fc.constant('verdict' as const),
    verdict: fc.constantFrom<Verdict>('quarantine', 'drop', 'warn', 'halt'),
  }),
  fc.record({ kind: fc.constant('least' as const), least: fc.constantFrom(0, 0.3, 0.9) }),
  fc.record({ kind: fc.constant('factor' as const), factor: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constantFrom('wide' as const, 'rename' as const, 'gc' as const, 'only' as const) }),
  {
    arbitrary: fc.record({
      kind: fc.constant('correct' as const),
      node,
      at: fc.array(fc.nat(6), { minLength: 1, maxLength: 3 }),
      row,
      crash,
    }),
    weight: 4,
  },
  fc.record({ kind: fc.constant('dismiss' as const), node, at: fc.nat(6), crash }),
)
const history = fc.array(
  fc.record({
    acts: fc.array(act, { minLength: 1, maxLength: 4 }),
    crash: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40 })),
    full: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
  }),
  { minLength: 1, maxLength: 6 },
)
const shape: fc.Arbitrary<Shape> = fc.record({
  whole: fc.constantFrom('none', 'references', 'own', 'unique', 'deduplicate', 'same'),
  repair: fc.boolean(),
  key: fc.boolean(),
})

const byId = ([a]: readonly [string, ...unknown[]], [b]: readonly [string, ...unknown[]]) => (a < b ? -1 : 1)
const sorted = (list: readonly object[]) => list.map((value) => JSON.stringify(value, Object.keys(value).sort())).sort()

async function contentOf(at: Mending, world: World) {
  const doubled = world.renamed ? 'twice' : 'doubled'
  const found: Record<string, unknown> = { errors: at.last().errors.map(String) }
  for (const name of ['known', 'src', doubled, 'totals', 'all', 'bad']) {
    const section = at.last().states.get(name)?.section
    if (section === undefined) continue
    found[name] = sorted(await at.rows(name).catch(() => []))
    found[`${name} checks`] = section.checks.map(({ sample: _, ...rest }) => rest)
    found[`${name} counts`] = section.counts
    found[`${name} quarantine`] = sorted(await at.rows(name, 'quarantine').catch(() => []))
    found[`${name} story`] = sorted(
      (await at.story(name)).map(({ _last_seen, _last_run, _first_seen, _first_run, ...rest }) => rest),
    )
    const { rowsIn, rowsOut, quarantined, dropped } = section.counts
    expect(rowsIn).toBe(rowsOut + quarantined + dropped)
  }
  return found
}

describe('the law of parts, where everything meets', () => {
  test(
    'what an incremental run gives, decides and says equals a full recompute of the same state',
    async () => {
      await fc.assert(
        fc.asyncProperty(shape, fc.array(rows, { maxLength: 3 }), history, async (form, first, steps) => {
          const world: World = {
            parts: first.map((own, index) => [`p${index}`, own]),
            known: [['k0', [0, 1, 2, 3, 4]]],
            verdict: 'quarantine',
            least: 0,
            factor: 1,
            wide: false,
            renamed: false,
          }
          let dying = 0
          const workspace = (inner: Workspace) => (dying === 0 ? inner : dyingWorkspace(inner, dying, dying % 2 === 0))
          const at = mending(() => pipelineOf(world, form), { workspace })
          const twice = async (write: number, what: () => Promise<unknown>) => {
            dying = write
            if (write > 0) await what().catch((error: unknown) => expect(String(error)).toMatch(/died/))
            dying = 0
            return what()
          }
          const gc = () =>
            at.kernel(async () => {
              const { store } = at.last().engine
              await collectGarbage(store, { entries: 1, grace: 0, now: Number.MAX_SAFE_INTEGER })
            })
          await at.run()
          for (const { acts, crash: write, full } of steps) {
            for (const own of acts) {
              if (own.kind === 'parts')
                world.parts = [...world.parts.filter(([id]) => id !== own.id), [own.id, own.rows] as const].sort(byId)
              if (own.kind === 'known')
                world.known = [...world.known.filter(([id]) => id !== own.id), [own.id, own.ids] as const].sort(byId)
              if (own.kind === 'delete') world.parts.splice(own.at, 1)
              if (own.kind === 'verdict') world.verdict = own.verdict
              if (own.kind === 'least') world.least = own.least
              if (own.kind === 'factor') world.factor = own.factor
              if (own.kind === 'wide') world.wide = !world.wide
              if (own.kind === 'rename') world.renamed = true
              if (own.kind === 'gc') await gc()
              const doubled = world.renamed ? 'twice' : 'doubled'
              if (own.kind === 'only') await at.run({ from: ['totals'] })
              if (own.kind === 'correct') {
                const name = own.node === 'doubled' ? doubled : own.node
                const story = await at.story(name)
                const keys = [...new Set(own.at.map((index) => story[index % story.length]?._key as string))]
                const cells = (_key: string) => ({ _key, ...own.row, ...(name === 'src' ? {} : { w: own.row.v }) })
                if (story.length > 0) await twice(own.crash, () => at.apply(name, keys.map(cells)))
              }
              if (own.kind === 'dismiss') {
                const name = own.node === 'doubled' ? doubled : own.node
                const story = await at.story(name)
                const one = story[own.at % story.length]
                if (one !== undefined)
                  await twice(own.crash, () => at.dismiss(name, { keys: [one._key as string], why: 'so' }))
              }
            }
            await twice(write, () => at.run({ full }))
            const found = await contentOf(at, world)
            const other = mending(() => pipelineOf(world, form))
            for (const [path, bytes] of at.objects) other.objects.set(path, bytes)
            await other.run({ full: true })
            expect(await contentOf(other, world)).toEqual(found)
            // After a full run that was withheld the next one takes the records of the committed state again: only then the attempt is written anew.
            if (full && at.last().errors.length > 0) await at.run()
            const entries = [...at.objects.keys()].filter((path) => path.startsWith('log/')).length
            const { errors, status } = await at.run()
            if (errors.length === 0) expect(status).toBe('up to date')
            expect([...at.objects.keys()].filter((path) => path.startsWith('log/')).length).toBe(entries)
          }
        }),
        { numRuns: Number(process.env['TIDEGATE_LAW_RUNS'] ?? 60) },
      )
    },
    Math.max(240_000, 3_000 * Number(process.env['TIDEGATE_LAW_RUNS'] ?? 60)),
  )
})
