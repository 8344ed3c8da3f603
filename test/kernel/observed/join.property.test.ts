import type { ColumnTable } from 'arquero'
import * as aq from 'arquero'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BooleanColumn,
  type Column,
  FlatColumn,
  Int64Column,
  TemporalColumn,
} from '../../../src/kernel/columns/column.ts'
import { BytesColumn, DictionaryColumn } from '../../../src/kernel/columns/text.ts'
import { observe } from '../../../src/kernel/observed/observe.ts'
import type { Field, LogicalType } from '../../../src/kernel/types.ts'

type Cell = string | number | boolean | bigint | object | null

const words = ['', 'a', 'b', 'ä', 'a|"b', 'NaN', '1']
const kinds = {
  dictionary: fc.constantFrom<Cell>(...words, null),
  bytes: fc.constantFrom<Cell>(...words, null),
  int32: fc.constantFrom<Cell>(0, 1, 2, -3, 70, null),
  float64: fc.constantFrom<Cell>(0, -0, 1, 1.5, Number.NaN, 1e-17, 1e300, Number.POSITIVE_INFINITY, null),
  int64: fc.constantFrom<Cell>(0, 1, 2, -3, null),
  bigint: fc.constantFrom<Cell>(0n, 1n, 2n, null),
  boolean: fc.constantFrom<Cell>(true, false, null),
  date: fc.constantFrom<Cell>(0, 86_400_000, 172_800_000, null),
  plain: fc.constantFrom<Cell>('a', '1', 1, 0, -0, 1n, true, null, Number.NaN, 2 ** 60, BigInt(2 ** 60), '["a"]'),
  objects: fc.constantFrom<Cell>(
    0,
    new Date(0),
    ['a'],
    ['a', [null, 1]],
    { a: 1, b: 'x' },
    /a/,
    Uint8Array.of(1, 2),
    [1, 2],
    null,
  ),
}
type Kind = keyof typeof kinds
const kindNames = Object.keys(kinds) as Kind[]

/** A typed column of the cells; `plain` ones stand in the table as arrays. */
function columnOf(kind: Kind, cells: readonly Cell[]): { column: Column | readonly Cell[]; type: LogicalType } {
  const bits = new Uint8Array((cells.length + 7) >> 3)
  cells.forEach((cell, i) => {
    if (cell !== null) bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7))
  })
  const validity = cells.includes(null) ? bits : undefined
  const made = (column: Column) => ({ column, type: column.type })
  switch (kind) {
    case 'dictionary': {
      const dictionary = [...words, 'unused']
      return made(
        new DictionaryColumn(
          Uint8Array.from(cells, (cell) => (cell === null ? 200 : dictionary.indexOf(String(cell)))),
          dictionary,
          validity,
        ),
      )
    }
    case 'bytes': {
      const encoder = new TextEncoder()
      const parts = cells.map((cell) => encoder.encode(cell === null ? '' : String(cell)))
      const offsets = new Int32Array(cells.length + 1)
      parts.forEach((part, i) => {
        offsets[i + 1] = (offsets[i] as number) + part.length
      })
      return made(
        new BytesColumn({ kind: 'string' }, offsets, Uint8Array.from(parts.flatMap((part) => [...part])), validity),
      )
    }
    case 'int32':
      return made(new FlatColumn({ kind: 'int', bits: 32, signed: true }, Int32Array.from(cells, Number), validity))
    case 'float64':
      return made(new FlatColumn({ kind: 'float', bits: 64 }, Float64Array.from(cells, Number), validity))
    case 'int64':
    case 'bigint':
      return made(
        new Int64Column(
          { kind: 'int', bits: 64, signed: true },
          BigInt64Array.from(cells, (cell) => BigInt((cell ?? 0) as number | bigint)),
          validity,
          kind === 'bigint' ? 'bigint' : 'number',
        ),
      )
    case 'boolean':
      return made(new BooleanColumn(Uint8Array.from(cells, Number), validity))
    case 'date':
      return made(
        new TemporalColumn(
          { kind: 'date' },
          Int32Array.from(cells, (cell) => Number(cell) / 86_400_000),
          validity,
        ),
      )
    default:
      return { column: cells, type: { kind: 'null' } }
  }
}

