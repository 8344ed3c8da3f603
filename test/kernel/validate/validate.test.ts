import { compare, fresh, increasing, key, length, meanBetween, noOutliers, trim } from '@tidegate/checks'
import { table as arqueroTable, fromArrow } from 'arquero'
import fc from 'fast-check'
import {
  between,
  type Check,
  Int64Column,
  matches,
  notNull,
  oneOf,
  type RowVerdict,
  rowCount,
  table,
  types,
  unique,
  ValuesColumn,
  validate,
} from 'tidegate'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { lines, linesOf, runIn, thrown, world } from '../../failure/lab.ts'
import { folder } from '../../failure/scratch.ts'
import { formsOf } from './forms.ts'
import { cells, chosen, naively } from './naive.ts'

const verdicts = fc.constantFrom<RowVerdict>('halt', 'quarantine', 'drop', 'warn')
const rowsOf = (given: { objects(): object[] }) => given.objects() as Record<string, any>[]

describe('checking rows without a pipeline', () => {
  it('says of each check what it found, and whether the data pass', async () => {
    const orders = table(z.object({ id: z.int(), amount: z.number().nullable(), country: z.string() }), {
      id: [1, 2, 2, 4],
      amount: [10, -3, 7, null],
      country: ['DE', 'FR', 'DE', 'XX'],
    })
    const found = await validate(orders, [
      between('amount', 0, 100, { atLeast: 0.5 }),
      oneOf('country', ['DE', 'FR']),
      unique('id'),
      meanBetween('amount', { min: 0, max: 5 }),
      rowCount(1),
    ])
    expect(found.pass).toBe(false)
    expect(found.counts).toEqual({ rowsIn: 4, rowsOut: 2, quarantined: 2, dropped: 0, warned: 0 })
    expect(found.outcomes.map(({ name, failed, of, pass, observed }) => [name, failed, of, pass, observed])).toEqual([
      ['between(amount, 0, 100)', 1, 4, true, '1 of 4 rows failed'],
      ["oneOf(country, 'DE' | 'FR')", 1, 4, false, '1 of 4 rows failed'],
      ['unique(id)', 0, 4, true, '0 of 4 rows failed'],
      ['meanBetween(amount, min 0, max 5)', 4, 4, false, 'mean 8.5'],
      ['rowCount(1)', 0, 4, true, '2 rows'],
    ])
    expect(found.outcomes[0]?.sample).toBe('data, row 1: amount = -3')
    expect(found).not.toHaveProperty('passed')
  })

  it('gives the rows that pass as a filter over the columns they came in, and the others with their reasons', async () => {
    const text = new ValuesColumn(types.string, ['a', 'b', 'c', 'b'])
    const given = arqueroTable({ n: Int32Array.of(1, 2, 3, 4), k: text as never })
    const found = await validate(given, [between('n', 0, 2), unique('k')] as readonly Check[], {
      otherwise: 'quarantine',
      split: true,
      name: 'letters',
    })
    expect(found.pass).toBe(true)
    expect(found.passed.column('k')).toBe(text)
    expect(found.passed).toBe(found.passed)
    expect(rowsOf(found.passed)).toEqual([
      { n: 1, k: 'a' },
      { n: 2, k: 'b' },
    ])
    expect(rowsOf(found.failed)).toEqual([
      {
        n: 3,
        k: 'c',
        _key: expect.stringMatching(/^[0-9a-f]{32}$/),
        _reasons: 'between(n, 0, 2)',
        _part: 'letters',
        _row: 2,
        _raw: null,
      },
      {
        n: 4,
        k: 'b',
        _key: expect.stringMatching(/^[0-9a-f]{32}$/),
        _reasons: 'between(n, 0, 2)',
        _part: 'letters',
        _row: 3,
        _raw: null,
      },
    ])
    const all = await validate(given, [between('n', 0, 9)] as readonly Check[], { split: true })
    expect(all.passed.isFiltered()).toBe(false)
    expect(all.failed.numRows()).toBe(0)
  })

  it(
    'agrees with the rules written down row by row, for all rows, checks, verdicts, thresholds, forms and splits',
    () =>
      fc.assert(
        fc.asyncProperty(
          cells,
          chosen,
          verdicts,
          fc.array(fc.nat(30), { maxLength: 4 }),
          async (rows, picked, otherwise, cuts) => {
            const expected = naively(rows, picked, otherwise)
            const checks = picked.map(({ told, options }) => told.make(options))
            for (const [form, data] of Object.entries(formsOf(rows, cuts))) {
              const found = await validate(data, checks, { otherwise, split: true })
              const outcomes = found.outcomes.map(({ failed, pass }) => ({ failed, pass }))
              expect({ form, counts: found.counts, outcomes }).toEqual({
                form,
                counts: expected.counts,
                outcomes: expected.outcomes,
              })
              expect(found.pass).toBe(outcomes.every(({ pass }) => pass))
              expect(rowsOf(found.passed).map(({ n }) => n)).toEqual(expected.passed)
              const aside = rowsOf(found.failed).map(({ n, _reasons, _row }) => ({ n, reasons: _reasons, _row }))
              expect(aside.sort((a, b) => a.n - b.n)).toEqual(expected.failed.map((row) => ({ ...row, _row: row.n })))
              if (form.startsWith('a stream')) continue
              const short = await validate(data, checks, { otherwise })
              expect([short.counts, short.outcomes]).toEqual([found.counts, found.outcomes])
            }
          },
        ),
        { numRuns: 60 },
      ),
    120_000,
  )

  it('agrees with itself in whatever order the checks stand', () =>
    fc.assert(
      fc.asyncProperty(cells, chosen, verdicts, fc.infiniteStream(fc.nat()), async (rows, picked, otherwise, order) => {
        const checks = picked.map(({ told, options }) => told.make(options))
        const shuffled = checks.map((check) => [order.next().value as number, check] as const)
        const [data] = Object.values(formsOf(rows, []))
        const one = await validate(data, checks, { otherwise, split: true })
        const other = await validate(
          data,
          shuffled.sort(([a], [b]) => a - b).map(([, check]) => check),
          { otherwise, split: true },
        )
        const byName = (outcomes: typeof one.outcomes) => Object.fromEntries(outcomes.map((own) => [own.name, own]))
        expect(byName(other.outcomes)).toEqual(byName(one.outcomes))
        expect([other.pass, other.counts]).toEqual([one.pass, one.counts])
        expect(rowsOf(other.passed)).toEqual(rowsOf(one.passed))
        const why = (found: typeof one) =>
          rowsOf(found.failed).map(({ _row, _key, _reasons }) => [_row, _key, _reasons.split('; ').sort()])
        expect(why(other)).toEqual(why(one))
      }),
      { numRuns: 60 },
    ))

  it(
    'agrees with a run of a pipeline',
    () =>
      fc.assert(
        fc.asyncProperty(
          cells,
          chosen,
          fc.constantFrom<RowVerdict>('quarantine', 'drop', 'warn'),
          async (all, picked, otherwise) => {
            const rows = all.map(({ n, k, v }) => [n % 7, k ?? 'none', v] as const)
            const checks = picked.map(({ told, options: { atLeast, ...options } }) =>
              told.make({ ...options, ...(options.verdict === 'halt' ? { verdict: 'drop' } : {}) }),
            )
            const fitting = [...checks, rowCount(0, 1000), length('k', { max: 250, verdict: 'warn' })]
            const own = await folder()
            const src = linesOf(world({ part: lines(...rows) }), { expect: fitting, otherwise })
            const ran = await runIn(own, { src })
            const data = arqueroTable({
              id: Int32Array.from(rows, ([id]) => id),
              k: new ValuesColumn(
                types.string,
                rows.map(([, k]) => k),
              ) as never,
              v: rows.map(([, , v]) => v),
            })
            const named = { otherwise, split: true, name: 'part' } as const
            const found = await validate(
              rows.some(([, , v]) => v !== null) ? data : data.derive({ v: () => 0 }),
              fitting,
              named,
            )
            if (!rows.some(([, , v]) => v !== null)) return
            const section = ran.outcome.states.get('src')?.section
            if (ran.error !== undefined) expect(found.pass).toBe(false)
            else {
              expect(section?.counts).toEqual(found.counts)
              // A node with a schema has its check besides.
              expect(section?.checks.filter(({ name }) => name !== 'schema')).toEqual(found.outcomes)
              expect(await ran.rows('src')).toEqual(rowsOf(found.passed))
              expect(await ran.rows('src', 'quarantine')).toEqual(rowsOf(found.failed))
            }
          },
        ),
        { numRuns: 25 },
      ),
    120_000,
  )
})

