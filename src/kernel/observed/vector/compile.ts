// Long because: one small function per kind of expression, side by side.

import type { Cells } from '../cells/cells.ts'
import type { AstNode } from '../expression/tree.ts'
import { pureFunction } from './functions.ts'
import {
  anything,
  bigints,
  booleans,
  kindsOf,
  nulls,
  numbers,
  numeric,
  objects,
  only,
  texts,
  undefineds,
} from './kinds.ts'
import { type Binder, type Code, leaf, plain } from './leaf.ts'

/** What an expression stands in: columns, parameters and how the calls that need more than one row are answered. */
export interface Scope extends Binder {
  column(name: string): Cells | undefined
  parameter(name: string): { readonly value: unknown } | undefined
  /** Ways to compute a whole subtree, tried before its parts. */
  shortcut?(node: Node): Code | undefined
  /** An aggregate or window function. */
  special?(node: Node): Code | undefined
}

/** A node of the tree that Arquero's parser makes; see `AstNode`. */
export interface Node extends AstNode {
  readonly raw?: string
  readonly regex?: { readonly pattern: string; readonly flags: string }
  readonly left?: Node
  readonly right?: Node
  readonly argument?: Node
  readonly test?: Node
  readonly consequent?: Node
  readonly alternate?: Node | null
  readonly callee?: Node
  readonly arguments?: readonly Node[]
  readonly quasis?: readonly { readonly value: { readonly raw: string; readonly cooked: string | null } }[]
  readonly expressions?: readonly Node[]
  readonly elements?: readonly (Node | null)[]
}

/** JavaScript for an expression, equal to what Arquero would run; undefined for what is left to Arquero. */
export function compile(node: Node, scope: Scope): Code | undefined {
  const short = scope.shortcut?.(node)
  if (short !== undefined) return short
  switch (node.type) {
    case 'Column':
      return column(node, scope)
    case 'Literal':
      return literal(node, scope)
    case 'Parameter':
      return parameter(node, scope)
    case 'Constant':
      return constants[String(node.name)]
    case 'UnaryExpression':
      return unary(node, scope)
    case 'BinaryExpression':
      return binary(node, scope)
    case 'LogicalExpression':
      return logical(node, scope)
    case 'ConditionalExpression':
      return conditional(node, scope)
    case 'TemplateLiteral':
      return template(node, scope)
    case 'CallExpression':
      return call(node, scope)
    default:
      return undefined
  }
}

const constants: Readonly<Record<string, Code>> = {
  undefined: plain(undefineds, 'undefined'),
  Infinity: plain(numbers, 'Infinity'),
  NaN: plain(numbers, 'NaN'),
  ...Object.fromEntries(
    ['E', 'LN2', 'LN10', 'LOG2E', 'LOG10E', 'PI', 'SQRT1_2', 'SQRT2'].map((name) => [
      name,
      plain(numbers, `Math.${name}`),
    ]),
  ),
}

function column(node: Node, scope: Scope): Code | undefined {
  const cells = scope.column(String(node.name))
  return cells === undefined ? undefined : leaf(cells, scope)
}

function literal(node: Node, scope: Scope): Code | undefined {
  const { value, regex } = node
  // A literal makes a new expression each time it is met, so a position kept in a sticky one must not survive the row.
  if (regex !== undefined) return stateless(regex.flags) && value instanceof RegExp ? bound(value, scope) : undefined
  if (typeof value === 'number') return plain(numbers, String(value))
  if (typeof value === 'string') return plain(texts, JSON.stringify(value))
  if (typeof value === 'boolean' || value === null) return plain(kindsOf(value), String(value))
  return typeof value === 'bigint' ? bound(value, scope) : undefined
}

function stateless(flags: string): boolean {
  return !flags.includes('y') && !flags.includes('g')
}

function parameter(node: Node, scope: Scope): Code | undefined {
  const found = scope.parameter(String(node.name))
  if (found === undefined || typeof found.value === 'function') return undefined
  if (found.value instanceof RegExp && !stateless(found.value.flags)) return undefined
  return bound(found.value, scope)
}

function bound(value: unknown, scope: Scope): Code {
  return plain(kindsOf(value), scope.bind(value, typeof value))
}

const toNumber = new Set(['-', '+', '~'])

function unary(node: Node, scope: Scope): Code | undefined {
  const argument = compile(node.argument as Node, scope)
  if (argument === undefined) return undefined
  if (node.operator === '!') return plain(booleans, `(!${argument.truth})`)
  if (!toNumber.has(String(node.operator))) return undefined
  return plain(arithmeticKinds(argument), `(${node.operator} ${asNumber(argument)})`)
}

function asNumber(code: Code): string {
  return only(code.kinds, numeric) ? code.number : code.value
}

function arithmeticKinds(...operands: readonly Code[]): number {
  return operands.some(({ kinds }) => (kinds & (bigints | objects)) !== 0) ? numbers | bigints : numbers
}

const arithmetic = new Set(['-', '*', '/', '%', '**', '&', '|', '^', '<<', '>>', '>>>'])
const relations = new Set(['<', '<=', '>', '>='])
const equalities = new Set(['==', '!=', '===', '!=='])

