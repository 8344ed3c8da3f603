import { BooleanColumn, FlatColumn } from '../../columns/column.ts'
import { BytesColumn, DictionaryColumn } from '../../columns/text.ts'
import { markAbsent } from '../../columns/validity.ts'
import { types } from '../../types.ts'
import type { Cells } from '../cells/cells.ts'
import { compile, type Node, type Scope } from './compile.ts'
import { pureFunction } from './functions.ts'
import { createBindings, run } from './kernel.ts'
import { nulls, objects, only, texts } from './kinds.ts'
import { type Code, leaf, plain, validAt } from './leaf.ts'
import { asciiCase, type BytesTest, isPlainText, testBytes, textLengths } from './text-bytes.ts'

/** Subtrees over text that are answered by a table over a dictionary or by bytes. `rows` is the length of the table. */
export function textShortcut(node: Node, scope: Scope, rows: number): Code | undefined {
  if (node.type !== 'CallExpression' && node.type !== 'BinaryExpression' && node.type !== 'ConditionalExpression') {
    if (node.type !== 'LogicalExpression' && node.type !== 'UnaryExpression' && node.type !== 'TemplateLiteral')
      return undefined
  }
  const column = soleText(node, scope)
  if (column instanceof DictionaryColumn) return fromDictionary(node, scope, column, rows)
  return column === undefined ? undefined : onBytes(node, scope, column)
}

type TextColumn = DictionaryColumn | BytesColumn

/** The one text column that a subtree reads. */
function soleText(node: Node, scope: Scope): TextColumn | undefined {
  let found: TextColumn | undefined
  let several = false
  const visit = (inner: Node | null | undefined): void => {
    if (inner === null || inner === undefined || several) return
    if (inner.type === 'Column') {
      const column = scope.column(String(inner.name))
      const text =
        column instanceof DictionaryColumn || (column instanceof BytesColumn && column.type.kind === 'string')
      if (!text || (found !== undefined && found !== column)) several = true
      else found = column
      return
    }
    for (const child of [inner.left, inner.right, inner.argument, inner.test, inner.consequent, inner.alternate])
      visit(child)
    for (const child of inner.arguments ?? []) visit(child)
    for (const child of inner.expressions ?? []) visit(child)
  }
  visit(node)
  return several ? undefined : found
}

interface Table {
  readonly kinds: number
  readonly cells: Cells
}

/** The expression over the entries of a dictionary and, where the column has absent values, null at the end. */
function tableOf(node: Node, scope: Scope, column: DictionaryColumn): Table | undefined {
  const { dictionary, validity } = column
  const size = dictionary.length + (validity === undefined ? 0 : 1)
  const entries = BytesColumn.ofStrings(
    validity === undefined ? dictionary : [...dictionary, ''],
    validity === undefined ? undefined : markAbsent(undefined, size, size - 1),
  )
  const bindings = createBindings()
  const inner: Scope = { ...bindings, column: () => entries, parameter: (name) => scope.parameter(name) }
  const code = compile(node, inner)
  // A list or a match that several rows share would be one object instead of several.
  if (code === undefined || (code.kinds & objects) !== 0) return undefined
  return { kinds: code.kinds, cells: run(code, bindings, size) }
}

function fromDictionary(node: Node, scope: Scope, column: DictionaryColumn, rows: number): Code | undefined {
  if (column.dictionary.length > rows) return undefined
  const table = tableOf(node, scope, column)
  if (table === undefined) {
    // A match is an object of its own for each row, but whether there is one is the same for equal texts.
    if (node.type !== 'CallExpression') return undefined
    const code = compile(node, {
      ...scope,
      shortcut: (inner) => (inner === node ? undefined : scope.shortcut?.(inner)),
    })
    const truth = code && tableOf({ ...node, type: 'UnaryExpression', operator: '!', argument: node }, scope, column)
    return truth && code && { ...code, truth: `(!${readTable(truth, scope, column).truth})` }
  }
  return readTable(table, scope, column)
}

function readTable(table: Table, scope: Scope, column: DictionaryColumn): Code {
  const codes = `${scope.bind(column.codes, column.codes.constructor.name)}[i]`
  const present = validAt(column.validity, scope, 'i')
  const index = present === undefined ? codes : `(${present} ? ${codes} : ${column.dictionary.length})`
  const code = leaf(table.cells, scope, index)
  return Array.isArray(table.cells) ? plain(table.kinds, code.value) : code
}

