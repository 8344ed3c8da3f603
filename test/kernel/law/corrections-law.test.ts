import fc from 'fast-check'
import { between, count, each, pipeline, rollup, sum, unique, type Workspace } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { dyingWorkspace } from '../../support/memory-workspace.ts'
import { type Cells, type Mending, mending, type Parts, sourceOf } from '../../support/mending.ts'

/**
 * The law of parts with people in it: whatever the history of added, changed, deleted and reordered parts, of corrections, dismissals and crashes
 * between any two writes, what an incremental run gives equals what a full recompute gives; without rules over the whole dataset it also equals
 * `naive`, plain JavaScript that shares nothing with the engine.
 */
interface Row extends Cells {
  readonly id: number
  readonly k: string
  readonly v: number
}

const Source = z.object({ id: z.int32(), k: z.string(), v: z.number() })

interface Shape {
  readonly unique: 'none' | 'all' | 'later'
  readonly key: boolean
  readonly keep: boolean
  readonly halt: boolean
}

interface World {
  parts: [id: string, rows: readonly Row[]][]
  /** By what the row is known: its content, or its id, and the how-manieth of them it is. */
  readonly corrections: Map<string, Row>
  readonly dismissed: Set<string>
  /** What `_key` stands for. */
  readonly names: Map<string, string>
}

const passes = (row: Row) => row.v >= 0 && row.v <= 50

function pipelineOf(world: World, shape: Shape) {
  const src = sourceOf(Source, () => Object.fromEntries(world.parts.map(([id, rows]) => [id, { rows }])) as Parts, {
    expect: [
      between('v', 0, 50, shape.halt ? { atMost: 1000 } : {}),
      ...(shape.unique === 'none' ? [] : [unique('id', { lose: shape.unique })]),
    ],
    otherwise: 'quarantine',
    ...(shape.key ? { key: 'id' } : {}),
  })
  const doubled = each({
    from: src,
    run: (t) => t.derive({ w: (d) => d.v * 2 }),
    ...(shape.keep ? { keep: true as const } : {}),
  })
  const totals = rollup({ from: doubled, by: ['k'], measure: { n: count(), total: sum('w') } })
  const bad = each({ from: src.quarantine, run: (t) => t.select('id', 'k', 'v', '_key') })
  return pipeline({ src, doubled, totals, bad }) as never
}

// ---- what it should be, written without the engine

function naive(world: World, shape: Shape) {
  const times = new Map<string, number>()
  const good: Row[] = []
  const bad: Row[] = []
  const corrected: Row[] = []
  const open: string[] = []
  for (const [, rows] of world.parts)
    for (const row of rows) {
      if (passes(row)) {
        good.push(row)
        continue
      }
      const base = shape.key ? String(row.id) : JSON.stringify(row)
      const time = (times.get(base) ?? 0) + 1
      times.set(base, time)
      const name = `${base}#${time}`
      const mended = world.corrections.get(name)
      if (mended === undefined) bad.push(row)
      else if (passes(mended)) corrected.push(mended)
      else bad.push(mended)
      if ((mended === undefined || !passes(mended)) && !world.dismissed.has(name)) open.push(name)
    }
  const all = [...good, ...corrected]
  const groups = new Map<string, Row[]>()
  for (const row of all) groups.set(row.k, [...(groups.get(row.k) ?? []), row])
  return {
    doubled: all.map((row) => ({ ...row, w: row.v * 2 })),
    totals: [...groups].map(([k, own]) => ({ k, n: own.length, total: own.reduce((sum, row) => sum + row.v * 2, 0) })),
    bad,
    open,
  }
}

// ---- histories

type Act =
  | { readonly kind: 'add'; readonly id: string; readonly at: number; readonly rows: readonly Row[] }
  | { readonly kind: 'change'; readonly at: number; readonly rows: readonly Row[] }
  | { readonly kind: 'delete'; readonly at: number }
  | { readonly kind: 'reorder'; readonly by: number }
  | { readonly kind: 'correct'; readonly at: readonly number[]; readonly row: Row; readonly crash: number }
  | { readonly kind: 'dismiss'; readonly at: number; readonly crash: number }

function change(world: World, act: Act): void {
  const at = 'at' in act && typeof act.at === 'number' ? act.at % Math.max(1, world.parts.length) : 0
  const known = world.parts[at]
  if (act.kind === 'add' && !world.parts.some(([id]) => id === act.id)) world.parts.splice(at, 0, [act.id, act.rows])
  if (act.kind === 'change' && known !== undefined) world.parts[at] = [known[0], act.rows]
  if (act.kind === 'delete') world.parts.splice(at, 1)
  if (act.kind === 'reorder') world.parts.push(...world.parts.splice(0, act.by % Math.max(1, world.parts.length)))
}

const row: fc.Arbitrary<Row> = fc.record({
  id: fc.integer({ min: 0, max: 6 }),
  k: fc.constantFrom('a', 'b', 'é'),
  v: fc.integer({ min: -3, max: 53 }).map((v) => (v % 2 === 0 ? v : -1)),
})
const rows = fc.array(row, { maxLength: 5 })
const crash = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 8 }))
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), id: fc.constantFrom('p0', 'p1', 'p2', 'p3'), at: fc.nat(4), rows }),
  fc.record({ kind: fc.constant('change' as const), at: fc.nat(4), rows }),
  fc.record({ kind: fc.constant('delete' as const), at: fc.nat(4) }),
  fc.record({ kind: fc.constant('reorder' as const), by: fc.nat(4) }),
  {
    arbitrary: fc.record({
      kind: fc.constant('correct' as const),
      at: fc.array(fc.nat(6), { minLength: 1, maxLength: 3 }),
      row,
      crash,
    }),
    weight: 3,
  },
  fc.record({ kind: fc.constant('dismiss' as const), at: fc.nat(6), crash }),
)
const history = fc.array(
  fc.record({
    acts: fc.array(act, { minLength: 1, maxLength: 3 }),
    crash: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40 })),
    full: fc.boolean(),
  }),
  { minLength: 1, maxLength: 5 },
)
const shape: fc.Arbitrary<Shape> = fc.record({
  unique: fc.constantFrom('none', 'none', 'all', 'later'),
  key: fc.boolean(),
  keep: fc.boolean(),
  halt: fc.boolean(),
})

