import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { csv } from '@tidegate/files'
import { count, day, desc, each, fromTable, mean, type Node, notNull, rollup, step, sum, table, unique } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { loadConfig } from '../../../src/kernel/config/load-config.ts'
import { buildGraph } from '../../../src/kernel/graph/graph.ts'
import { counted, lines, linesOf, runIn, thrown, type World, world } from '../../failure/lab.ts'
import { folder } from '../../failure/scratch.ts'

const parts = () => ({ a: lines([1, 'x', 1], [2, 'y', 2]), b: lines([3, 'x', 3]), c: lines([4, 'y', 4]) })

/** A source, a step that is fused into the roll-up, and the roll-up. */
function fused(own: World, options: { readonly step?: object; readonly measure?: object } = {}) {
  const src = linesOf(own)
  const passed = counted([], { from: src, ...options.step })
  const totals = rollup({ from: passed, by: ['k'], measure: { n: count(), ...options.measure } } as never) as Node
  return { src, passed, totals } as Record<string, Node>
}

describe('a run that takes fused nodes as committed', () => {
  const more = { measure: { total: sum('v') } }
  const rows = [
    { k: 'x', n: 2, total: 4 },
    { k: 'y', n: 2, total: 6 },
  ]

  test.each([
    { request: { from: ['totals'] }, statuses: ['skipped', 'skipped', 'committed'] },
    { request: { from: ['passed'] }, statuses: ['skipped', 'up to date', 'committed'] },
    { request: { from: ['src'] }, statuses: ['up to date', 'up to date', 'committed'] },
    { request: { only: ['totals'] }, statuses: ['up to date', 'up to date', 'committed'] },
    { request: { from: ['totals'], to: ['totals'] }, statuses: ['skipped', 'skipped', 'committed'] },
    { request: { only: ['totals'], from: ['passed'] }, statuses: ['skipped', 'up to date', 'committed'] },
  ])('makes their rows once more: $request', async ({ request, statuses }) => {
    const [place, own] = [await folder(), world(parts())]
    await runIn(place, fused(own))
    const ran = await runIn(place, fused(own, more), request)
    expect(ran.outcome.errors).toEqual([])
    expect(['src', 'passed', 'totals'].map(ran.status)).toEqual(statuses)
    expect(await ran.rows('totals')).toEqual(rows)
  })

  test('agrees with a run of everything afterwards: nothing is left to do', async () => {
    const [place, own] = [await folder(), world(parts())]
    await runIn(place, fused(own))
    await runIn(place, fused(own, more), { from: ['totals'] })
    expect((await runIn(place, fused(own, more))).outcome.status).toBe('up to date')
  })

  test('refuses when their code, checks or options are not as they were', async () => {
    const [place, own] = [await folder(), world(parts())]
    await runIn(place, fused(own))
    const changed = fused(own, { ...more, step: { expect: [notNull('v')] } })
    expect(await thrown(runIn(place, changed, { from: ['totals'] }))).toMatchObject({
      code: 'ROWS_NOT_KEPT',
      message: 'The rows of part "a" of node "passed" are needed as they were committed, but its checks changed',
      hint: 'Run "passed" as well (without --from, or from "passed"), or keep its rows (`keep: true`).',
    })
    expect((await runIn(place, changed)).outcome.status).toBe('succeeded')
  })

  test('reads a csv file again through a fused source, and says so when the file has changed since', async () => {
    const place = await folder()
    await writeFile(join(place, 'a.csv'), 'id,v\n1,5\n2,7\n')
    const nodes = (double: boolean): Record<string, Node> => {
      const src = csv({ path: 'a.csv', schema: z.object({ id: z.int32(), v: z.number() }) })
      const twice = each({
        from: src,
        run: double ? (t) => t.derive({ w: (d) => d.v * 2 }) : (t) => t.derive({ w: (d) => d.v * 3 }),
      })
      return { src, twice }
    }
    await runIn(place, nodes(true))
    const ran = await runIn(place, nodes(false), { from: ['twice'] })
    expect(ran.outcome.errors).toEqual([])
    expect(await ran.rows('twice')).toEqual([
      { id: 1, v: 5, w: 15 },
      { id: 2, v: 7, w: 21 },
    ])
    await writeFile(join(place, 'a.csv'), 'id,v\n1,5\n2,7\n3,9\n')
    const stale = await runIn(place, nodes(true), { from: ['twice'], full: true })
    expect(stale.error).toMatchObject({ code: 'SOURCE_CHANGED', message: '"a.csv" changed while it was being read' })
    expect((await runIn(place, nodes(true))).outcome.status).toBe('succeeded')
  })
})

