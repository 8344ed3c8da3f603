import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import {
  between,
  type Check,
  defineConfig,
  diskWorkspace,
  fromTable,
  type Node,
  notNull,
  oneOf,
  pipeline,
  rowCount,
  run,
  table,
  types,
  unique,
} from 'tidegate'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { compare, increasing, key, meanBetween, not, sameRows, when } from '../src/index.ts'
import { batchOf, condemnation, otherOf } from './others.ts'

const Sale = z.object({ id: z.number(), kind: z.string().nullable(), price: z.number().nullable() })
type Sale = z.infer<typeof Sale>

let folder = ''
let runs = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-condition-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** In a workspace of its own: what was computed before is computed again. */
function inFolder<N extends Record<string, Node>>(nodes: N) {
  const workspace = diskWorkspace({ folder: join(folder, String(runs++)) })
  return defineConfig(() => ({ pipelines: { p: pipeline(nodes) }, workspace }))
}

async function gate(rows: readonly Sale[], expectations: readonly unknown[], parts = 1) {
  const size = Math.max(1, Math.ceil(rows.length / parts))
  const cut =
    rows.length === 0
      ? [[]]
      : Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => rows.slice(i * size, (i + 1) * size))
  const tables = cut.map((own) =>
    table(Sale, { id: own.map((r) => r.id), kind: own.map((r) => r.kind), price: own.map((r) => r.price) }),
  )
  const sales = fromTable(tables[0]!, { expect: expectations as never, otherwise: 'quarantine' })
  const result = await run(inFolder({ sales }), 'p')
  return {
    ids: (await result.sales.table()).array('id'),
    aside: (await result.sales.quarantine.table()).array('id'),
  }
}

const sale = (id: number, kind: string | null, price: number | null): Sale => ({ id, kind, price })
const sold = oneOf('kind', ['sale'])

it('a row rule under a condition speaks of the rows that keep it, and where the condition is unknown it is not kept', async () => {
  const rows = [sale(1, 'sale', -1), sale(2, 'gift', -1), sale(3, null, -1), sale(4, 'sale', 5)]
  expect(await gate(rows, [when(sold, between('price', 0, 9))])).toEqual({ ids: [2, 3, 4], aside: [1] })
})

it('its shares are shares of these rows', async () => {
  const rows = [sale(1, 'sale', -1), sale(2, 'gift', 1), sale(3, 'gift', 1), sale(4, 'sale', 5)]
  await gate(rows, [when(sold, between('price', 0, 9), { atLeast: 0.5 })])
  await expect(gate(rows, [when(sold, between('price', 0, 9), { atLeast: 0.51 })])).rejects.toThrow(
    '1 of 2 rows failed, at least 51 % must pass',
  )
})

it('a rule about the whole dataset is about the rows that keep the condition', async () => {
  const rows = [sale(1, 'sale', 10), sale(2, 'gift', 0), sale(3, null, 0), sale(4, 'sale', 20)]
  await gate(rows, [when(sold, meanBetween('price', { min: 15, max: 15 })), when(sold, rowCount(2, 2))])
  await expect(gate(rows, [meanBetween('price', { min: 15, max: 15 })])).rejects.toThrow('mean')
  await expect(gate(rows, [when(sold, rowCount(3))])).rejects.toThrow('2 rows')
})

it('rows are condemned among those that keep the condition, wherever they stand', async () => {
  const row = fc.record({
    id: fc.nat(3),
    kind: fc.constantFrom('sale', 'gift', null),
    price: fc.constant(null),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 12 }), async (given) => {
      const rows = given.map((one, i) => ({ ...one, price: i }))
      const concerned = rows.filter(({ kind }) => kind === 'sale')
      const expected = rows
        .filter((one) => one.kind !== 'sale' || concerned.filter(({ id }) => id === one.id).length === 1)
        .map(({ price }) => price)
      const size = table(Sale, {
        id: rows.map((r) => r.id),
        kind: rows.map((r) => r.kind),
        price: rows.map((r) => r.price),
      })
      const sales = fromTable(size, { expect: [when(sold, unique('id'))] as never, otherwise: 'drop' })
      const result = await run(inFolder({ sales }), 'p')
      expect((await result.sales.table()).array('price')).toEqual(expected)
    }),
    { numRuns: 30 },
  )
})

it('conditions nest and combine with other rules', async () => {
  const rows = [sale(1, 'sale', 1), sale(2, 'gift', 5), sale(3, 'sale', 0), sale(0, 'sale', 9)]
  expect(await gate(rows, [when(not(oneOf('kind', ['gift'])), when(notNull('price'), increasing('price')))])).toEqual({
    ids: [1, 2, 0],
    aside: [3],
  })
  expect(await gate(rows, [not(when(sold, compare('id', '<=', 'price')))])).toEqual({ ids: [3], aside: [1, 2, 0] })
})

it('a condition is a row rule, and what it guards has no verdict of its own', () => {
  expect(() => when(key('id'), notNull('price'))).toThrow('key(id) is a rule about the whole dataset')
  expect(() => when(sold, meanBetween('price', { min: 0, verdict: 'warn' }))).toThrow(
    'has verdict, which would have no effect',
  )
})

it('what reads rows back reads those that keep the condition', async () => {
  const other = fromTable(table(Sale, { id: [1], kind: ['sale'], price: [1] }))
  const check = when(sold, sameRows(other, { key: 'id' })) as Check
  const batch = (ids: readonly number[], kinds: readonly (string | null)[], prices: readonly number[]) =>
    batchOf({ id: [types.int32, ids], kind: [types.string, kinds], price: [types.int32, prices] })
  const parts = [
    batch([9, 1, 2], ['gift', 'sale', null], [0, 5, 0]),
    batch([8], ['gift'], [0]),
    batch([3, 4], ['sale', 'sale'], [7, 8]),
  ]
  const ledger = otherOf('ledger', [batch([4, 1, 3], ['sale', 'sale', 'sale'], [8, 6, 7])])
  const found = await condemnation(check, parts, ledger)
  expect(found.list).toEqual([false, true, false, false, false, false])
  expect(found.reason?.(0, 1)).toContain('price 5 (there 6)')
  expect(found.of).toBe(3)
})
