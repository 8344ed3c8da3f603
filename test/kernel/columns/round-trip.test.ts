import * as aq from 'arquero'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Batch } from '../../../src/kernel/columns/batch.ts'
import { buildColumn } from '../../../src/kernel/columns/build.ts'
import { FlatColumn } from '../../../src/kernel/columns/column.ts'
import { toBatch, toTable } from '../../../src/kernel/columns/from-table.ts'
import { inferColumn } from '../../../src/kernel/columns/infer.ts'
import { observe } from '../../../src/kernel/observed/observe.ts'
import { concatBatches } from '../../../src/kernel/schema/concat.ts'
import { unifySchemas } from '../../../src/kernel/schema/unify.ts'
import { types } from '../../../src/kernel/types.ts'
import { columnOfType, physicalCells, scalarTypes, type TypedColumn, typedColumns } from './arbitrary.ts'

function batchOf(typed: TypedColumn): Batch {
  const { column, type, sees } = typed
  const n = column.length
  return {
    schema: {
      fields: [
        { name: 'value', type, nullable: true, ...(sees === undefined ? {} : { sees }) },
        { name: 'id', type: types.int32, nullable: false },
      ],
    },
    length: n,
    columns: [
      column,
      new FlatColumn(
        types.int32,
        Int32Array.from({ length: n }, (_, i) => (i * 7) % 11),
      ),
    ],
  }
}

/** Joins do not promise an order; with at most eleven rows the ids are distinct. */
function inOrderOfIds(batch: Batch): unknown[] {
  const cells = physicalCells(batch.columns[0] as never)
  const ids = [...(batch.columns[1] as Iterable<number>)]
  return ids.map((id, row) => [id, cells[row]] as const).sort((a, b) => a[0] - b[0])
}

type Verbs = (table: aq.ColumnTable) => aq.ColumnTable
const verbs: Readonly<Record<string, Verbs>> = {
  nothing: (t) => t,
  select: (t) => t.select('value', 'id'),
  rename: (t) => t.rename({ value: 'other' }).rename({ other: 'value' }),
  filter: (t) => t.filter((d: { id: number }) => d.id % 2 === 0),
  orderby: (t) => t.orderby(aq.desc('id')),
  'filter and orderby': (t) => t.filter((d: { id: number }) => d.id > 3).orderby('id'),
  'groupby and ungroup': (t) => t.groupby('id').ungroup(),
  'derive beside it': (t) => t.derive({ more: (d: { id: number }) => d.id + 1 }).select('value', 'id'),
  relocate: (t) => t.relocate('id', { before: 'value' }).select('value', 'id'),
  semijoin: (t) => t.semijoin(aq.table({ id: [0, 3, 5, 9] }), 'id'),
  antijoin: (t) => t.antijoin(aq.table({ id: [0, 3, 5, 9] }), 'id'),
}

describe('a column that a step does not touch', () => {
  it.each(Object.entries(verbs))('keeps type, absent values and bytes through %s', (_, verb) => {
    fc.assert(
      fc.property(typedColumns(), (typed) => {
        const before = batchOf(typed)
        const table = verb(toTable(before))
        const after = toBatch(table, { node: 'step' })
        const field = after.schema.fields[0]
        expect(field).toMatchObject({ name: 'value', type: typed.type })
        expect(field?.sees).toBe(typed.sees)
        const kept = Array.from(table.indices(true) as Uint32Array)
        const cells = physicalCells(typed.column)
        expect(physicalCells(after.columns[0] as never)).toEqual(kept.map((row) => cells[row]))
        expect(after.columns[0]?.constructor).toBe(typed.column.constructor)
      }),
      { numRuns: 60 },
    )
  })

  it('is the same object where no row was removed or moved', () => {
    const before = batchOf({
      type: types.float64,
      column: buildColumn(types.float64, [1, null, 3], { column: 'value' }),
    })
    expect(toBatch(toTable(before), { node: 'step' }).columns[0]).toBe(before.columns[0])
  })

  it("survives Arquero's own join, which copies values, when its schema is declared", () => {
    fc.assert(
      fc.property(typedColumns({ exactlySeen: true, maxRows: 11 }), (typed) => {
        const before = batchOf(typed)
        const side = aq.table({ id: Array.from({ length: 11 }, (_, i) => i), name: 'abcdefghijk'.split('') })
        const joined = toTable(before).join_left(side, 'id')
        const after = toBatch(joined, { node: 'step', schema: before.schema })
        expect(after.schema).toBe(before.schema)
        expect(inOrderOfIds(after)).toEqual(inOrderOfIds(before))
      }),
      { numRuns: 150 },
    )
  })

  it('keeps type, absent values and bytes through a join of the table a step is given', () => {
    fc.assert(
      fc.property(typedColumns({ maxRows: 11 }), fc.boolean(), (typed, left) => {
        const before = batchOf(typed)
        const side = aq.table({ id: Array.from({ length: 11 }, (_, i) => i), name: 'abcdefghijk'.split('') })
        const table = observe(before, { input: '', rowWise: true })
        const after = toBatch((left ? table.join_left(side, 'id') : table.join(side, 'id')).select('value', 'id'), {
          node: 'step',
        })
        expect(after.schema.fields[0]).toMatchObject({ name: 'value', type: typed.type })
        expect(after.schema.fields[0]?.sees).toBe(typed.sees)
        expect(inOrderOfIds(after)).toEqual(inOrderOfIds(before))
      }),
      { numRuns: 150 },
    )
  })
})