describe('columns named as those of quarantine', () => {
  const Row = z.object({ _key: z.string().nullable(), v: z.number().nullable() })
  const data = () => table(Row, { _key: ['k1', 'k2'], v: [1, null] })

  test.each([
    ['a check of rows', () => notNull('v')],
    ['a check over all rows', () => unique(['v'])],
  ])('are refused before data is read where %s sets rows aside', async (_, check) => {
    const src = fromTable(data())
    const passed = each({ from: src, run: (t) => t, expect: [check() as never] })
    expect(await thrown(runIn(await folder(), { src, passed }))).toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message:
        'Node "passed" has a column "_key", which is the name of a column that quarantine gives to rows it sets aside',
      hint: expect.stringContaining('Rename the column in the step before, or here (for example to "key")'),
      data: { node: 'passed', column: '_key' },
    })
  })

  test('are refused as well where the columns are known only once there are rows', async () => {
    const src = fromTable(data())
    const passed = each({ from: src, run: (t) => t, rehearse: false, expect: [notNull('v')] })
    expect((await runIn(await folder(), { src, passed })).error).toMatchObject({ code: 'SCHEMA_MISMATCH' })
  })

  test('keep what they hold where failing rows are dropped, or nothing is checked', async () => {
    const src = fromTable(data())
    const passed = each({ from: src, run: (t) => t, expect: [notNull('v')], otherwise: 'drop' })
    const ran = await runIn(await folder(), { src, passed })
    expect(ran.outcome.errors).toEqual([])
    expect(await ran.rows('passed')).toEqual([{ _key: 'k1', v: 1 }])
  })

  test('pass through a node that reads the quarantine of another', async () => {
    const src = linesOf(world({ a: lines([1, 'x', null], [2, 'y', 2]) }))
    const clean = each({ from: src, run: (t) => t, expect: [notNull('v')], otherwise: 'quarantine' })
    const bad = each({ from: clean.quarantine, run: (t) => t.derive({ twice: (d) => d.id }) })
    const ran = await runIn(await folder(), { src, clean, bad })
    expect(ran.outcome.errors).toEqual([])
    expect(await ran.rows('bad')).toMatchObject([{ id: 1, _reasons: 'notNull(v)', _part: 'a', _row: 0, twice: 1 }])
  })
})

describe('a row that the fold condemns', () => {
  test('keeps its number in the part, also where rows before it were set aside, dropped or could not be parsed', async () => {
    const place = await folder()
    const text = ['id,v', '1,1', 'x,1', '2,', '1,2', '3,-1', '3,1', 'y,1', '1,3', '3,4', ''].join('\n')
    await writeFile(join(place, 'a.csv'), text)
    for (const batchRows of [1, 2, 65_536]) {
      const ran = await runIn(join(place, String(batchRows)), { src: sourceAt(place) }, {}, { batchRows } as never)
      const aside = await ran.rows('src', 'quarantine')
      expect(aside.map((row) => [row['_row'], row['_reasons']]).sort((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
        [1, expect.stringContaining('line 3')],
        [2, 'notNull(v)'],
        [3, 'unique(id, lose: later)'],
        [5, 'unique(id, lose: later)'],
        [6, expect.stringContaining('line 8')],
        [7, 'unique(id, lose: later)'],
        [8, 'unique(id, lose: later)'],
      ])
    }
  })

  const sourceAt = (place: string) =>
    csv({
      path: join(place, 'a.csv'),
      schema: z.object({ id: z.int32(), v: z.number().nullable() }),
      expect: [notNull('v'), unique(['id'], { lose: 'later' })],
      otherwise: 'quarantine',
    }) as unknown as Node
})

describe('options that would have no effect', () => {
  test('of keys and measures are refused, with the nearest name', () => {
    expect(() => day('d', { timezone: 'Europe/Zurich' } as never)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: 'day(d): unknown option "timezone".',
        hint: 'Did you mean "timeZone"? Its options are: timeZone.',
      }),
    )
    expect(() => day('d', { zone: 'Europe/Zurich' } as never)).toThrow('day(d): unknown option "zone".')
    expect(() => (mean as (...given: unknown[]) => unknown)('v', { weight: 'w' })).toThrow(
      expect.objectContaining({ message: 'mean(v): unknown option "weight".', hint: 'It takes no options.' }),
    )
    expect(['v', 'w'].map(mean).map(({ name }) => name)).toEqual(['mean(v)', 'mean(w)'])
    expect(day('d', { timeZone: 'Europe/Zurich' }).name).toBe('day(d, Europe/Zurich)')
  })

  test('of keys are refused in a config that is data', async () => {
    const place = await folder()
    await writeFile(
      join(place, 'pipeline.config.json'),
      JSON.stringify({
        pipelines: {
          p: {
            src: { use: '@tidegate/files#csv', path: 'a.csv' },
            daily: {
              kind: 'rollup',
              from: 'src',
              by: { d: { day: ['at', { zone: 'Europe/Zurich' }] } },
              measure: { n: 'count' },
            },
          },
        },
      }),
    )
    const { faults } = await loadConfig({ cwd: place })
    expect(faults.filter(({ where }) => where?.includes('daily'))).toMatchObject([
      { code: 'CONFIG_INVALID', message: 'day(at): unknown option "zone".', hint: 'Its options are: timeZone.' },
    ])
  })

  test('keep: false is refused, since nothing would heed it', async () => {
    const src = linesOf(world(parts()), { keep: false })
    const error = await thrown(runIn(await folder(), { src }))
    expect(error.code).toBe('CONFIG_INVALID')
    expect(`${error.message} ${JSON.stringify(error.data)}`).toContain('or true, got false')
  })
})

