import { type Check, createCheck, type DatasetCheckOptions, type TableSchema, typeName } from 'tidegate'
import { callable, refuse } from './callable.ts'
import type { Anything } from './row-types.ts'
import { wholeMeasure } from './whole-measure.ts'

export interface ColumnsOptions extends DatasetCheckOptions {
  /** Other columns may stand beside these. */
  readonly others?: boolean
  /** The columns stand in this order. */
  readonly ordered?: boolean
}

type ColumnsFn = <const K extends string>(columns: readonly K[], options?: ColumnsOptions) => Check<Anything<K>>
type TypesFn = <const T extends Readonly<Record<string, string>>>(
  types: T,
  options?: ColumnsOptions,
) => Check<Anything<keyof T & string>>

/**
 * The dataset has these columns: no other ones unless `others` is set, in this order if `ordered` is. Answered from the pinned schema; rows are
 * not looked at.
 */
export const hasColumns = callable(
  { check: 'hasColumns', arguments: ['columns'], options: ['others', 'ordered'], dataset: true },
  (columns: readonly string[], options: ColumnsOptions) => {
    if (!Array.isArray(columns) || columns.length === 0 || new Set(columns).size < columns.length)
      refuse('hasColumns: the list of columns is empty or names one twice.', 'Name each column once.')
    return shape(
      'hasColumns',
      columns.map((column) => [column, undefined]),
      columns,
      options,
    )
  },
) as ColumnsFn

/**
 * The columns of the dataset have these types, written as plans and messages write them: `int64`, `decimal(18,2)`, `timestamp(us, UTC)`,
 * `list<string>`. Options as for `hasColumns`.
 */
export const hasTypes = callable(
  { check: 'hasTypes', arguments: ['types'], options: ['others', 'ordered'], dataset: true, object: true },
  (types: Readonly<Record<string, string>>, options: ColumnsOptions) => {
    if (Object.keys(types).length === 0) refuse('hasTypes: no column is named.', "Write { id: 'int64' }.")
    return shape('hasTypes', Object.entries(types), Object.entries(types), options)
  },
) as TypesFn

function shape(
  word: string,
  wanted: readonly (readonly [string, string | undefined])[],
  parameters: unknown,
  { others = false, ordered = false, ...options }: ColumnsOptions,
): Check {
  const columns = wanted.map(([column, type]) => (type === undefined ? column : `${column} ${type}`))
  const name = `${word}(${[...columns, ...(others ? ['others'] : []), ...(ordered ? ['ordered'] : [])].join(', ')})`
  const measure = wholeMeasure<TableSchema>({
    name: 'schema',
    columns: [],
    version: 1,
    open: (schema) => ({ add: () => {}, merge: () => {}, bytes: () => new Uint8Array(0), result: () => schema }),
  })
  return createCheck(name, [], { columns: parameters, others, ordered }, options, {
    scope: 'dataset',
    measures: { schema: measure },
    decide({ schema }) {
      const faults = faultsOf(schema as TableSchema, wanted, others, ordered)
      return { pass: faults.length === 0, observed: faults.join('; ') || 'the columns as expected' }
    },
  })
}

function faultsOf(
  { fields }: TableSchema,
  wanted: readonly (readonly [string, string | undefined])[],
  others: boolean,
  ordered: boolean,
): readonly string[] {
  const names = wanted.map(([column]) => column)
  const found = fields.map(({ name }) => name)
  const kept = found.filter((column) => names.includes(column))
  const missing = names.filter((column) => !found.includes(column))
  const extra = others ? [] : found.filter((column) => !names.includes(column))
  const types = wanted.flatMap(([column, type]) => {
    const field = fields.find(({ name }) => name === column)
    if (field === undefined || type === undefined || same(typeName(field.type), type)) return []
    return [`"${column}" is ${typeName(field.type)}, not ${type}`]
  })
  const moved = ordered && kept.join('\0') !== names.filter((column) => found.includes(column)).join('\0')
  return [
    ...missing.map((column) => `"${column}" is missing`),
    ...extra.map((column) => `"${column}" is not expected`),
    ...types,
    ...(moved ? [`the order is ${kept.join(', ')}`] : []),
  ]
}

function same(a: string, b: string): boolean {
  return a.replaceAll(' ', '') === b.replaceAll(' ', '')
}