function binary(node: Node, scope: Scope): Code | undefined {
  const operator = String(node.operator)
  const left = compile(node.left as Node, scope)
  const right = left && compile(node.right as Node, scope)
  if (left === undefined || right === undefined) return undefined
  // Arquero writes `void(0) ** x`, which is no JavaScript.
  if (operator === '**' && left.value === 'undefined') return undefined
  const join = (kinds: number, a: string, b: string) => plain(kinds, `(${a} ${operator} ${b})`)
  const both = only(left.kinds | right.kinds, numeric)
  if (arithmetic.has(operator)) return join(arithmeticKinds(left, right), asNumber(left), asNumber(right))
  if (operator === '+') {
    if (both) return join(numbers, left.number, right.number)
    const text = left.kinds === texts || right.kinds === texts
    return join(text ? texts : numbers | texts | bigints, left.value, right.value)
  }
  if (relations.has(operator)) {
    return both ? join(booleans, left.number, right.number) : join(booleans, left.value, right.value)
  }
  if (!equalities.has(operator)) return undefined
  if (right.kinds === numbers && left.present !== undefined) return join(booleans, left.present, right.value)
  if (left.kinds === numbers && right.present !== undefined) return join(booleans, left.value, right.present)
  return join(booleans, left.value, right.value)
}

function logical(node: Node, scope: Scope): Code | undefined {
  const operator = String(node.operator)
  const left = compile(node.left as Node, scope)
  const right = left && compile(node.right as Node, scope)
  if (left === undefined || right === undefined) return undefined
  const value = `(${left.value} ${operator} ${right.value})`
  const truth = operator === '??' ? value : `(${left.truth} ${operator} ${right.truth})`
  return { kinds: logicalKinds(operator, left.kinds, right.kinds), value, number: value, truth }
}

/** `&&` and `||` pass on what decides, `??` only what is there. */
function logicalKinds(operator: string, left: number, right: number): number {
  if (operator === '??') return (left & ~(nulls | undefineds)) | right
  return (operator === '||' ? left & ~(nulls | undefineds) : left) | right
}

function conditional(node: Node, scope: Scope): Code | undefined {
  const test = compile(node.test as Node, scope)
  const yes = test && compile(node.consequent as Node, scope)
  const no = yes && compile(node.alternate as Node, scope)
  if (test === undefined || yes === undefined || no === undefined) return undefined
  const choose = (a: string, b: string) => `(${test.truth} ? ${a} : ${b})`
  return {
    kinds: yes.kinds | no.kinds,
    value: choose(yes.value, no.value),
    number: choose(yes.number, no.number),
    truth: choose(yes.truth, no.truth),
  }
}

function template(node: Node, scope: Scope): Code | undefined {
  const parts: string[] = []
  const { quasis = [], expressions = [] } = node
  for (let i = 0; i < quasis.length; i++) {
    const { cooked } = (quasis[i] as NonNullable<Node['quasis']>[number]).value
    if (cooked === null) return undefined
    parts.push(JSON.stringify(cooked))
    if (i === expressions.length) break
    const code = compile(expressions[i] as Node, scope)
    if (code === undefined) return undefined
    parts.push(code.value)
  }
  return plain(texts, `\`${parts.map((part) => `\${${part}}`).join('')}\``)
}

function call(node: Node, scope: Scope): Code | undefined {
  const special = scope.special?.(node)
  if (special !== undefined) return special
  const { callee, arguments: args = [] } = node
  const found = callee?.type === 'Function' ? pureFunction(String(callee.name)) : undefined
  if (found === undefined) return undefined
  const name = String(callee?.name)
  const codes = args.map(
    (arg, i) => globalPattern(name, arg, i, scope) ?? listOf(name, arg, i, scope) ?? compile(arg, scope),
  )
  if (codes.some((code) => code === undefined)) return undefined
  const given = codes as readonly Code[]
  const kinds = found.kinds(given.map((code) => code.kinds))
  if (found.inline !== undefined && given.every((code) => only(code.kinds, numeric))) {
    return plain(kinds, `${found.inline}(${given.map((code) => code.number).join(', ')})`)
  }
  return plain(kinds, `${scope.bind(found.function, 'function')}(${given.map((code) => code.value).join(', ')})`)
}

const searches = new Set(['includes', 'indexof', 'lastindexof'])

/** A list of literals that is only searched needs to be made once. */
function listOf(name: string, arg: Node, index: number, scope: Scope): Code | undefined {
  if (index !== 0 || arg.type !== 'ArrayExpression' || !searches.has(name)) return undefined
  const { elements = [] } = arg
  if (!elements.every((one) => one?.type === 'Literal' && one.regex === undefined)) return undefined
  const values = elements.map((one) => one?.value)
  return plain(objects, scope.bind(values, 'array'))
}

/** `match` and `replace` begin anew with a global expression, whatever it was used for before. */
function globalPattern(name: string, arg: Node, index: number, scope: Scope): Code | undefined {
  if (index !== 1 || (name !== 'match' && name !== 'replace')) return undefined
  const given = arg.type === 'Literal' && arg.regex !== undefined ? arg.value : undefined
  const value = arg.type === 'Parameter' ? scope.parameter(String(arg.name))?.value : given
  return value instanceof RegExp && value.flags.includes('g') ? plain(anything, scope.bind(value, 'object')) : undefined
}
