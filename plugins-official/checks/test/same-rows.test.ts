import fc from 'fast-check'
import { type Check, fromTable, type TidegateError, table, types } from 'tidegate'
import { describe, expect, it, test } from 'vitest'
import { sameRows } from '../src/index.ts'
import { compareRows } from '../src/same-rows-fold.ts'
import { batchOf, type Cell, condemnation, cutAt, listOf, otherOf, partsOf } from './others.ts'

const node = fromTable(table({ id: [1], v: [1], s: ['a'] }))

interface Row {
  readonly id: number | null
  readonly v: number | null
  readonly s: string | null
}
const row: fc.Arbitrary<Row> = fc.record({
  id: fc.oneof(fc.integer({ min: 0, max: 8 }), fc.constant(null)),
  v: fc.constantFrom(0, -0, 1, 1.004, 1.5, Number.NaN, Number.POSITIVE_INFINITY, null),
  s: fc.constantFrom('a', 'é', '', null),
})
const rows = fc.array(row, { maxLength: 10 })
const batchOfRows = (given: readonly Row[], id = types.int32) =>
  batchOf({
    id: [id, given.map((one): Cell => (id === types.int32 || one.id === null ? one.id : BigInt(one.id)))],
    v: [types.float64, given.map((one) => one.v)],
    s: [types.string, given.map((one) => one.s)],
  })