const sorted = (list: readonly object[]) => list.map((value) => JSON.stringify(value, Object.keys(value).sort())).sort()
const pick = (list: readonly Cells[], names: readonly string[]) =>
  list.map((cells) => Object.fromEntries(names.map((name) => [name, cells[name]])))

async function contentOf(at: Mending) {
  return {
    doubled: sorted(pick(await at.rows('doubled'), ['id', 'k', 'v', 'w'])),
    totals: sorted(pick(await at.rows('totals'), ['k', 'n', 'total'])),
    bad: sorted(pick(await at.rows('bad'), ['id', 'k', 'v'])),
    keys: sorted(pick(await at.rows('bad'), ['_key'])),
  }
}

describe('the law of parts, with corrections', () => {
  test(
    'whatever the history, what a run gives equals a full recompute, and every row is counted once',
    async () => {
      await fc.assert(
        fc.asyncProperty(shape, fc.array(rows, { maxLength: 3 }), history, async (form, first, steps) => {
          const world: World = {
            parts: first.map((own, index) => [`p${index}`, own]),
            corrections: new Map(),
            dismissed: new Set(),
            names: new Map(),
          }
          let dying = 0
          const workspace = (inner: Workspace) => (dying === 0 ? inner : dyingWorkspace(inner, dying, dying % 2 === 0))
          const at = mending(() => pipelineOf(world, form), { workspace })
          /** Once as if the process died at that write, and then again: what was done twice is done once. */
          const twice = async (write: number, what: () => Promise<unknown>) => {
            dying = write
            if (write > 0) await what().catch((error: unknown) => expect(String(error)).toMatch(/died/))
            dying = 0
            return what()
          }
          const run = async (full: boolean) => {
            const outcome = await at.run({ full })
            if (outcome.errors[0] !== undefined) throw outcome.errors[0]
          }
          const learn = async () => {
            for (const cells of await at.story('src')) {
              if (String(cells['_part']).startsWith('corrections')) continue
              const base = form.key
                ? String(cells['id'])
                : JSON.stringify({ id: cells['id'], k: cells['k'], v: cells['v'] })
              const time = /-(\d+)$/.exec(String(cells._key))?.[1] ?? '1'
              world.names.set(String(cells._key), `${base}#${time}`)
            }
          }
          await run(false)
          for (const { acts, crash: write, full } of steps) {
            await learn()
            for (const own of acts) {
              change(world, own)
              const story = 'at' in own ? await at.story('src') : []
              if (own.kind === 'correct' && story.length > 0) {
                const keys = [...new Set(own.at.map((index) => story[index % story.length]?._key as string))]
                await twice(own.crash, () =>
                  at.apply(
                    'src',
                    keys.map((_key) => ({ _key, ...own.row })),
                  ),
                )
                for (const key of keys) {
                  const name = world.names.get(key) as string
                  const now = world.corrections.get(name) ?? story.find(({ _key }) => _key === key)
                  // What is handed in as it stands is no correction.
                  if (now?.['id'] === own.row.id && now['k'] === own.row.k && now['v'] === own.row.v) continue
                  world.corrections.set(name, own.row)
                  world.dismissed.delete(name)
                }
              }
              if (own.kind === 'dismiss' && story.length > 0) {
                const one = story[own.at % story.length] as Cells
                await twice(own.crash, () => at.dismiss('src', { keys: [one._key as string], why: 'so be it' }))
                if (one['_status'] === 'open') world.dismissed.add(world.names.get(one._key as string) as string)
              }
            }
            await twice(write, () => run(full))
            const found = await contentOf(at)
            const { rowsIn, rowsOut, quarantined, dropped } = at.last().states.get('src')?.section?.counts ?? noCounts
            expect(rowsIn).toBe(rowsOut + quarantined + dropped)
            expect(rowsIn).toBe(world.parts.reduce((sum, [, own]) => sum + own.length, 0))
            expect(await at.rows('src', 'quarantine')).toHaveLength(quarantined)
            if (form.unique === 'none') {
              const { open, ...expected } = naive(world, form)
              expect({ doubled: found.doubled, totals: found.totals, bad: found.bad }).toEqual({
                doubled: sorted(expected.doubled),
                totals: sorted(expected.totals),
                bad: sorted(pick(expected.bad, ['id', 'k', 'v'])),
              })
              const [view] = (await at.list()).filter(({ node }) => node === 'src')
              expect(view?.status.open ?? 0).toBe(open.length)
            }
            // A full recompute of the same state, elsewhere.
            const other = mending(() => pipelineOf(world, form))
            for (const [path, bytes] of at.objects) other.objects.set(path, bytes)
            await other.run({ full: true })
            expect(await contentOf(other)).toEqual(found)
            expect((await at.run()).status).toBe('up to date')
          }
        }),
        { numRuns: Number(process.env['TIDEGATE_LAW_RUNS'] ?? 60) },
      )
    },
    Math.max(240_000, 3_000 * Number(process.env['TIDEGATE_LAW_RUNS'] ?? 60)),
  )
})

const noCounts = { rowsIn: 0, rowsOut: 0, quarantined: 0, dropped: 0 }
