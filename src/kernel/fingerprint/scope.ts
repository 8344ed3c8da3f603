import { isFunctionNode, isNode, nodeAt, nodesAt, type SyntaxNode, textAt } from './syntax.ts'

export interface Scope {
  readonly parent: Scope | undefined
  readonly node: SyntaxNode
  /** Takes `var` declarations. */
  readonly hoists: boolean
  readonly names: Map<string, Binding>
}

export interface Binding {
  readonly name: string
  readonly kind: string
  readonly scope: Scope
  /** The declarator, function, class or import specifier. */
  readonly declaration: SyntaxNode
  /** The module specifier of an import. */
  readonly from: string | undefined
  /** Assigned to after its declaration, declared twice, or a function assigns one of its fields: its value depends on what has run. */
  written: boolean
  used: boolean
}

type Visit = (node: SyntaxNode, scope: Scope) => void

export interface Scopes {
  readonly module: Scope
  /** For every identifier node that is a variable: what it is bound to. Absent: a global. */
  readonly bindingOf: ReadonlyMap<SyntaxNode, Binding>
  readonly functions: readonly SyntaxNode[]
}

/** Binds every identifier of a program to its declaration (ECMAScript modules are strict: functions in blocks belong to the block). */
export function bindScopes(program: SyntaxNode): Scopes {
  const bindingOf = new Map<SyntaxNode, Binding>()
  const references: { readonly id: SyntaxNode; readonly scope: Scope; readonly write: boolean }[] = []
  const functions: SyntaxNode[] = []
  const open = (node: SyntaxNode, parent: Scope | undefined, hoists = false): Scope => ({
    parent,
    node,
    hoists,
    names: new Map(),
  })
  const module = open(program, undefined, true)

  function declare(id: SyntaxNode, scope: Scope, kind: string, declaration: SyntaxNode, from?: string): void {
    let home = scope
    while (kind === 'var' && !home.hoists && home.parent) home = home.parent
    const name = textAt(id, 'name')
    const known = home.names.get(name)
    const binding = known ?? { name, kind, scope: home, declaration, from, written: false, used: false }
    if (known) known.written = true
    home.names.set(name, binding)
    bindingOf.set(id, binding)
  }

  /** Walks a pattern; `onName` gets the identifiers it binds or assigns, everything else in it is an expression. */
  function pattern(node: SyntaxNode, scope: Scope, onName: (id: SyntaxNode) => void): void {
    if (node.type === 'Identifier') onName(node)
    else if (node.type === 'ObjectPattern') {
      for (const item of nodesAt(node, 'properties')) {
        if (item['computed']) visit(nodeAt(item, 'key'), scope)
        pattern((nodeAt(item, 'argument') ?? nodeAt(item, 'value'))!, scope, onName)
      }
    } else if (node.type === 'ArrayPattern') {
      for (const item of nodesAt(node, 'elements')) pattern(item, scope, onName)
    } else if (node.type === 'RestElement') pattern(nodeAt(node, 'argument')!, scope, onName)
    else if (node.type === 'TSParameterProperty') pattern(nodeAt(node, 'parameter')!, scope, onName)
    else if (node.type === 'AssignmentPattern') {
      pattern(nodeAt(node, 'left')!, scope, onName)
      visit(nodeAt(node, 'right'), scope)
    } else visit(node, scope)
  }

  function all(nodes: readonly SyntaxNode[], scope: Scope): void {
    for (const node of nodes) visit(node, scope)
  }

  function visitFunction(node: SyntaxNode, outer: Scope): void {
    functions.push(node)
    if (node['computed']) visit(nodeAt(node, 'key'), outer)
    all(nodesAt(node, 'decorators'), outer)
    const id = nodeAt(node, 'id')
    const parent = id && node.type === 'FunctionExpression' ? open(node, outer) : outer
    if (id) declare(id, parent, 'function', node)
    const scope = open(node, parent, true)
    for (const item of nodesAt(node, 'params')) pattern(item, scope, (name) => declare(name, scope, 'param', node))
    const body = nodeAt(node, 'body')
    if (body?.type === 'BlockStatement') all(nodesAt(body, 'body'), scope)
    else visit(body, scope)
  }

  function children(node: SyntaxNode, scope: Scope, except?: string): void {
    for (const field in node) {
      if (field === except) continue
      const value = node[field]
      if (Array.isArray(value)) all(value.filter(isNode), scope)
      else if (isNode(value)) visit(value, scope)
    }
  }

  function isInFunction(scope: Scope): boolean {
    return scope.parent !== undefined && (scope.hoists || isInFunction(scope.parent))
  }

  /** The text of top-level statements counts with the names in them, so what they assign needs no further care. */
  function isInStatement(id: SyntaxNode): boolean {
    const statement = nodesAt(program, 'body').find((item) => item.start <= id.start && id.end <= item.end)
    return statement !== undefined && !/Declaration$/.test(statement.type)
  }

  function assign(target: SyntaxNode, scope: Scope): void {
    pattern(target, scope, (id) => references.push({ id, scope, write: true }))
    let object = target
    while (/MemberExpression$/.test(object.type)) object = nodeAt(object, 'object')!
    if (object !== target && object.type === 'Identifier' && isInFunction(scope) && !isInStatement(object))
      references.push({ id: object, scope, write: true })
  }

  function visit(node: SyntaxNode | undefined, scope: Scope): void {
    if (!node) return
    if (isFunctionNode(node)) visitFunction(node, scope)
    else (visitors[node.type] ?? children)(node, scope)
  }

  function nothing(): void {}
  const inBlock: Visit = (node, scope) => children(node, open(node, scope))
  const unlessComputed =
    (field: string): Visit =>
    (node, scope) =>
      children(node, scope, node['computed'] ? undefined : field)

  const visitClass: Visit = (node, scope) => {
    functions.push(node)
    const id = nodeAt(node, 'id')
    const inner = open(node, scope)
    if (id) declare(id, node.type === 'ClassDeclaration' ? scope : inner, 'class', node)
    children(node, inner, 'id')
  }

  const visitForEach: Visit = (node, scope) => {
    const inner = open(node, scope)
    const left = nodeAt(node, 'left')!
    if (left.type === 'VariableDeclaration') visit(left, inner)
    else assign(left, inner)
    children(node, inner, 'left')
  }

  const visitNamespace: Visit = (node, scope) => {
    const id = nodeAt(node, 'id')
    if (id?.type === 'Identifier') declare(id, scope, 'namespace', node)
    children(node, open(node, scope, true), 'id')
  }

  const visitors: Readonly<Record<string, Visit>> = {
    Identifier: (id, scope) => references.push({ id, scope, write: false }),
    VariableDeclaration(node, scope) {
      for (const item of nodesAt(node, 'declarations')) {
        pattern(nodeAt(item, 'id')!, scope, (id) => declare(id, scope, textAt(node, 'kind'), item))
        visit(nodeAt(item, 'init'), scope)
      }
    },
    ClassDeclaration: visitClass,
    ClassExpression: visitClass,
    StaticBlock: (node, scope) => children(node, open(node, scope, true)),
    BlockStatement: inBlock,
    SwitchStatement: inBlock,
    ForStatement: inBlock,
    ForInStatement: visitForEach,
    ForOfStatement: visitForEach,
    CatchClause(node, scope) {
      const inner = open(node, scope)
      const param = nodeAt(node, 'param')
      if (param) pattern(param, inner, (id) => declare(id, inner, 'param', node))
      children(node, inner, 'param')
    },
    AssignmentExpression(node, scope) {
      assign(nodeAt(node, 'left')!, scope)
      visit(nodeAt(node, 'right'), scope)
    },
    UpdateExpression: (node, scope) => assign(nodeAt(node, 'argument')!, scope),
    MemberExpression: unlessComputed('property'),
    OptionalMemberExpression: unlessComputed('property'),
    ObjectProperty: unlessComputed('key'),
    ClassProperty: unlessComputed('key'),
    ClassPrivateProperty: unlessComputed('key'),
    ClassAccessorProperty: unlessComputed('key'),
    PrivateName: nothing,
    MetaProperty: nothing,
    BreakStatement: nothing,
    ContinueStatement: nothing,
    ImportAttribute: nothing,
    ExportAllDeclaration: nothing,
    LabeledStatement: (node, scope) => visit(nodeAt(node, 'body'), scope),
    ImportDeclaration(node, scope) {
      const from = textAt(nodeAt(node, 'source'), 'value')
      for (const item of nodesAt(node, 'specifiers')) declare(nodeAt(item, 'local')!, scope, 'import', item, from)
    },
    ExportNamedDeclaration(node, scope) {
      if (nodeAt(node, 'source')) return
      for (const item of nodesAt(node, 'specifiers')) visit(nodeAt(item, 'local'), scope)
      visit(nodeAt(node, 'declaration'), scope)
    },
    TSEnumDeclaration(node, scope) {
      declare(nodeAt(node, 'id')!, scope, 'enum', node)
      const inner = open(node, scope)
      const members = nodesAt(node, 'members')
      for (const item of members) {
        const id = nodeAt(item, 'id')
        if (id?.type === 'Identifier') declare(id, inner, 'const', item)
      }
      for (const item of members) visit(nodeAt(item, 'initializer'), inner)
    },
    TSModuleDeclaration: visitNamespace,
    TSImportEqualsDeclaration: visitNamespace,
  }

  all(nodesAt(program, 'body'), module)
  for (const { id, scope, write } of references) {
    const name = textAt(id, 'name')
    let home: Scope | undefined = scope
    while (home && !home.names.has(name)) home = home.parent
    const binding = home?.names.get(name)
    if (!binding) continue
    bindingOf.set(id, binding)
    binding.used = true
    if (write) binding.written = true
  }
  return { module, bindingOf, functions }
}
