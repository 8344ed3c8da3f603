import { op } from 'arquero'
import { FlatColumn } from '../../columns/column.ts'
import { types } from '../../types.ts'
import type { Cells } from '../cells/cells.ts'
import type { Node, Scope } from '../vector/compile.ts'
import { countValid, distinctRows, extremeCells, firstRows, listCells, rowCounts, setRowCounts } from './cells.ts'
import { extremes, type Moments, means, moments, products, sums, validCounts } from './numbers.ts'
import { groupedValues, quantile } from './quantiles.ts'
import { type Dense, denseNumbers, identity, type Rows } from './rows.ts'

type Aggregate = (cells: Cells, rows: Rows, parameter: unknown) => Cells | undefined

/** What an aggregate gives for each group; undefined for what is left to Arquero. */
export function aggregate(name: string, cells: Cells | undefined, rows: Rows, parameter?: unknown): Cells | undefined {
  if (name === 'count') return doubles(rowCounts(rows).slice())
  return cells === undefined ? undefined : aggregates.get(name)?.(cells, rows, parameter)
}

/** A call of an aggregate function with the right number of arguments, unless it was replaced. */
export function aggregateName(node: Node): string | undefined {
  if (node.type !== 'CallExpression' || node.callee?.type !== 'Function') return undefined
  const name = String(node.callee.name)
  const { arguments: args = [] } = node
  const wanted = name === 'count' ? 0 : name === 'quantile' ? 2 : 1
  return (name === 'count' || aggregates.has(name)) && own[name] === originals.get(name) && args.length === wanted
    ? name
    : undefined
}

/** The value of an argument that is the same for all rows. */
export function constantOf(node: Node | undefined, scope: Scope): { readonly value: unknown } | undefined {
  if (node === undefined) return { value: undefined }
  if (node.type === 'Literal' && node.regex === undefined) return { value: node.value }
  if (node.type === 'Parameter') return scope.parameter(String(node.name))
  if (node.type === 'Constant' && node.name === 'undefined') return { value: undefined }
  const { argument } = node
  if (node.type !== 'UnaryExpression' || node.operator !== '-' || argument?.type !== 'Literal') return undefined
  return typeof argument.value === 'number' ? { value: -argument.value } : undefined
}

function doubles(values: Float64Array): Cells {
  return new FlatColumn(types.float64, values)
}

/** `undefined` where fewer than `least` values are valid, which keeps numbers from being a typed column. */
function where(values: Float64Array, valid: Float64Array, least: number): Cells {
  for (let i = 0; i < valid.length; i++) {
    if ((valid[i] as number) >= least) continue
    return Array.from(values, (value, group) => ((valid[group] as number) < least ? undefined : value)) as never
  }
  return doubles(values)
}

function validOf(cells: Cells, rows: Rows): Float64Array | undefined {
  const dense = denseNumbers(cells, rows)
  if (dense === undefined) return undefined
  if (dense.length === (rows.rows?.length ?? rows.total)) return rowCounts(rows)
  return remembered(rows, `counts ${identity(cells)}`, () => validCounts(dense, rows.size))
}

function momentsOf(cells: Cells, rows: Rows): Moments | undefined {
  const dense = denseNumbers(cells, rows)
  return dense && remembered(rows, `moments ${identity(cells)}`, () => moments(dense, rows.size))
}

function remembered<R>({ known }: Rows, key: string, make: () => R): R {
  if (!known.has(key)) known.set(key, make())
  return known.get(key) as R
}

/**
 * Sums of all rows as they stand: one that is a number has met no value that is none, so that nothing needs to be looked at before. Groups have rows,
 * as they were made of them.
 */
const sum: Aggregate = (cells, rows) => {
  if (rows.rows === undefined && rows.keys !== undefined && !rows.known.has(cells)) {
    const { values, validity } = cells instanceof FlatColumn ? cells : { values: undefined, validity: undefined }
    if (values instanceof Float64Array && validity === undefined && values.length === rows.total) {
      const found = sums({ values, groups: rows.keys, length: rows.total }, rows.size)
      if (!found.some(Number.isNaN)) return doubles(found)
    }
  }
  return summed(cells, rows, undefined)
}

/** Every row has a value, and every group a row. */
function isEverywhere(dense: Dense, { rows, total, keys }: Rows): boolean {
  return dense.length === total && rows === undefined && keys !== undefined
}

