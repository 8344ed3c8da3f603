import { parse, type Table } from 'arquero'
import { TidegateError } from '../../errors.ts'
import type { Node } from '../vector/compile.ts'
import { badExpression, notRowWise, type Place, unknownColumn } from './errors.ts'
import { type Expression, pairsOf } from './selection.ts'
import { type AstNode, checkTree } from './tree.ts'

/** A column an expression reads; `side` counts the tables of a join from 0. */
export interface ColumnRead {
  readonly side: number
  readonly column: string
}

/** What can be told of an expression without running it. */
export interface Inspected {
  readonly name: string
  /** The user's own text. */
  readonly text: string
  readonly reads: readonly ColumnRead[]
  /** The expression is nothing but this column. */
  readonly direct?: ColumnRead
  /** `escape(...)`: code that is given the whole row. */
  readonly escaped: boolean
  /** The expression as Arquero's parser rewrote it; undefined for `escape(...)`. */
  readonly tree?: Node
  /** The frame that `rolling(...)` gives to aggregates and window functions. */
  readonly window?: Frame
}

export interface Frame {
  readonly frame?: readonly unknown[]
  readonly peers?: unknown
}

export interface Reading {
  readonly place: Place
  /** One table; for join expressions the two. */
  readonly tables: readonly Table[]
  /** Aggregates and window functions are refused as not row-wise. */
  readonly rowWise: boolean
  /** Options the verb itself gives to Arquero's parser, such as `{ window: false }`. */
  readonly options?: Readonly<Record<string, unknown>>
}

/** The part of Arquero's parser context that is read here. */
interface ParserContext {
  readonly spec: Expression
  readonly tuple: string | null
  readonly tuple1: string | null
  readonly tuple2: string | null
  readonly columnRef: ReadonlyMap<string, readonly [string, number]>
}

/**
 * Reads expressions with Arquero's own parser, without running them. Throws `STEP_EXPRESSION` for what cannot work, quoting it, and
 * `STEP_NOT_ROW_WISE`. Also finds what Arquero would accept and evaluate wrongly: methods called on values, the bare row, `typeof`.
 */
export function inspect(expressions: object, reading: Reading): readonly Inspected[] {
  const found: Inspected[] = []
  for (const [key, expression] of pairsOf(expressions)) found.push(inspectOne(String(key), expression, reading))
  return found
}

function inspectOne(name: string, expression: Expression, reading: Reading): Inspected {
  const { place, tables, rowWise } = reading
  const text = textOf(expression)
  let inspected: Inspected | undefined
  const shown = tables.map(withoutDictionaries)
  const options = {
    ...reading.options,
    ...(shown.length === 1 ? { table: shown[0] } : { join: shown }),
    ...(rowWise ? { aggregate: false, window: false } : {}),
    ast: true,
    value(this: ParserContext, _: string, node: AstNode | { readonly escape: unknown }) {
      if (!('type' in node)) {
        inspected = { name, text, reads: [], escaped: true }
        return
      }
      const rows = [this.tuple, this.tuple1, this.tuple2].filter((row): row is string => row !== null)
      const tree = checkTree(node, { source: text, rows, columns: this.columnRef })
      if (tree.fault !== undefined) throw badExpression(place, { expression: text, ...tree.fault })
      const reads = tree.reads.map(({ column, table }) => ({ column, side: Math.max(0, table - 1) }))
      const direct = node.type === 'Column' ? reads[0] : undefined
      const { window } = (expression ?? {}) as { readonly window?: Frame }
      inspected = {
        name,
        text,
        reads,
        escaped: false,
        tree: node,
        ...(direct && { direct }),
        ...(window && { window }),
      }
    },
    error(this: ParserContext, node: AstNode, message: string) {
      throw explain(this, node, message, text, reading)
    },
  }
  try {
    parse(new Map([[name, expression]]), options)
  } catch (cause) {
    if (cause instanceof TidegateError) throw cause
    throw badExpression(place, { expression: text, why: firstLine(cause), cause })
  }
  return inspected ?? { name, text, reads: [], escaped: false }
}

function explain(
  context: ParserContext,
  node: AstNode,
  message: string,
  text: string,
  { place, tables, rowWise, options }: Reading,
): TidegateError {
  const snippet = text.slice(node.start - prefix, node.end - prefix)
  const why = message.charAt(0).toLowerCase() + message.slice(1)
  const aggregate = /^(Aggregate|Window) function/.test(message)
  const refusedByVerb =
    tables.length > 1 || (message.startsWith('Aggregate') ? options?.['aggregate'] : options?.['window']) === false
  if (aggregate && rowWise && !refusedByVerb) return notRowWise(place, `\`${snippet}\``, text)
  const column = message === 'Invalid column reference' ? columnNamed(context, node) : undefined
  if (column !== undefined) {
    const names = [...new Set(tables.flatMap((table) => table.columnNames()))]
    return unknownColumn(place, column, names, text)
  }
  return badExpression(place, { expression: text, snippet, why, ...hintFor(message, snippet) })
}

function columnNamed(context: ParserContext, node: AstNode): string | undefined {
  const { property } = node
  if (property !== undefined) return property.name ?? (typeof property.value === 'string' ? property.value : undefined)
  return node.name === undefined ? undefined : context.columnRef.get(node.name)?.[0]
}

function hintFor(message: string, snippet: string): { readonly hint?: string } {
  if (message.startsWith('Invalid variable reference')) {
    return {
      hint: `Expressions are read as text and cannot see variables around them: give it by table.params({ ${snippet} }) and read it as (d, $) => $.${snippet}, or wrap the function in escape(...).`,
    }
  }
  if (message.startsWith('Invalid function call')) {
    return { hint: 'Call functions of `op` only, such as op.lower(d.name), or wrap the whole function in escape(...).' }
  }
  if (message.startsWith('Invalid param reference')) return { hint: 'Define it first: table.params({ name: value }).' }
  return {}
}

/** Arquero parses `expr=(...)`: positions in the tree are those in the text plus 6. */
export const prefix = 6

/** The text of an expression as Arquero will parse it. */
export function textOf(expression: Expression): string {
  if (expression === null || expression === undefined) return String(expression)
  const {
    escape: escaped,
    field,
    expr,
  } = expression as {
    readonly escape?: unknown
    readonly field?: unknown
    readonly expr?: unknown
  }
  if (escaped !== undefined) return String(expr)
  return field === undefined || field === false ? String(expression) : `d=>d[${JSON.stringify(String(expression))}]`
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] as string
}

/** The same names with plain columns, since Arquero rewrites comparisons with dictionary columns and their names would be lost. */
function withoutDictionaries(table: Table): object {
  const plain: readonly unknown[] = []
  return {
    column: (name: string) => (table.column(name) === undefined ? undefined : plain),
    columnName: (index: number) => table.columnName(index),
    columnNames: () => table.columnNames(),
    params: () => table.params(),
  }
}