describe('a name that is used again', () => {
  const other = { p: lines([10, 'z', 1]), q: lines([11, 'z', 2]), r: lines([12, 'z', 3]) }

  test('by a new source: the renamed one keeps its history, the new one begins without', async () => {
    const [place, old, fresh] = [await folder(), world(parts()), world(other)]
    await runIn(place, { a: linesOf(old, { keep: true }) })
    old.opened.splice(0)
    const nodes = () => ({ a: linesOf(fresh, { keep: true }), b: linesOf(old, { keep: true, renamedFrom: 'a' }) })
    const ran = await runIn(place, nodes())
    expect(ran.outcome.errors).toEqual([])
    expect([old.opened, fresh.opened]).toEqual([[], ['p', 'q', 'r']])
    expect((await ran.rows('a')).map((row) => row['id'])).toEqual([10, 11, 12])
    expect((await ran.rows('b')).map((row) => row['id'])).toEqual([1, 2, 3, 4])
    // From now on each has a history of its own, although the name is still said to be old.
    expect((await runIn(place, nodes())).outcome.status).toBe('up to date')
    fresh.parts = { q: other.q, r: other.r }
    const later = await runIn(place, nodes())
    expect(later.outcome.states.get('a')?.why).toBe('1 part removed: p')
    expect([later.status('a'), later.status('b')]).toEqual(['committed', 'up to date'])
  })

  test('the two have recipes of their own, and one name has one heir', () => {
    const src = () => linesOf(world({}))
    const identities = (nodes: Record<string, Node>) =>
      Object.fromEntries(buildGraph('p', nodes).nodes.map(({ name, identity }) => [name, identity]))
    expect(identities({ a: src(), b: linesOf(world({}), { renamedFrom: 'a' }) })).toEqual({ a: 'a (anew)', b: 'a' })
    expect(identities({ b: linesOf(world({}), { renamedFrom: 'a' }), c: src() })).toEqual({ b: 'a', c: 'c' })
    const heir = () => linesOf(world({}), { renamedFrom: 'a' })
    expect(() => identities({ b: heir(), c: heir() })).toThrow(
      'Pipeline "p": both "b" and "c" say that they were named "a"',
    )
  })
})

describe('the order of a step', () => {
  test('may be descending by desc() and by { desc }', async () => {
    const src = linesOf(world(parts()))
    const one = step({ from: src, run: (t) => t, orderBy: [desc('id')] })
    const two = step({ from: src, run: (t) => t, orderBy: [{ desc: 'k' }, 'id'] })
    const ran = await runIn(await folder(), { src, one, two })
    expect((await ran.rows('one')).map((row) => row['id'])).toEqual([4, 3, 2, 1])
    expect((await ran.rows('two')).map((row) => row['id'])).toEqual([2, 4, 1, 3])
  })

  test('says what it takes', async () => {
    const src = linesOf(world(parts()))
    const wrong = step({ from: src, run: (t) => t, orderBy: [{ descending: 'id' } as never] })
    const error = await thrown(runIn(await folder(), { src, wrong }))
    expect(`${error.message} ${JSON.stringify(error.data)}`).toContain("desc('name') or { desc: 'name' }")
  })
})

describe('a retained part that is gone', () => {
  test('cannot be read by a rule that changed, and the error says what to do', async () => {
    const place = await folder()
    for (const name of ['a', 'b']) await writeFile(join(place, `${name}.csv`), 'id,v\n1,5\n')
    const nodes = (checks: readonly unknown[], onRemoved: 'retain' | 'remove' = 'retain') => {
      const schema = z.object({ id: z.int32(), v: z.number() })
      return { src: csv({ path: '*.csv', schema, onRemoved, expect: checks } as never) as Node }
    }
    await runIn(place, nodes([]))
    await rm(join(place, 'a.csv'))
    expect((await runIn(place, nodes([]))).outcome.errors).toEqual([])
    const ran = await runIn(place, nodes([notNull('v')]))
    expect(ran.error).toMatchObject({
      code: 'SOURCE_NOT_FOUND',
      message:
        'Part "a.csv" of source "src" is gone. It is retained as it was read, but "src" changed and it must be read again',
      hint: 'Put it back, take back the change, or set `onRemoved: \'remove\'` on "src" to let its rows go.',
    })
    expect((await runIn(place, nodes([notNull('v')], 'remove'))).outcome.errors).toEqual([])
  })
})
