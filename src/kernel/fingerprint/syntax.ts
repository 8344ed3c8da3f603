import { type ParserPlugin, parse } from '@babel/parser'

/** A syntax tree node as Babel names it, without types, comments, parentheses and locations other than its range. */
export interface SyntaxNode {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

/** Fields that carry no meaning at run time. */
const ignored = new Set(
  `type start end loc range extra leadingComments trailingComments innerComments comments errors tokens interpreter
  typeAnnotation typeParameters typeArguments returnType superTypeParameters superTypeArguments implements predicate variance
  declare definite accessibility override readonly abstract importKind exportKind`.split(/\s+/),
)
const wrappers = new Set([
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSTypeAssertion',
  'TSTypeCastExpression',
  'TSInstantiationExpression',
  'ParenthesizedExpression',
])
const typesOnly = new Set([
  'TSInterfaceDeclaration',
  'TSTypeAliasDeclaration',
  'TSDeclareFunction',
  'TSDeclareMethod',
  'TSIndexSignature',
  'TSNamespaceExportDeclaration',
])

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
}

export function nodeAt(node: SyntaxNode, field: string): SyntaxNode | undefined {
  const value = node[field]
  return isNode(value) ? value : undefined
}

export function nodesAt(node: SyntaxNode, field: string): readonly SyntaxNode[] {
  const value = node[field]
  return Array.isArray(value) ? value.filter(isNode) : []
}

export function textAt(node: SyntaxNode | undefined, field: string): string {
  const value = node?.[field]
  return typeof value === 'string' ? value : ''
}

export function isFunctionNode(node: SyntaxNode): boolean {
  return /^(ArrowFunctionExpression|FunctionExpression|FunctionDeclaration|ObjectMethod|ClassMethod|ClassPrivateMethod)$/.test(
    node.type,
  )
}

/** The program of a source file; throws where the text cannot be parsed. */
export function parseModule(text: string, path: string): SyntaxNode {
  const plugins: ParserPlugin[] = ['decorators']
  if (!/\.[cm]?jsx?$/.test(path)) plugins.push('typescript')
  if (/x$|\.[cm]?js$/.test(path)) plugins.push('jsx')
  return program(text, plugins)
}

const forms = [
  (text: string) => `(${text}\n)`,
  (text: string) => `({${text}\n})`,
  (text: string) => `(class extends Object {${text}\n})`,
]

/** The function or class in a text that `Function.prototype.toString` gave, or nothing if it is not plain JavaScript. */
export function parseFunction(text: string): { readonly program: SyntaxNode; readonly root: SyntaxNode } | undefined {
  for (const around of forms) {
    try {
      const tree = program(around(text), [])
      const root = functionOf(tree)
      if (root) return { program: tree, root }
    } catch {
      // Not of this form: a method is a syntax error as an expression, and the other way round.
    }
  }
  return undefined
}

function functionOf(tree: SyntaxNode): SyntaxNode | undefined {
  const body = nodesAt(tree, 'body')
  const expression = body.length === 1 ? nodeAt(body[0]!, 'expression') : undefined
  if (!expression) return undefined
  if (isFunctionNode(expression)) return expression
  const members = nodesAt(expression, 'properties').concat(nodesAt(nodeAt(expression, 'body') ?? expression, 'body'))
  const member = members.length === 1 && members[0] && isFunctionNode(members[0]) ? members[0] : undefined
  return member ?? (expression.type === 'ClassExpression' ? expression : undefined)
}

function program(text: string, plugins: ParserPlugin[]): SyntaxNode {
  const file = parse(text, {
    sourceType: 'module',
    plugins,
    attachComment: false,
    allowReturnOutsideFunction: true,
    allowSuperOutsideMethod: true,
    allowNewTargetOutsideFunction: true,
    allowUndeclaredExports: true,
  })
  const tree = erase(file.program as unknown as SyntaxNode) // Babel's node types are closed interfaces; here fields are read by name.
  if (!tree) throw new SyntaxError('no program')
  return tree
}

/** A copy without types and without what only formatting decides. */
function erase(node: SyntaxNode): SyntaxNode | undefined {
  if (wrappers.has(node.type)) return erase(node['expression'] as SyntaxNode)
  if (
    typesOnly.has(node.type) ||
    node['declare'] === true ||
    (node['abstract'] === true && node.type !== 'ClassDeclaration')
  )
    return undefined
  if (node['importKind'] === 'type' || node['importKind'] === 'typeof' || node['exportKind'] === 'type')
    return undefined
  const copy: Record<string, unknown> & { type: string; start: number; end: number } = {
    type: node.type,
    start: node.start,
    end: node.end,
  }
  for (const field of fieldsOf(node)) {
    const value = node[field]
    if (Array.isArray(value)) copy[field] = value.flatMap((item) => (isNode(item) ? keep(item) : [item]))
    else if (isNode(value)) copy[field] = erase(value)
    else if (value !== undefined && value !== null && value !== false) copy[field] = value
  }
  if (node.type === 'ImportDeclaration' && nodesAt(node, 'specifiers').length === 0) copy['bare'] = true // for its effects, not for types
  return copy
}

/** Sorted, since the order in which a parser sets fields is its own affair. */
function fieldsOf(node: SyntaxNode): readonly string[] {
  const fields = Object.keys(node).filter(
    (field) => !ignored.has(field) && (field !== 'optional' || node.type.startsWith('Optional')),
  )
  return fields.sort()
}

function keep(node: SyntaxNode): readonly SyntaxNode[] {
  if (node.type === 'EmptyStatement' || (node.type === 'Identifier' && node['name'] === 'this')) return []
  const erased = erase(node)
  return erased && !(erased.type === 'ExportNamedDeclaration' && isEmptyExport(node, erased)) ? [erased] : []
}

/** `export interface X {}` leaves an export of nothing. */
function isEmptyExport(before: SyntaxNode, after: SyntaxNode): boolean {
  return isNode(before['declaration']) && !isNode(after['declaration'])
}
