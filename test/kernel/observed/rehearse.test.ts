import { escape as asIs, type ColumnTable, op } from 'arquero'
import { describe, expect, it } from 'vitest'
import { isTidegateError, type TidegateError } from '../../../src/kernel/errors.ts'
import { rehearse } from '../../../src/kernel/observed/rehearse.ts'
import { types } from '../../../src/kernel/types.ts'
import { observed, schemaOf } from './tables.ts'

const inputs = {
  '': schemaOf({
    date: types.date,
    delay: types.int32,
    origin: types.string,
    amount: types.decimal(18, 2),
    at: types.timestamp('us'),
  }),
  airports: schemaOf({ iata: types.string, city: types.string }),
}
type Tables = Readonly<Record<string, ColumnTable>>

const rehearseClean = (run: (t: ColumnTable, airports: ColumnTable) => unknown) =>
  rehearse('clean', (tables: Tables) => run(tables[''] as ColumnTable, tables['airports'] as ColumnTable), inputs, true)

async function errorOf(run: (t: ColumnTable, airports: ColumnTable) => unknown): Promise<TidegateError> {
  const error = await rehearseClean(run).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (isTidegateError(error)) return error
  throw new Error(`no TidegateError but ${String(error)}`)
}

describe('a rehearsal', () => {
  it('gives the columns a step will make and where they come from', async () => {
    const { table, lineage } = await rehearseClean((t, airports) =>
      t.derive({ late: 'd => d.delay > 15' }).join_left(airports, ['origin', 'iata']).select('late', 'city'),
    )
    expect(table?.columnNames()).toEqual(['late', 'city'])
    expect(table?.numRows()).toBe(0)
    expect(lineage).toEqual([
      { column: 'late', how: 'derived', sources: [{ input: '', column: 'delay' }], expression: 'd => d.delay > 15' },
      { column: 'city', how: 'identity', sources: [{ input: 'airports', column: 'city' }] },
    ])
  })

  it('waits for steps that are asynchronous', async () => {
    expect((await rehearseClean(async (t) => t.select('origin'))).table?.columnNames()).toEqual(['origin'])
  })

  it('quotes an expression that reads a mistyped column, and proposes the right one', async () => {
    const error = await errorOf((t) => t.derive({ late: 'd => d.dealy > 15' }))
    expect(error.code).toBe('STEP_EXPRESSION')
    expect(error.message).toBe(
      'Step "clean": `d => d.dealy > 15` of derive reads column "dealy", which the table does not have.',
    )
    expect(error.hint).toBe('Did you mean "delay"? The columns are: date, delay, origin, amount, at.')
  })

  it('lists the columns where none comes near', async () => {
    expect((await errorOf((t) => t.filter('d => d.passengers'))).hint).toBe(
      'The columns are: date, delay, origin, amount, at.',
    )
  })

  it('points closures to params and escape', async () => {
    const limit = 15
    const error = await errorOf((t) => t.filter((d: any) => d.delay > limit))
    expect(error.message).toMatch(
      /^Step "clean": `.*limit.*` of filter cannot work at `limit`: invalid variable reference\.$/,
    )
    expect(error.hint).toContain('table.params({ limit })')
    expect(error.hint).toContain('escape(...)')
  })

  const impossible: Readonly<Record<string, readonly [string, RegExp]>> = {
    'a method called on a value': ['d => d.origin.trim()', /`d\.origin\.trim\(\)`: methods cannot be called on values/],
    'a method called on a result': ['d => op.lower(d.origin).trim()', /methods cannot be called on values/],
    'an unknown function': ['d => op.shout(d.origin)', /invalid function call/],
    'the row as a value': ['d => op.keys(d)', /the row itself is not a value/],
    'optional chaining': ['d => d?.origin', /optional chaining \(\?\.\) is not supported/],
    typeof: ['d => typeof d.delay', /typeof is not supported/],
    'an undefined parameter': ['(d, $) => $.limit', /invalid param reference/],
    'broken syntax': ['d => d.delay >', /of derive cannot work: Expression parse error/],
    'an inner function': ['d => op.length([1].map(x => x))', /cannot work/],
  }
  for (const [what, [expression, message]] of Object.entries(impossible)) {
    it(`finds ${what}, which would fail or silently mislead on data`, async () => {
      const error = await errorOf((t) => t.derive({ x: expression }))
      expect(error.code).toBe('STEP_EXPRESSION')
      expect(error.message).toMatch(message)
      expect(error.message).toContain(`\`${expression}\``)
    })
  }

  it('takes functions of op, params and escape', async () => {
    const limit = 3
    const { table } = await rehearseClean((t) =>
      (t.params({ limit }) as ColumnTable).derive({
        a: (d: any, $: any) => op.trim(d.origin) + $.limit,
        b: asIs((d: any) => d.origin.trim() + limit),
        c: ({ delay }: any) => -delay,
        d: () => op.row_object('origin'),
      }),
    )
    expect(table?.columnNames().slice(-4)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('names a column that select, rename, a join or a lookup does not find', async () => {
    const close = 'Did you mean "origin"? The columns are: date, delay, origin, amount, at.'
    for (const run of [
      (t: ColumnTable) => t.select('orign'),
      (t: ColumnTable) => t.rename({ orign: 'x' }),
      (t: ColumnTable, airports: ColumnTable) => t.join_left(airports, ['orign', 'iata']),
      (t: ColumnTable, airports: ColumnTable) => t.lookup(airports, ['orign', 'iata']),
      (t: ColumnTable) => t.fold(['orign']),
    ]) {
      const error = await errorOf(run as never)
      expect([error.code, error.hint]).toEqual(['STEP_EXPRESSION', close])
      expect(error.message).toContain('"orign"')
    }
  })

  it('explains joins without common columns or with uneven keys', async () => {
    const natural = await errorOf((t, airports) => t.join(airports))
    expect(natural.message).toBe('Step "clean": join without keys needs columns of the same name, and there are none.')
    expect(natural.hint).toContain('Right: iata, city.')
    expect(
      (await errorOf((t, airports) => t.semijoin(airports, [['origin', 'delay'], ['iata']] as never))).message,
    ).toContain('2 keys on the left and 1 on the right')
  })

  it('refuses what is not row-wise for the streamed input and allows it for the others', async () => {
    expect((await errorOf((t) => t.dedupe('origin'))).code).toBe('STEP_NOT_ROW_WISE')
    expect(
      (await rehearseClean((t, airports) => t.semijoin(airports.dedupe('city'), ['origin', 'iata']))).table?.numRows(),
    ).toBe(0)
    const whole = await rehearse('top', (tables) => tables['']?.orderby('delay').slice(0, 10), inputs, false)
    expect(whole.table?.columnNames()).toContain('delay')
  })

  it('says what came back instead of a table', async () => {
    const nothing = await errorOf(() => undefined)
    expect([nothing.code, nothing.message]).toEqual(['STEP_NO_RESULT', 'Step "clean" returned undefined.'])
    expect(nothing.hint).toContain('return')
    const rows = await errorOf((t) => t.objects())
    expect([rows.code, rows.message]).toEqual([
      'STEP_NOT_A_TABLE',
      'Step "clean" returned an array of 0, not an Arquero table.',
    ])
    expect((await errorOf(() => 7n)).message).toContain('the bigint 7')
    expect((await errorOf(() => ({ a: 1 }))).message).toContain('a plain object')
  })

  it('explains code that needs rows', async () => {
    const error = await errorOf((t) => t.derive({ x: String((t.objects() as { delay: number }[])[0]!.delay) }))
    expect(error.code).toBe('STEP_FAILED')
    expect(error.message).toMatch(
      /^Step "clean" threw in its rehearsal on tables without rows: Cannot read properties of undefined/,
    )
    expect(error.hint).toContain('rehearse: false')
    expect(error.cause).toBeInstanceOf(TypeError)
  })

  it('reads any cell of an empty table as absent', async () => {
    const read: unknown[] = []
    await rehearseClean((t) => {
      for (const name of t.columnNames()) read.push(t.get(name, 0))
      return t
    })
    expect(read).toEqual([null, null, null, null, null])
  })

  it('cannot tell of a step that returns a stream', async () => {
    expect(await rehearseClean(() => (async function* () {})())).toEqual({})
  })

  it('does not look into escape(...): what fails there fails on data, as a failed step', async () => {
    const shout = (t: ColumnTable) => t.derive({ x: asIs((d: any) => d.origin.shout()) })
    expect((await rehearseClean(shout)).table?.columnNames()).toContain('x')
    expect(() => shout(observed({ origin: ['FRA'] }, { node: 'clean' }))).toThrow(
      /^Step "clean": `derive\(\{ x: .*\}\)` threw: d\.origin\.shout is not a function/,
    )
  })
})