describe('JavaScript values', () => {
  it('come back from the column built of what a step saw', () => {
    fc.assert(
      fc.property(typedColumns({ exactlySeen: true }), ({ type, column, sees }) => {
        const rebuilt = buildColumn(type, [...column], { column: 'x' }, sees)
        expect(physicalCells(rebuilt)).toEqual(physicalCells(column))
        expect([...rebuilt]).toEqual([...column])
        expect(rebuilt.nullCount).toBe(column.nullCount)
      }),
      { numRuns: 300 },
    )
  })

  it('give the same column whole and in batches of any size', () => {
    const cells = fc.oneof(
      fc.array(fc.option(fc.double())),
      fc.array(fc.option(fc.string({ unit: 'binary' }))),
      fc.array(fc.option(fc.boolean())),
      fc.array(fc.option(fc.date({ noInvalidDate: true }))),
      fc.array(fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))),
      fc.array(fc.option(fc.array(fc.option(fc.double()), { maxLength: 2 }))),
      fc.array(fc.option(fc.record({ a: fc.option(fc.string({ unit: 'binary' })), b: fc.boolean() }))),
    )
    fc.assert(
      fc.property(cells, fc.integer({ min: 1, max: 4 }), (values, size) => {
        const whole = toBatch(aq.table({ x: values }), { node: 'step' })
        const batches = Array.from({ length: Math.max(1, Math.ceil(values.length / size)) }, (_, i) =>
          toBatch(aq.table({ x: values.slice(i * size, (i + 1) * size) }), { node: 'step' }),
        )
        const schema = batches.map((batch) => batch.schema).reduce((a, b) => unifySchemas(a, b))
        expect(schema).toEqual(whole.schema)
        const together = concatBatches(schema, batches)
        expect(physicalCells(together.columns[0] as never)).toEqual(physicalCells(whole.columns[0] as never))
      }),
      { numRuns: 300 },
    )
  })

  it('never change their type by what they happen to be', () => {
    expect(inferColumn([1, 2], { column: 'x' }).type).toEqual(types.float64)
    expect(inferColumn([1, 2.5], { column: 'x' }).type).toEqual(types.float64)
    expect(inferColumn([null, undefined], { column: 'x' }).type).toEqual(types.null)
    expect(inferColumn([], { column: 'x' }).type).toEqual(types.null)
    expect(inferColumn([5n], { column: 'x' }).type).toEqual(types.int64)
  })
})

describe('columns cut and laid end to end again', () => {
  it('are the column they were cut from', () => {
    const parts = scalarTypes.chain((type) =>
      fc.tuple(fc.constant(type), fc.array(columnOfType(type), { minLength: 1, maxLength: 4 })),
    )
    fc.assert(
      fc.property(parts, ([type, columns]) => {
        const field = {
          name: 'x',
          type,
          nullable: true,
          ...(columns.some(({ sees }) => sees) ? { sees: 'bigint' as const } : {}),
        }
        const schema = { fields: [field] }
        const batches = columns.map(({ column }) => ({ schema, length: column.length, columns: [column] }))
        const all = concatBatches(schema, batches)
        expect(all.length).toBe(columns.reduce((sum, { column }) => sum + column.length, 0))
        expect(physicalCells(all.columns[0] as never)).toEqual(columns.flatMap(({ column }) => physicalCells(column)))
      }),
      { numRuns: 300 },
    )
  })
})