/**
 * Text made of the text of one column that stays what it is: a dictionary column, or bytes in lower or upper case. Undefined where the expression is
 * something else.
 */
export function textResult(node: Node, scope: Scope, rows: number): Cells | undefined {
  const column = soleText(node, scope)
  if (column instanceof BytesColumn) return changedCase(node, column)
  if (!(column instanceof DictionaryColumn) || column.dictionary.length > rows) return undefined
  const table = tableOf(node, scope, column)
  if (table === undefined || !only(table.kinds, texts | nulls) || (table.kinds & texts) === 0) return undefined
  const values = table.cells as unknown as readonly (string | null)[]
  if (values.some((value) => value !== null && !value.isWellFormed())) return undefined
  return mapped(column, values)
}

function changedCase({ type, callee, arguments: args = [] }: Node, column: BytesColumn): Cells | undefined {
  const name = String(callee?.name)
  if (type !== 'CallExpression' || callee?.type !== 'Function' || args.length !== 1 || args[0]?.type !== 'Column')
    return undefined
  if ((name !== 'lower' && name !== 'upper') || !column.isEncoded || pureFunction(name) === undefined) return undefined
  return asciiCase(column, name)
}

function mapped({ codes, validity, length, dictionary }: DictionaryColumn, values: readonly (string | null)[]): Cells {
  const numbers = new Map<string, number>()
  const to = Int32Array.from(values, (value) => {
    if (value === null) return -1
    const number = numbers.get(value) ?? numbers.size
    numbers.set(value, number)
    return number
  })
  const out = new Int32Array(length)
  let absent: Uint8Array | undefined
  for (let i = 0; i < length; i++) {
    const present = validity === undefined || (((validity[i >> 3] as number) >> (i & 7)) & 1) === 1
    const code = to[present ? (codes[i] as number) : dictionary.length] as number
    if (code < 0) absent = markAbsent(absent, length, i)
    else out[i] = code
  }
  return new DictionaryColumn(out, [...numbers.keys()], absent)
}

const tests: Readonly<Record<string, BytesTest>> = {
  startswith: 'startswith',
  endswith: 'endswith',
  includes: 'includes',
}

/** `d.s == 'text'`, `op.startswith(d.s, 'text')` and the like, and `op.length(d.s)`. */
function onBytes(node: Node, scope: Scope, column: TextColumn): Code | undefined {
  if (!(column instanceof BytesColumn) || !column.isEncoded) return undefined
  if (node.type === 'BinaryExpression') {
    const { left, right, operator = '' } = node
    if (!/^[!=]==?$/.test(operator)) return undefined
    const text = constantText(left?.type === 'Column' ? right : left, scope)
    if (text === undefined || (left?.type !== 'Column' && right?.type !== 'Column')) return undefined
    const code = found(column, 'equals', text, scope)
    return operator.startsWith('!') ? plain(code.kinds, `(!${code.value})`) : code
  }
  if (node.type !== 'CallExpression' || node.callee?.type !== 'Function') return undefined
  const [first, second, third] = node.arguments ?? []
  const name = String(node.callee.name)
  if (first?.type !== 'Column' || third !== undefined || pureFunction(name) === undefined) return undefined
  if (name === 'length' && second === undefined) return leaf(new FlatColumn(types.float64, textLengths(column)), scope)
  const test = tests[name]
  const text = test === undefined ? undefined : constantText(second, scope)
  return test === undefined || text === undefined || text === '' ? undefined : found(column, test, text, scope)
}

function found(column: BytesColumn, test: BytesTest, text: string, scope: Scope): Code {
  return leaf(new BooleanColumn(testBytes(column, test, text)), scope)
}

/** A literal or parameter that is text whose bytes say everything. */
function constantText(node: Node | undefined, scope: Scope): string | undefined {
  const value =
    node?.type === 'Literal'
      ? node.value
      : node?.type === 'Parameter'
        ? scope.parameter(String(node.name))?.value
        : undefined
  return typeof value === 'string' && isPlainText(value) ? value : undefined
}
