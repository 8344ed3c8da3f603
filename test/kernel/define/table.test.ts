// biome-ignore-all lint/suspicious/noShadowRestrictedNames: Arquero's own name.
import * as aq from 'arquero'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { desc, escape, isColumn, op, table, toBatch, typeName } from '../../../src/index.ts'

function typesOf(made: unknown): string[] {
  return toBatch(made as aq.ColumnTable, { node: 'test' }).schema.fields.map(
    ({ name, type }) => `${name}: ${typeName(type)}`,
  )
}

describe('table(schema, columns)', () => {
  const Row = z.object({ id: z.int32(), at: z.date(), note: z.string().nullable() })

  it('builds columns of the declared types, whatever the values look like', () => {
    const made = table(Row, { id: [1, 2], at: [0, 86_400_000], note: [null, 'x'] })
    expect(made.objects()).toEqual([
      { id: 1, at: 0, note: null },
      { id: 2, at: 86_400_000, note: 'x' },
    ])
    expect(typesOf(made)).toEqual(['id: int32', 'at: timestamp(ms)', 'note: string'])
    expect(typesOf(table(Row, { id: [], at: [], note: [] }))).toEqual(typesOf(made))
  })

  it('takes a typed array as it is', () => {
    const values = new Float64Array([1, 2])
    const made = table(z.object({ x: z.number() }), { x: values })
    const column: unknown = made.column('x')
    expect(isColumn(column) && (column as unknown as { values: unknown }).values).toBe(values)
  })

  it('is an ordinary Arquero table', () => {
    const made = table(Row, { id: [1, 2, 3], at: [0, 0, 0], note: ['b', 'a', null] })
    expect(made).toBeInstanceOf(aq.ColumnTable)
    const top = made
      .filter((d) => d.id > 1)
      .orderby(desc('id'))
      .derive({ twice: (d) => d.id * 2, odd: escape((d) => d.id % 2 === 1) })
    expect(top.objects()).toEqual([
      { id: 3, at: 0, note: null, twice: 6, odd: true },
      { id: 2, at: 0, note: 'a', twice: 4, odd: false },
    ])
    expect(made.rollup({ n: () => op.count(), m: (d) => op.max(d.id) }).objects()).toEqual([{ n: 3, m: 3 }])
  })

  it('refuses values, columns and lengths that do not fit, naming them', () => {
    const wrong = (columns: object) => () => table(Row, columns as never)
    expect(wrong({ id: ['x'], at: [0], note: [null] })).toThrow(
      expect.objectContaining({ code: 'SCHEMA_MISMATCH', message: expect.stringContaining('id') }),
    )
    expect(wrong({ id: [1.5], at: [0], note: [null] })).toThrow(
      expect.objectContaining({ code: 'TYPE_PRECISION', message: expect.stringContaining('1.5') }),
    )
    expect(wrong({ id: [1], note: [null] })).toThrow(
      expect.objectContaining({ code: 'COLUMN_MISSING', message: expect.stringContaining('"at"') }),
    )
    expect(wrong({ id: [null], at: [0], note: [null] })).toThrow(expect.objectContaining({ code: 'SCHEMA_MISMATCH' }))
    expect(wrong({ id: [1, 2], at: [0], note: [null] })).toThrow(expect.objectContaining({ code: 'SCHEMA_MISMATCH' }))
    expect(wrong({ id: [1], at: [0], note: [null], nota: [1] })).toThrow(
      expect.objectContaining({
        code: 'SCHEMA_MISMATCH',
        message: 'the schema of the table has no column "nota"',
        hint: 'Did you mean "note"?',
      }),
    )
  })

  it('fills a column that is left out where the schema says with what', () => {
    const made = table(z.object({ a: z.int32(), b: z.string().default('none') }), { a: [1] } as never)
    expect(made.objects()).toEqual([{ a: 1, b: 'none' }])
  })
})

describe('table(columns)', () => {
  it("is Arquero's own", () => {
    expect(table({ a: [1, 2], b: ['x', null] }).objects()).toEqual([
      { a: 1, b: 'x' },
      { a: 2, b: null },
    ])
    expect(typesOf(table({ a: [1, 2] }))).toEqual(['a: float64'])
  })
})
