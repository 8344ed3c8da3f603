import { walk_ast } from 'arquero'
import type { Fault } from './errors.ts'

/** A node of Arquero's rewritten syntax tree (ESTree plus `Column`, `Function`, `Parameter`, `Constant`). */
export interface AstNode {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly name?: string
  readonly value?: unknown
  readonly table?: number
  readonly operator?: string
  readonly computed?: boolean
  readonly key?: AstNode
  readonly property?: AstNode
  readonly callee?: AstNode
  readonly arguments?: readonly AstNode[]
}

export interface Surroundings {
  /** Text of the expression; positions in the tree are 6 higher. */
  readonly source: string
  /** Names of the row parameters. */
  readonly rows: readonly string[]
  /** Destructured columns. */
  readonly columns: ReadonlyMap<string, unknown>
}

export interface Tree {
  /** `table` is 0 for one table, 1 and 2 for the sides of a join. */
  readonly reads: readonly { readonly column: string; readonly table: number }[]
  readonly fault?: Omit<Fault, 'expression'>
}

/** What Arquero's code generator can write; anything else throws there without naming the place. */
const generated = new Set(
  `ArrayExpression ArrayPattern ArrowFunctionExpression AssignmentExpression BinaryExpression BlockStatement BreakStatement
  CallExpression Column ConditionalExpression Constant ExpressionStatement Function Identifier IfStatement Literal LogicalExpression
  MemberExpression ObjectExpression ObjectPattern Op Parameter Program Property ReturnStatement SpreadElement SwitchCase SwitchStatement
  TemplateElement TemplateLiteral UnaryExpression VariableDeclaration VariableDeclarator`.split(/\s+/),
)

const noted: Readonly<Record<string, string>> = {
  ChainExpression: 'optional chaining (?.) is not supported',
}

/** Collects the columns read, and finds what Arquero takes but evaluates to an error or to nonsense. */
export function checkTree(root: AstNode, surroundings: Surroundings): Tree {
  const reads = new Map<string, { readonly column: string; readonly table: number }>()
  let fault: Tree['fault']
  const report = (node: AstNode, why: string, hint: string) => {
    fault ??= { snippet: surroundings.source.slice(node.start - 6, node.end - 6), why, hint }
  }
  const known = (node: AstNode) => {
    if (!generated.has(node.type)) report(node, noted[node.type] ?? `${node.type} is not supported`, escapeHint)
  }
  walk_ast(
    root,
    null,
    {
      Default: known,
      Column: ({ name, table }: AstNode) => {
        reads.set(JSON.stringify([table ?? 0, name]), { column: String(name), table: table ?? 0 })
      },
      CallExpression: (node: AstNode) => {
        if (isMethodCall(node, surroundings)) report(node, 'methods cannot be called on values', methodHint)
      },
      UnaryExpression: (node: AstNode) => {
        if (/^[a-z]/.test(node.operator ?? '')) report(node, `${node.operator} is not supported`, escapeHint)
      },
      Identifier: (node: AstNode, _: unknown, parent: AstNode | undefined) => {
        if (!surroundings.rows.includes(node.name ?? '') || isName(node, parent)) return
        report(node, 'the row itself is not a value', 'Read its columns, or use op.row_object().')
      },
    },
    undefined,
  )
  return { reads: [...reads.values()], ...(fault === undefined ? {} : { fault }) }
}

const escapeHint = 'Wrap the function in escape(...) to run it as it is.'
const methodHint = 'Use the functions of `op`, such as op.lower(d.name), or wrap the function in escape(...).'

/** A property name rather than a variable. */
function isName(node: AstNode, parent: AstNode | undefined): boolean {
  return parent !== undefined && parent.computed !== true && (parent.property === node || parent.key === node)
}

/**
 * Arquero replaces `d.name.trim()` by its own `trim()` without any argument. Only a plain path (`trim`, `op.trim`, `aq.op.trim`) that does not begin
 * at the row names a function.
 */
function isMethodCall(node: AstNode, { source, rows, columns }: Surroundings): boolean {
  if (node.callee?.type !== 'Function') return false
  const end = node.arguments?.[0]?.start ?? node.end
  const callee = source.slice(node.start - 6, end - 6).replace(/\/\*.*?\*\/|\/\/.*$/gms, '')
  const path = /^\s*([\w$]+)((?:\s*\.\s*[\w$]+)*)\s*\([\s(]*\)?\s*$/.exec(callee)
  if (path === null) return true
  const root = path[1] as string
  return path[2] !== '' && (rows.includes(root) || columns.has(root))
}