interface Sketch {
  readonly kinds: readonly Kind[]
  readonly names: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
  readonly keep: readonly boolean[] | undefined
  readonly shape: 'plain' | 'ordered' | 'sorted' | 'grouped'
}

/** The same data as an observed table and as a plain Arquero table. */
function tablesOf(
  { kinds, names, rows, keep, shape }: Sketch,
  rowWise: boolean,
): { observed: ColumnTable; plain: ColumnTable } {
  const cells = kinds.map((_, i) => rows.map((row) => row[i] as Cell))
  const columns = kinds.map((kind, i) => columnOf(kind, cells[i] as Cell[]))
  const fields = names.map(
    (name, i): Field => ({ name, type: (columns[i] as { type: LogicalType }).type, nullable: true }),
  )
  const batch = { schema: { fields }, length: rows.length, columns: columns.map(({ column }) => column as Column) }
  const shapeIt = (table: ColumnTable): ColumnTable => {
    let out = table
    if (keep !== undefined) {
      const bits = new aq.BitSet(rows.length)
      rows.forEach((_, i) => {
        if (keep[i % keep.length]) bits.set(i)
      })
      out = out.create({ filter: bits })
    }
    if (rowWise || shape === 'plain') return out
    if (shape === 'grouped') return out.groupby(names[0] as string)
    out = out.orderby(aq.desc(names[1] as string))
    if (shape === 'sorted') out.indices()
    return out
  }
  const plain = aq.table(Object.fromEntries(names.map((name, i) => [name, cells[i] as Cell[]])), [...names])
  return { observed: shapeIt(observe(batch, { input: '', rowWise })), plain: shapeIt(plain) }
}

/** Rows without regard to null or undefined: Arquero's missed cells are undefined, those of typed columns null. */
function contentOf(table: ColumnTable) {
  const names = table.columnNames()
  const rows: unknown[][] = []
  table.scan(
    (row) => rows.push(names.map((name) => (table.column(name) as unknown as Column).at(row as number) ?? null)),
    true,
  )
  return { names, rows }
}

const kindOf = fc.constantFrom<Kind>(...kindNames)
const sketch = (keyKinds: readonly Kind[], names: readonly string[], most: number): fc.Arbitrary<Sketch> =>
  fc.constant(keyKinds).chain((all) =>
    fc.record({
      kinds: fc.constant(all),
      names: fc.constant(names),
      rows: fc.array(fc.tuple(...all.map((kind) => kinds[kind])), { maxLength: most }),
      keep: fc.option(fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }), { nil: undefined }),
      shape: fc.constantFrom(
        'plain' as const,
        'plain' as const,
        'ordered' as const,
        'sorted' as const,
        'grouped' as const,
      ),
    }),
  )

const pair = fc
  .tuple(kindOf, kindOf, kindOf, kindOf, kindOf, fc.boolean(), fc.boolean())
  .chain(([k1, k2, other, v1, v2, same1, same2]) =>
    fc.tuple(
      sketch([k1, k2, v1], ['k', 'l', 'v'], 12),
      sketch([same1 ? k1 : other, same2 ? k2 : other, v2], ['k', 'm', 'v'], 12),
      fc.constantFrom<unknown>(
        'k',
        ['k'],
        ['l', 'm'],
        [
          ['k', 'l'],
          ['k', 'm'],
        ],
        [
          ['l', 'k'],
          ['m', 'k'],
        ],
        undefined,
        [0, 0],
        [(d: any) => d.k, 'm'],
        (a: any, b: any) => a.k === b.k,
      ),
      fc.constantFrom<unknown>(
        undefined,
        undefined,
        [['v'], ['v', 'm']],
        [aq.all(), { city: (d: any) => d.v, n: (d: any) => d.m === 1 }],
        [aq.all(), aq.not('k')],
        [['l'], [], { both: (a: any, b: any) => a.v === b.v }],
        { x: (a: any) => a.v, y: (_: any, b: any) => b.v },
      ),
      fc.constantFrom<unknown>(undefined, { suffix: ['', '_right'] }, { suffix: ['_left'] }),
    ),
  )