function simple(kernel: typeof sums): Aggregate {
  return (cells, rows) => {
    const dense = denseNumbers(cells, rows)
    if (dense !== undefined && isEverywhere(dense, rows)) return doubles(kernel(dense, rows.size))
    const valid = validOf(cells, rows)
    return dense && valid && where(kernel(dense, rows.size), valid, 1)
  }
}

const summed = simple(sums)

function extreme(which: 'min' | 'max'): Aggregate {
  const ofNumbers = simple((dense, size) => extremes(dense, size, which))
  return (cells, rows) =>
    (cells as { readonly type?: { readonly kind: string } }).type?.kind === 'boolean'
      ? (extremeCells(cells, rows, which) as never)
      : (ofNumbers(cells, rows, undefined) ?? (extremeCells(cells, rows, which) as never))
}

function spread(population: boolean, root: boolean): Aggregate {
  return (cells, rows) => {
    const found = momentsOf(cells, rows)
    if (found === undefined) return undefined
    const { valid, deviation } = found
    const values = deviation.map((sum, group) => sum / ((valid[group] as number) - (population ? 0 : 1)))
    return where(root ? values.map(Math.sqrt) : values, valid, 2)
  }
}

/** Of all rows at once every step waits for the one before, so that deviations cost nothing more. */
const mean: Aggregate = (cells, rows) => {
  if (rows.keys === undefined) {
    const found = momentsOf(cells, rows)
    return found && where(found.mean, found.valid, 1)
  }
  const dense = denseNumbers(cells, rows)
  if (dense === undefined) return undefined
  const found = means(dense, rows.size)
  if (isEverywhere(dense, rows)) setRowCounts(rows, found.valid)
  return where(found.mean, found.valid, 1)
}

const quantiles: Aggregate = (cells, rows, p) => {
  const dense = denseNumbers(cells, rows)
  const valid = validOf(cells, rows)
  if (dense === undefined || valid === undefined || (typeof p !== 'number' && typeof p !== 'string')) return undefined
  // Booleans stay booleans in Arquero's list and become numbers only where they are interpolated, which gives the same.
  const grouped = remembered(rows, `grouped ${identity(cells)}`, () => groupedValues(dense, rows.size))
  const values = Float64Array.from(valid, (_, group) => quantile(grouped, group, Number(p)) ?? Number.NaN)
  return where(values, valid, 1)
}

const any: Aggregate = (cells, rows) =>
  Array.from(firstRows(cells, rows), (row) => (row < 0 ? undefined : cells.at(row))) as never

const distinct: Aggregate = (cells, rows) => {
  const found = distinctRows(cells, rows)
  if (found === undefined) return undefined
  const all = rowCounts(rows)
  const valid = countValid(cells, rows)
  return doubles(Float64Array.from(found, (list, group) => list.length + (valid[group] === all[group] ? 0 : 1)))
}

const aggregates: ReadonlyMap<string, Aggregate> = new Map<string, Aggregate>([
  ['valid', (cells, rows) => doubles(countValid(cells, rows))],
  [
    'invalid',
    (cells, rows) => {
      const valid = countValid(cells, rows)
      return doubles(rowCounts(rows).map((count, group) => count - (valid[group] as number)))
    },
  ],
  ['sum', sum],
  ['product', simple(products)],
  ['mean', mean],
  ['average', mean],
  ['variance', spread(false, false)],
  ['variancep', spread(true, false)],
  ['stdev', spread(false, true)],
  ['stdevp', spread(true, true)],
  ['min', extreme('min')],
  ['max', extreme('max')],
  ['median', (cells, rows) => quantiles(cells, rows, 0.5)],
  ['quantile', quantiles],
  ['any', any],
  ['distinct', distinct],
  [
    'array_agg_distinct',
    (cells, rows) => distinctRows(cells, rows)?.map((list) => list.map((row) => cells.at(row))) as never,
  ],
  ['array_agg', (cells, rows) => listCells(cells, rows) as never],
])

const own = op as unknown as Readonly<Record<string, unknown>>
const originals: ReadonlyMap<string, unknown> = new Map(
  ['count', ...aggregates.keys()].map((name) => [name, own[name]] as const),
)
