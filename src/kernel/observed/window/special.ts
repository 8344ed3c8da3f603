import { op, type Table } from 'arquero'
import { FlatColumn } from '../../columns/column.ts'
import { types } from '../../types.ts'
import { aggregateName, constantOf } from '../aggregate/call.ts'
import { arithmeticCells, type Rows, rowsOf, validRows } from '../aggregate/rows.ts'
import type { Cells } from '../cells/cells.ts'
import type { Frame } from '../expression/inspect.ts'
import type { Node, Scope } from '../vector/compile.ts'
import { evaluate, type Special } from '../vector/evaluate.ts'
import { kindsOf, nulls, numbers, undefineds } from '../vector/kinds.ts'
import { type Code, leaf, plain } from '../vector/leaf.ts'
import { type Bounds, boundsOf, type Partitions, partitionsOf } from './partitions.ts'
import { rankRows } from './ranks.ts'
import { rollingCells } from './rolling.ts'
import { filled, framed, shifted } from './sources.ts'

const rankings = ['row_number', 'rank', 'avg_rank', 'dense_rank', 'percent_rank', 'cume_dist', 'ntile']
const values = ['lag', 'lead', 'first_value', 'last_value', 'nth_value', 'fill_down', 'fill_up']
const own = op as unknown as Readonly<Record<string, unknown>>
const originals = new Map([...rankings, ...values].map((name) => [name, own[name]] as const))

/** What the expressions of one verb share. */
interface Shared {
  readonly table: Table
  readonly parts: () => Partitions
  readonly rows: () => Rows
}

/** Answers window functions, and aggregates over a frame, for all expressions of one verb over one table. */
export function createWindows(table: Table): (window: Frame | undefined) => Special {
  let parts: Partitions | undefined
  let rows: Rows | undefined
  const shared: Shared = {
    table,
    parts: () => {
      parts ??= partitionsOf(table)
      return parts
    },
    rows: () => {
      rows ??= rowsOf(table)
      return rows
    },
  }
  return (window) => (node, scope) => windowCode(shared, window, node, scope)
}

/** True for an aggregate over a frame that ends somewhere: what `rolling` makes of it. */
export function isRolling(node: Node, window: Frame | undefined): boolean {
  return aggregateName(node) !== undefined && window !== undefined && !isUnbounded(window)
}

/** A frame that holds all rows. */
export function isUnbounded(window: Frame): boolean {
  const [before, after] = limits(window)
  return before === null && after === null
}

function limits(window: Frame | undefined): readonly [number | null, number | null] {
  const limit = (value: unknown) => (Number.isFinite(value) ? Math.abs(value as number) : null)
  return [limit(window?.frame?.[0]), limit(window?.frame?.[1])]
}

function windowCode(shared: Shared, window: Frame | undefined, node: Node, scope: Scope): Code | undefined {
  if (node.type !== 'CallExpression' || node.callee?.type !== 'Function') return undefined
  const name = String(node.callee.name)
  const args = node.arguments ?? []
  const [before, after] = limits(window)
  const bounds = (): Bounds | undefined =>
    Number.isInteger(before ?? 0) && Number.isInteger(after ?? 0)
      ? boundsOf(shared.parts(), before, after, Boolean(window?.peers))
      : undefined
  if (isRolling(node, window)) {
    const cells = args[0] && field(shared.table, args[0])
    const frames = bounds()
    const numeric = cells && arithmeticCells(cells)
    if (frames === undefined || (args.length > 0 && numeric === undefined)) return undefined
    const rolled =
      isBoolean(cells) && /^m(in|ax)$/.test(name) ? undefined : rollingCells(name, numeric, shared.parts(), frames)
    if (rolled === undefined) return undefined
    const code = leaf(rolled, scope)
    return Array.isArray(rolled) ? plain(numbers | undefineds, code.value) : code
  }
  if (!originals.has(name) || own[name] !== originals.get(name)) return undefined
  if (rankings.includes(name)) {
    const tiles = name === 'ntile' ? Number(constantOf(args[0], scope)?.value) : 1
    if (!(tiles > 0) || args.length !== (name === 'ntile' ? 1 : 0)) return undefined
    const ranks = rankRows(name, shared.parts(), tiles)
    return ranks && leaf(new FlatColumn(types.float64, ranks), scope)
  }
  return valueCode(shared, name, args, scope, bounds)
}

function field(table: Table, node: Node): Cells | undefined {
  const direct = node.type === 'Column' ? (table.column(String(node.name)) as unknown as Cells | undefined) : undefined
  return direct ?? evaluate(table, node)
}

function isBoolean(cells: Cells | undefined): boolean {
  return (cells as { readonly type?: { readonly kind: string } } | undefined)?.type?.kind === 'boolean'
}

const most: Readonly<Record<string, number>> = { lag: 3, lead: 3, first_value: 1, last_value: 1 }

function valueCode(
  shared: Shared,
  name: string,
  args: readonly Node[],
  scope: Scope,
  bounds: () => Bounds | undefined,
): Code | undefined {
  const parameters = args.slice(1).map((arg) => constantOf(arg, scope))
  if (args[0] === undefined || args.length > (most[name] ?? 2)) return undefined
  if (parameters.some((parameter) => parameter === undefined || typeof parameter.value === 'bigint')) return undefined
  const cells = field(shared.table, args[0])
  if (cells === undefined) return undefined
  const [first, second] = parameters.map((parameter) => parameter?.value)
  const sources = sourcesOf(shared, name, cells, first, bounds)
  if (sources === undefined) return undefined
  const otherwise = name.startsWith('fill') ? first : name === 'lag' || name === 'lead' ? second : undefined
  return readAt(cells, sources, otherwise, scope)
}

function sourcesOf(
  { parts, rows }: Shared,
  name: string,
  cells: Cells,
  parameter: unknown,
  bounds: () => Bounds | undefined,
): Int32Array | undefined {
  if (name === 'fill_down' || name === 'fill_up') return filled(parts(), validRows(cells, rows()), name === 'fill_down')
  const number = Number(parameter)
  if (name === 'lag' || name === 'lead') {
    const offset = number || 1
    return Number.isInteger(offset) && offset > 0 ? shifted(parts(), name === 'lag' ? -offset : offset) : undefined
  }
  const nth = name === 'nth_value' ? number : name === 'first_value' ? 1 : 0
  if (!Number.isInteger(nth) || (name === 'nth_value' && nth < 1)) return undefined
  const frames = bounds()
  return frames && framed(parts(), frames, nth)
}

/** The cell at the source of row `i`, or `otherwise` where it has none. */
function readAt(cells: Cells, sources: Int32Array, otherwise: unknown, scope: Scope): Code {
  const index = `${scope.bind(sources, 'Int32Array')}[i]`
  const code = leaf(cells, scope, index)
  if (!sources.includes(-1)) return code
  const value = scope.bind(otherwise, typeof otherwise)
  const choose = (inner: string, outside: string) => `(${index} < 0 ? ${outside} : ${inner})`
  const simple = kindsOf(otherwise) & (numbers | nulls | undefineds)
  return {
    kinds: code.kinds | kindsOf(otherwise),
    value: choose(code.value, value),
    number: simple ? choose(code.number, `+${value}`) : choose(code.value, value),
    truth: choose(code.truth, value),
  }
}