describe('what can be checked', () => {
  const five = { n: Int32Array.of(1, 2, 3, 4, 5) }

  it('is checked in slices of whole bytes, wherever rows begin', async () => {
    const n = Int32Array.from({ length: 200_001 }, (_, i) => (i % 1000 === 0 ? -1 : i))
    const found = await validate(
      { n },
      [between('n', 0, 300_000), unique('n', { lose: 'later' })] as readonly Check[],
      { otherwise: 'warn' },
    )
    expect(found.outcomes.map(({ failed }) => failed)).toEqual([201, 200])
    const split = await validate({ n }, [between('n', 0, 300_000)] as readonly Check[], {
      otherwise: 'drop',
      split: true,
    })
    expect(split.passed.numRows()).toBe(199_800)
    expect(rowsOf(split.passed.slice(199_799))).toEqual([{ n: 199_999 }])
  })

  it('is nothing at all: no rows, no columns, no checks', async () => {
    const none = { rowsIn: 0, rowsOut: 0, quarantined: 0, dropped: 0, warned: 0 }
    for (const data of [{}, [], { n: new Int32Array(0) }, { schema: { fields: [] }, length: 0, columns: [] }]) {
      const found = await validate(data as never, [rowCount(0, 0)], { split: true })
      expect([found.pass, found.counts, found.passed.numRows(), found.failed.numRows()]).toEqual([true, none, 0, 0])
    }
    expect((await validate(five, [])).outcomes).toEqual([])
    expect((await validate([], [unique('n')] as readonly Check[]).catch((error) => error)).code).toBe('COLUMN_MISSING')
  })

  it('is what Arrow holds, over its own buffers', async () => {
    const bytes = arqueroTable({
      n: Int32Array.of(1, 5),
      k: ['a', 'b'],
      big: BigInt64Array.of(1n, 2n ** 60n),
    }).toArrowIPC() as Uint8Array
    const arrow = fromArrow(bytes, { useBigInt: true } as never)
    const found = await validate(
      arrow,
      [between('n', 0, 3), oneOf('k', ['a']), between('big', 0n, 5n)] as readonly Check[],
      {
        otherwise: 'quarantine',
        split: true,
      },
    )
    expect(rowsOf(found.passed)).toEqual([{ n: 1, k: 'a', big: 1n }])
    expect(rowsOf(found.failed)[0]).toMatchObject({ big: 2n ** 60n, _row: 1 })
    const shown = await validate(fromArrow(bytes), [between('big', 0, 5)] as readonly Check[]).catch((error) => error)
    expect(shown.code).toBe('TYPE_PRECISION')
  })

  it('is refused where it holds no rows', async () => {
    for (const data of [undefined, null, 7, 'rows', { a: 7 }, [7]])
      expect((await thrown(validate(data as never, []))).code).toBe('CONFIG_INVALID')
    expect((await thrown(validate(five, [notNull('n'), notNull('n')] as readonly Check[]))).code).toBe('CONFIG_INVALID')
    expect((await thrown(validate(five, [notNull('m')] as readonly Check[]))).code).toBe('COLUMN_MISSING')
  })

  it('is a stream, of which nothing is kept without split, and which can be stopped', async () => {
    async function* stream() {
      for (let i = 0; i < 5; i++)
        yield {
          schema: { fields: [{ name: 'n', type: types.int64, nullable: false }] },
          length: 2,
          columns: [new Int64Column(types.int64, BigInt64Array.of(BigInt(i), 3n))],
        }
    }
    const checks = [unique('n'), increasing('n'), key('n', { verdict: 'warn' }), noOutliers('n')] as readonly Check[]
    const [kept, passing] = [
      await validate(stream(), checks, { split: true, otherwise: 'drop' }),
      await validate(stream(), checks, { otherwise: 'drop' }),
    ]
    expect(passing.counts).toEqual(kept.counts)
    expect(passing.outcomes).toEqual(kept.outcomes)
    expect(kept.outcomes.map(({ failed }) => failed)).toEqual([6, 3, 6, 0])
    const stop = AbortSignal.abort(new Error('enough'))
    await expect(validate(stream(), checks, { signal: stop })).rejects.toThrow('enough')
  })
})