/** What each own row gets, and how many rows are only there: row by row, without hashes. */
function naive(own: readonly Row[], other: readonly Row[], tolerance: number) {
  const sameNumber = (a: number, b: number) =>
    a === b || (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= tolerance
  const same = (a: Row, b: Row) => a.s === b.s && (a.v === null || b.v === null ? a.v === b.v : sameNumber(a.v, b.v))
  const wrong = own.map((one) => {
    const [here, there] = [own, other].map((side) => side.filter((two) => two.id === one.id)) as [Row[], Row[]]
    return here.length !== 1 || there.length !== 1 || !same(one, there[0] as Row)
  })
  const extra = other.filter((one) => !own.some((two) => two.id === one.id)).length
  return { wrong, extra }
}

describe('sameRows', () => {
  it('agrees with comparing row by row, in any order, in one pass and in many', async () => {
    const cuts = fc.array(fc.nat(10), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(
        rows,
        rows,
        cuts,
        cuts,
        fc.constantFrom(0, 0.01),
        fc.nat(9),
        async (own, there, a, b, tolerance, turn) => {
          const check = sameRows(node, { key: 'id', tolerance }) as Check
          const batches = cutAt(batchOfRows(own), a)
          const expected = naive(own, there, tolerance)
          const turned = [...there.slice(turn), ...there.slice(0, turn)]
          const first = await condemnation(
            check,
            batches,
            otherOf('other', cutAt(batchOfRows(there, types.int64 as never), b)),
          )
          expect(first.list).toEqual(expected.wrong)
          expect(first.dataset?.observed.split(' ')[0]).toBe(expected.extra === 0 ? undefined : String(expected.extra))
          const given = { name: check.name, key: ['id'], columns: undefined, tolerance: () => tolerance }
          const other = otherOf('other', [batchOfRows(turned)])
          const passes = await compareRows(given, partsOf(check, batches), other, 1)
          expect(listOf(batches, passes)).toEqual(expected.wrong)
          expect(passes.dataset).toEqual(first.dataset)
          if (own.length > 0) expect(other.reads).toBe(2 ** Math.ceil(Math.log2(own.length)))
          for (const [part, { length }] of batches.entries())
            for (let at = 0; at < length; at++) expect(passes.reason?.(part, at)).toBe(first.reason?.(part, at))
        },
      ),
      { numRuns: 200 },
    )
  })

  it('holds any number of keys, and compares nothing where there are no parts', async () => {
    const check = sameRows(node, { key: 'id' }) as Check
    const many = (count: number, from: number) =>
      batchOf({ id: [types.int32, Array.from({ length: count }, (_, i) => from + i)] })
    const found = await condemnation(check, [many(3000, 0)], otherOf('ledger', [many(3000, 5)]))
    expect(found.list.flatMap((condemned, row) => (condemned ? [row] : []))).toEqual([0, 1, 2, 3, 4])
    expect(found.dataset?.observed).toMatch(/^5 rows of "ledger" are not here/)
    const none = await compareRows(
      { name: check.name, key: ['id'], columns: undefined, tolerance: () => 0 },
      [],
      otherOf('ledger', [many(2, 0)]),
    )
    expect(none.rows.size).toBe(0)
    expect(none.dataset?.observed).toMatch(/^2 rows of "ledger" are not here/)
  })

  it('tells the differing cells with both values, and rows that only one side has', async () => {
    const check = sameRows(node, { key: 'id' }) as Check
    const own = batchOf({
      id: [types.int32, [1, 2, 3, 4, 4, 5]],
      v: [types.int64, [1n, 9007199254740993n, 3n, 4n, 4n, 5n]],
      s: [types.string, ['a', 'b', null, 'd', 'd', 'e']],
    })
    const other = batchOf({
      id: [types.float64, [1, 2, 7, 8, 9, 10, 5, 5]],
      v: [types.int64, [1n, 9007199254740992n, 7n, 8n, 9n, 10n, 5n, 5n]],
      s: [types.string, ['a', 'c', '', '', '', '', 'e', 'e']],
    })
    const found = await condemnation(check, [own], otherOf('ledger', [other]))
    expect(Array.from({ length: 6 }, (_, at) => found.reason?.(0, at))).toEqual([
      undefined,
      'sameRows(id): v 9007199254740993 (there 9007199254740992), s "b" (there "c")',
      'sameRows(id): not in "ledger"',
      'sameRows(id): its key occurs 2 times here',
      'sameRows(id): its key occurs 2 times here',
      'sameRows(id): its key occurs 2 times in "ledger"',
    ])
    expect(found.dataset?.pass).toBe(false)
    expect(found.dataset?.observed).toMatch(/^4 rows of "ledger" are not here \(id \d+; id \d+; id \d+; \.\.\.\)$/)
    const one = await condemnation(
      check,
      [own],
      otherOf('ledger', [batchOf({ id: [types.int32, [7]], v: [types.int64, [7n]], s: [types.string, ['']] })]),
    )
    expect(one.dataset?.observed).toBe('1 row of "ledger" is not here (id 7)')
  })

  it('masks cells of tagged columns, compares the named columns only, and tolerates by column', async () => {
    const check = sameRows(node, { key: 'id', columns: ['v', 's'], tolerance: { v: 0.5 } }) as Check
    const own = batchOf({
      id: [types.int32, [1, 2]],
      v: [types.float64, [1, 2]],
      s: [types.string, ['Ada', 'Bo']],
      x: [types.int32, [1, 2]],
    })
    const tagged = {
      ...own,
      schema: {
        fields: own.schema.fields.map((field) => (field.name === 's' ? { ...field, meta: { tags: ['pii'] } } : field)),
      },
    }
    const other = batchOf({
      id: [types.int32, [1, 2]],
      v: [types.decimal(9, 2), ['1.50' as never, '3.00' as never]],
      s: [types.string, ['Ada', 'Cy']],
    })
    const found = await condemnation(check, [tagged], otherOf('other', [other]))
    expect(found.list).toEqual([false, true])
    expect(found.reason?.(0, 1)).toBe(
      'sameRows(id, columns v s, tolerance {"v":0.5}): v 2 (there 3), s *** (there ***)',
    )
    expect(check).toMatchObject({ columns: ['id', 'v', 's'] })
  })

  test('columns that do not fit are errors', async () => {
    const check = sameRows(node, { key: 'id' }) as Check
    const own = batchOf({ id: [types.int32, [1]], v: [types.int32, [1]] })
    const text = otherOf('ledger', [batchOf({ id: [types.int32, [1]], v: [types.string, ['1']] })])
    await expect(condemnation(check, [own], text)).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: 'sameRows(id): "v" is int32 here, but string in "ledger".',
    })
    const less = otherOf('ledger', [batchOf({ id: [types.int32, [1]] })])
    await expect(condemnation(check, [own], less)).rejects.toMatchObject({ code: 'COLUMN_MISSING' })
  })

  test('says what is wrong with its arguments', () => {
    const wrong = (other: unknown, options: object) => {
      try {
        return sameRows(other as typeof node, options as never).name
      } catch (error) {
        return (error as TidegateError).message
      }
    }
    expect(wrong(node, {})).toBe('sameRows(): there is no key.')
    expect(wrong(node, { key: 'id', tolerance: -1 })).toBe('sameRows(id, tolerance -1): this is no tolerance.')
    expect(wrong(node, { key: 'id', columns: ['v'], tolerance: { s: 1 } })).toBe(
      'sameRows(id, columns v, tolerance {"s":1}): "s" is not compared.',
    )
    expect(wrong('ledger', { key: 'id' })).toBe('sameRows(id): "other" is no dataset.')
  })
})
