import { type Batch, type TableSchema, TidegateError } from 'tidegate'
import { type Cell, cellAt, type Family, findColumn, keyOf } from '../cells/cells.ts'
import { compareCells } from '../cells/order.ts'
import { parseDate } from '../text/date-parse.ts'

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>='
export type Expression =
  | { readonly op: 'column'; readonly name: string }
  | { readonly op: 'value'; readonly value: Cell }
  | { readonly op: 'and' | 'or' | 'list'; readonly of: readonly Expression[] }
  | { readonly op: 'not' | 'isnull' | 'notnull' | 'negative'; readonly of: readonly [Expression] }
  | {
      readonly op: Comparison | 'in' | 'not in' | '+' | '-' | '*' | '/' | '%'
      readonly of: readonly [Expression, Expression]
    }

export function columnsOf(expression: Expression): string[] {
  if (expression.op === 'column') return [expression.name]
  return expression.op === 'value' ? [] : expression.of.flatMap(columnsOf)
}

type Read = (batch: Batch, row: number) => Cell
interface Opened {
  readonly read: Read
  readonly family: Family
}

/**
 * Whether a row meets a condition. Comparisons with an absent cell are false, `!=` is true, as pandas has it; arithmetic with one is absent.
 * @throws `COLUMN_MISSING`, `SCHEMA_MISMATCH`
 */
export function open(expression: Expression, schema: TableSchema, check: string): Read {
  return asTruth(opened(expression, schema, check), check)
}

function opened(expression: Expression, schema: TableSchema, check: string): Opened {
  const truth = (read: Read): Opened => ({ read, family: 'boolean' })
  switch (expression.op) {
    case 'column': {
      const { index, family } = findColumn(schema, expression.name, check)
      return { family, read: (batch, row) => cellAt(batch.columns[index]!, row) }
    }
    case 'value': {
      const { value } = expression
      const family = typeof value === 'string' ? 'text' : typeof value === 'boolean' ? 'boolean' : 'number'
      return { family, read: () => value }
    }
    case 'and':
    case 'or': {
      const parts = expression.of.map((one) => asTruth(opened(one, schema, check), check))
      const stop = expression.op === 'or'
      return truth((batch, row) => {
        for (const part of parts) if (part(batch, row) === stop) return stop
        return !stop
      })
    }
    case 'not': {
      const part = asTruth(opened(expression.of[0], schema, check), check)
      return truth((batch, row) => part(batch, row) !== true)
    }
    case 'isnull':
    case 'notnull': {
      const { read } = opened(expression.of[0], schema, check)
      const wanted = expression.op === 'isnull'
      return truth((batch, row) => (read(batch, row) === null) === wanted)
    }
    case 'negative': {
      const { read } = opened(expression.of[0], schema, check)
      return { family: 'number', read: (batch, row) => arithmetic('-', 0, read(batch, row)) }
    }
    case 'in':
    case 'not in': {
      const [left, right] = expression.of
      const { read, family } = opened(left, schema, check)
      const items = right.op === 'list' ? right.of : [right]
      const keys = new Set(items.map((item) => keyOf(fitted(item.op === 'value' ? item.value : null, family))))
      const wanted = expression.op === 'in'
      return truth((batch, row) => keys.has(keyOf(read(batch, row))) === wanted)
    }
    case 'list':
      throw new TidegateError('CONFIG_INVALID', `${check}: a list stands alone in its row_condition`)
    case '+':
    case '-':
    case '*':
    case '/':
    case '%': {
      const { op, of } = expression
      const [left, right] = of.map((one) => opened(one, schema, check).read) as [Read, Read]
      return { family: 'number', read: (batch, row) => arithmetic(op, left(batch, row), right(batch, row)) }
    }
    default:
      return truth(comparison(expression.op, expression.of, schema, check))
  }
}

function comparison(op: Comparison, of: readonly [Expression, Expression], schema: TableSchema, check: string): Read {
  const [left, right] = of.map((one) => opened(one, schema, check)) as [Opened, Opened]
  const a = settled(left, right.family, of[0])
  const b = settled(right, left.family, of[1])
  const ordered = op !== '==' && op !== '!='
  const sameKind =
    (left.family === 'text') === (right.family === 'text') || left.family === 'instant' || right.family === 'instant'
  if (ordered && !sameKind)
    throw new TidegateError('SCHEMA_MISMATCH', `${check}: its row_condition compares text with a number`, {
      hint: 'Compare columns with values of their own type.',
    })
  return (batch, row) => {
    const x = a(batch, row)
    const y = b(batch, row)
    if (x === null || y === null) return op === '!='
    if (op === '==') return keyOf(x) === keyOf(y)
    if (op === '!=') return keyOf(x) !== keyOf(y)
    const side = compareCells(x, y)
    return op === '<' ? side < 0 : op === '<=' ? side <= 0 : op === '>' ? side > 0 : side >= 0
  }
}

/** A text beside a column of times is a time. */
function settled({ read }: Opened, other: Family, expression: Expression): Read {
  if (expression.op !== 'value') return read
  const value = fitted(expression.value, other)
  return () => value
}

function fitted(value: Cell, family: Family): Cell {
  return family === 'instant' && typeof value === 'string' ? (parseDate(value) ?? value) : value
}

function asTruth({ read, family }: Opened, check: string): Read {
  if (family === 'boolean') return read
  throw new TidegateError('SCHEMA_MISMATCH', `${check}: a part of its row_condition is neither true nor false`, {
    hint: 'Compare it with something.',
  })
}

function arithmetic(op: string, a: Cell, b: Cell): Cell {
  if (a === null || b === null) return null
  const [x, y] = [Number(a), Number(b)]
  const found =
    op === '+' ? x + y : op === '-' ? x - y : op === '*' ? x * y : op === '/' ? x / y : x - y * Math.floor(x / y)
  return Number.isNaN(found) ? null : found
}