describe('what checks may do besides', () => {
  it('repairs rows that pass, which all other rules then see', async () => {
    const data = { k: ['a ', 'b', 'b '], n: Int32Array.of(1, 2, 3) }
    const found = await validate(
      data,
      [
        matches('k', /^\w$/, { verdict: { repair: trim() } } as never),
        unique('k', { verdict: 'quarantine' }),
      ] as readonly Check[],
      { split: true },
    )
    expect(found.counts).toMatchObject({ rowsIn: 3, rowsOut: 1, quarantined: 2, repaired: 2 })
    expect(rowsOf(found.passed)).toEqual([{ k: 'a', n: 1 }])
    expect(rowsOf(found.failed).map(({ k, n, _row }) => [k, n, _row])).toEqual([
      ['b', 2, 1],
      ['b', 3, 2],
    ])
  })

  it('looks at the time, and holds the data to thresholds as a whole', async () => {
    const day = 86_400_000
    const data = { at: [new Date(5 * day), new Date(9 * day)] }
    const young = await validate(data, [fresh('at', { within: '2 days' } as never)] as readonly Check[], {
      now: 10 * day,
    })
    const old = await validate(data, [fresh('at', { within: '2 days' } as never)] as readonly Check[], {
      now: 20 * day,
    })
    expect([young.pass, old.pass]).toEqual([true, false])
    const checks = [between('n', 0, 1, { verdict: 'drop' })] as readonly Check[]
    const numbers = { n: Int32Array.of(0, 1, 2, 3) }
    expect((await validate(numbers, checks, { atMost: 2 })).pass).toBe(true)
    expect((await validate(numbers, checks, { atLeast: 0.75 })).outcomes.map(({ name, pass }) => [name, pass])).toEqual(
      [
        ['between(n, 0, 1)', true],
        ['gate', false],
      ],
    )
  })

  it('skips over rows of which a rule says nothing', async () => {
    const rule: Check['rule'] = {
      scope: 'condemning',
      version: 1,
      collect: () => ({ add: () => {}, finish: () => new Uint8Array(0) }),
      condemn: async () => ({ rows: new Map([[0, Uint8Array.of(0b10, 0, 0, 0, 0b1)]]) }),
    }
    const check: Check = { name: 'far', columns: [], parameters: {}, rule }
    const n = Int32Array.from({ length: 40 }, (_, i) => i)
    for (const data of [{ n }, [{ n: n.subarray(0, 13) }, { n: n.subarray(13) }]]) {
      const found = await validate(data as never, [between('n', 0, 38), check] as readonly Check[], {
        otherwise: 'drop',
        split: true,
      })
      expect(found.passed.numRows()).toBe(37)
      expect(rowsOf(found.passed).filter((row) => [1, 32, 39].includes(row['n']))).toEqual([])
    }
  })

  it('tells the reason of a rule that condemns rows where it has one', async () => {
    const rule: Check['rule'] = {
      scope: 'condemning',
      version: 1,
      collect: () => ({ add: () => {}, finish: () => new Uint8Array(0) }),
      condemn: async ([part]) => ({
        rows: new Map([[0, Uint8Array.of(0b101)]]),
        of: (part?.rows ?? 0) - 1,
        reason: (_, row) => (row === 0 ? 'the first of those that pass' : undefined),
        dataset: { pass: false, observed: 'something is missing' },
      }),
    }
    const check: Check = { name: 'odd', columns: [], parameters: {}, rule }
    const found = await validate(
      { n: Int32Array.of(9, 1, 2, 3, 4) },
      [between('n', 0, 5, { verdict: 'drop' }), check] as readonly Check[],
      { otherwise: 'quarantine', split: true },
    )
    expect(rowsOf(found.failed).map(({ n, _reasons }) => [n, _reasons])).toEqual([
      [1, 'the first of those that pass'],
      [3, 'odd'],
    ])
    expect(found.outcomes[1]).toMatchObject({
      failed: 2,
      of: 3,
      pass: false,
      observed: '2 of 3 rows failed; something is missing',
    })
  })

  it('reads batches back where rows are kept', async () => {
    const seen: number[] = []
    const rule: Check['rule'] = {
      scope: 'condemning',
      version: 1,
      collect: () => ({ add: () => {}, finish: () => new Uint8Array(0) }),
      async condemn([part]) {
        for await (const batch of part?.batches?.() ?? []) seen.push(batch.length)
        return { rows: new Map() }
      },
    }
    const check: Check = { name: 'reader', columns: [], parameters: {}, rule }
    await validate([{ n: [1, 2] }, { n: [3] }] as never, [check])
    expect(seen).toEqual([2, 1])
  })

  it('compares columns of one type as they are stored', async () => {
    const times = { a: [1, 5, 3].map((ms) => new Date(ms)), b: [2, 4, 3].map((ms) => new Date(ms)) }
    const found = await validate(
      times,
      [compare('a', '<=', 'b'), compare('a', '<', 'b'), compare('a', '!=', 'b')] as readonly Check[],
      { otherwise: 'warn' },
    )
    expect(found.outcomes.map(({ failed }) => failed)).toEqual([1, 2, 1])
  })
})