/** Key texts that Arquero confuses when it glues several keys together; see join-value.ts. */
const glued = ([left, right, on]: [Sketch, Sketch, unknown, ...unknown[]]) =>
  Array.isArray(on) &&
  Array.isArray(on[0]) &&
  [left, right].some(({ rows }) => rows.some((row) => row.includes('a|"b')))

describe('joins of observed tables', () => {
  for (const verb of ['join', 'join_left', 'join_right', 'join_full'] as const) {
    it(`${verb} equals plain Arquero, order included, for all tables, keys and selections`, () => {
      fc.assert(
        fc.property(pair, (given) => {
          fc.pre(!glued(given))
          const [l, r, on, values, options] = given
          const left = tablesOf(l, false)
          const right = tablesOf(r, false)
          const joined = left.observed[verb](right.observed, on as never, values as never, options as never)
          expect(contentOf(joined)).toEqual(
            contentOf(left.plain[verb](right.plain, on as never, values as never, options as never)),
          )
        }),
        { numRuns: 500 },
      )
    })
  }

  for (const verb of ['semijoin', 'antijoin', 'lookup'] as const) {
    it(`${verb} equals plain Arquero for all tables and keys`, () => {
      fc.assert(
        fc.property(pair, (given) => {
          fc.pre(!glued(given))
          const [l, r, on] = given
          fc.pre(verb !== 'lookup' || typeof on !== 'function')
          const left = tablesOf(l, false)
          const right = tablesOf(r, false)
          const joined = (left.observed as any)[verb](right.observed, on)
          expect(contentOf(joined)).toEqual(contentOf((left.plain as any)[verb](right.plain, on)))
        }),
        { numRuns: 500 },
      )
    })
  }

  for (const verb of ['join', 'join_left', 'cross', 'lookup', 'semijoin', 'antijoin'] as const) {
    it(`${verb} of a row-wise table gives the same rows in the same order for every cut into batches`, () => {
      fc.assert(
        fc.property(pair, fc.integer({ min: 1, max: 5 }), ([l, r, on], size) => {
          fc.pre(verb !== 'lookup' || typeof on !== 'function')
          const { observed: side } = tablesOf(r, false)
          const left = { ...l, keep: undefined }
          const joined = (rows: Sketch['rows']) => {
            const { observed } = tablesOf({ ...left, rows }, true)
            return contentOf(verb === 'cross' ? observed.cross(side) : (observed as any)[verb](side, on))
          }
          const whole = joined(left.rows)
          const parts = Array.from({ length: Math.ceil(left.rows.length / size) }, (_, i) =>
            joined(left.rows.slice(i * size, (i + 1) * size)),
          )
          expect(parts.flatMap((part) => part.rows)).toEqual(whole.rows)
          expect(joined([]).names).toEqual(whole.names)
          expect(joined([]).rows).toEqual([])
        }),
        { numRuns: 200 },
      )
    })
  }

  it('a row-wise left join has the rows of plain Arquero', () => {
    fc.assert(
      fc.property(pair, (given) => {
        fc.pre(!glued(given))
        const [l, r, on, values, options] = given
        const left = tablesOf(l, true)
        const right = tablesOf(r, false)
        const sorted = (table: ColumnTable) =>
          contentOf(table)
            .rows.map((row) => row.map((cell) => `${typeof cell} ${Object.is(cell, -0) ? '-0' : cell}`).join())
            .sort()
        const joined = left.observed.join_left(right.observed, on as never, values as never, options as never)
        expect(sorted(joined)).toEqual(
          sorted(left.plain.join_left(right.plain, on as never, values as never, options as never)),
        )
      }),
      { numRuns: 500 },
    )
  })
})
