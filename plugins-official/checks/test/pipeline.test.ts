import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Check,
  declaredSchema,
  defineConfig,
  defineSource,
  diskWorkspace,
  each,
  pipeline,
  run,
  table,
} from 'tidegate'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import {
  any,
  compare,
  completeness,
  correlationBetween,
  distinctBetween,
  distinctValues,
  distributedLike,
  hasColumns,
  increasing,
  isNull,
  key,
  length,
  lengthBetween,
  maxBetween,
  meanBetween,
  medianBetween,
  mostCommon,
  noOutliers,
  stdevBetween,
} from '../src/index.ts'

const Stay = z.object({ id: z.int(), guest: z.string().nullable(), from: z.number(), to: z.number().nullable() })
type Stay = z.infer<typeof Stay>
type Parts = Readonly<Record<string, readonly Stay[]>>
const stay = (id: number, guest: string | null, from: number, to: number | null): Stay => ({ id, guest, from, to })

/** What the source lists; tests exchange it between runs. */
let listed: Parts = {}

const stays = defineSource({
  name: 'test/stays',
  schema: Stay,
  options: z.object({}),
  create: () => ({
    listing: 'complete' as const,
    async *discover() {
      for (const [id, rows] of Object.entries(listed)) yield { id, fingerprint: JSON.stringify(rows) }
    },
    describe: async () => declaredSchema(Stay),
    async *open({ id }, { batchRows }) {
      for (const rows of piecesOf(listed[id] ?? [], batchRows)) {
        const column = <K extends keyof Stay>(name: K) => rows.map((row) => row[name])
        yield table(Stay, { id: column('id'), guest: column('guest'), from: column('from'), to: column('to') })
      }
    },
  }),
})({})

function piecesOf(rows: readonly Stay[], size: number): readonly (readonly Stay[])[] {
  return rows.length <= size ? [rows] : [rows.slice(0, size), ...piecesOf(rows.slice(size), size)]
}

const rules = [
  key('id', { lose: 'later' }),
  length('guest', { min: 1 }),
  any([isNull('to'), compare('from', '<', 'to')]),
  increasing('from'),
  noOutliers('from', { method: 'iqr', beyond: 3, verdict: 'warn' }),
]

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'tidegate-checks-'))
  onTestFinished(() => rm(made, { recursive: true, force: true }))
  return made
}

async function outcome(place: string, parts: Parts, expected: readonly Check<Stay>[] = rules, batchRows = 65_536) {
  listed = parts
  const clean = each({ from: stays, run: (t) => t, expect: expected, otherwise: 'quarantine' })
  const config = defineConfig(() => ({
    pipelines: { stays: pipeline({ stays, clean }) },
    workspace: diskWorkspace({ folder: place }),
    durability: 'process',
    batchRows,
  }))
  const result = await run(config, 'stays')
  const good = (await result.clean.table()).objects() as readonly Stay[]
  const bad = (await result.clean.quarantine.table()).objects() as readonly (Stay & { readonly _reasons: string })[]
  const reasons = bad.map(({ id, from, _reasons }) => `${id} ${from}: ${_reasons}`)
  return { good: good.map(({ id, from }) => `${id} ${from}`), bad: reasons.sort() }
}

const first: Parts = {
  a: [stay(1, 'Ada', 10, 12), stay(2, '', 11, 12), stay(3, null, 12, null), stay(4, 'Bo', 13, 13)],
  b: [stay(1, 'Cy', 14, 15), stay(5, 'Di', 9, 20), stay(6, 'Ed', 16, 17)],
}

it('rows are set aside with the names of the rules they broke', async () => {
  expect(await outcome(await folder(), first)).toEqual({
    good: ['1 10', '3 12', '6 16'],
    bad: [
      '1 14: key(id, lose: later)',
      '2 11: length(guest, min 1)',
      '4 13: any(isNull(to), compare(from < to))',
      '5 9: increasing(from)',
    ],
  })
})

it('the order of rules and the size of batches change nothing', async () => {
  const whole = await outcome(await folder(), first)
  expect(await outcome(await folder(), first, [...rules].reverse())).toEqual(whole)
  expect(await outcome(await folder(), first, rules, 2)).toEqual(whole)
})

it('a run over what changed gives what a full one gives', async () => {
  const place = await folder()
  await outcome(place, first)
  const steps: readonly Parts[] = [
    { ...first, c: [stay(7, 'Flo', 15, 16), stay(3, 'Gus', 30, 31)] },
    { a: [stay(5, 'Ada', 40, 41)], b: first['b']! },
    { b: first['b']! },
  ]
  for (const parts of steps) expect(await outcome(place, parts)).toEqual(await outcome(await folder(), parts))
})

it('a rule about the whole dataset stops it', async () => {
  const failing = outcome(await folder(), first, [meanBetween('from', { max: 11 })])
  await expect(failing).rejects.toThrow(/meanBetween\(from, max 11\)/)
  await expect(outcome(await folder(), first, [meanBetween('from', { max: 13 })])).resolves.toMatchObject({ bad: [] })
})

it('rules about the whole dataset see all parts, as stored', async () => {
  const kept: readonly Check<Stay>[] = [
    hasColumns(['id', 'guest', 'from', 'to'], { ordered: true }),
    medianBetween('from', { min: 12, max: 12 }),
    stdevBetween('from', { min: 2.4, max: 2.5 }),
    maxBetween('from', { min: 16, max: 16 }),
    completeness('guest', { min: 6 / 7, max: 6 / 7 }),
    distinctBetween('id', { min: 6, max: 6 }),
    distinctValues('id', 'equal', [1, 2, 3, 4, 5, 6]),
    mostCommon('id', [1], { min: 2 / 7, max: 2 / 7 }),
    lengthBetween('guest', 'mean', { min: 11 / 6, max: 11 / 6 }),
    correlationBetween('from', 'to', { min: 0, max: 0.1 }),
    distributedLike('from', { values: [9, 10, 11, 12, 13, 14, 16] }, { test: 'ks', max: 0 }),
  ]
  const place = await folder()
  for (const parts of [{ b: first['b'] ?? [] }, first])
    await (parts === first ? outcome(place, parts, kept) : outcome(place, parts, []))
  for (const check of kept) {
    const other = outcome(await folder(), { ...first, c: [stay(9, 'a longer name', 90, 190)] }, [check])
    if (check.name.startsWith('hasColumns')) await other
    else await expect(other, check.name).rejects.toThrow(check.name)
  }
})
