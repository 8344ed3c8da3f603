import { type Canonical, canonical } from './canonical.ts'
import { type Binding, bindScopes, type Scopes } from './scope.ts'
import { nodeAt, nodesAt, parseModule, type SyntaxNode, textAt } from './syntax.ts'

export interface SourceFile {
  readonly path: string
  readonly scopes: Scopes
  readonly program: SyntaxNode
  /** Every module specifier in the file. `used`: something of it is needed at run time. */
  readonly imports: readonly { readonly from: string; readonly used: boolean }[]
  /** Literal specifiers of `import()` and `require()`. */
  readonly loads: Iterable<string>
  canonical(root: SyntaxNode): Canonical
  /** Functions of this kind, in source order. */
  functionsLike(root: SyntaxNode): readonly SyntaxNode[]
  /** Statements at the top level that mention a binding and so may change it: `LIMITS.high = 3`, `Object.freeze(LIMITS)`. */
  statementsOn(binding: Binding): readonly SyntaxNode[]
  /** The name of the top-level declaration around a node. */
  labelOf(node: SyntaxNode): string
}

/** Throws where the text is not a script. */
export function parseSourceFile(path: string, text: string): SourceFile {
  const program = parseModule(text, path)
  const scopes = bindScopes(program)
  const body = nodesAt(program, 'body')
  const statements = body.filter((item) => !/Declaration$/.test(item.type))
  const canonicals = new Map<SyntaxNode, Canonical>()
  const kinds = new Map<string, SyntaxNode[]>()
  for (const node of scopes.functions) {
    const kind = kindOf(node)
    const alike = kinds.get(kind)
    if (alike) alike.push(node)
    else kinds.set(kind, [node])
  }
  const used = (node: SyntaxNode) => scopes.bindingOf.get(nodeAt(node, 'local')!)?.used === true
  const imports = body
    .filter((node) => nodeAt(node, 'source'))
    .map((node) => ({
      from: textAt(nodeAt(node, 'source'), 'value'),
      used: node.type !== 'ImportDeclaration' || node['bare'] === true || nodesAt(node, 'specifiers').some(used),
    }))

  function canonicalOf(root: SyntaxNode): Canonical {
    const known = canonicals.get(root) ?? canonical(root, scopes)
    canonicals.set(root, known)
    return known
  }

  return {
    path,
    scopes,
    program,
    imports,
    loads: /\brequire\b|\bimport\s*[(/]/.test(text) ? canonicalOf(program).loads : [],
    canonical: canonicalOf,
    functionsLike: (root) => kinds.get(kindOf(root)) ?? [],
    statementsOn(binding) {
      const ids = statements.length === 0 ? [] : [...scopes.bindingOf].filter(([, other]) => other === binding)
      return statements.filter((item) => ids.some(([id]) => item.start <= id.start && id.end <= item.end))
    },
    labelOf(node) {
      const statement = body.find((item) => item.start <= node.start && node.end <= item.end)
      const declaration = (statement && nodeAt(statement, 'declaration')) ?? statement
      const declarator =
        declaration &&
        nodesAt(declaration, 'declarations').find((item) => item.start <= node.start && node.end <= item.end)
      const id = (declarator ?? declaration) && nodeAt((declarator ?? declaration)!, 'id')
      return textAt(id, 'name') || (statement?.type === 'ExportDefaultDeclaration' ? 'default' : 'function')
    },
  }
}

/** Equal for a function and its transpiled text; cheap, so that most candidates never need a closer look. */
function kindOf(node: SyntaxNode): string {
  if (node.type.startsWith('Class') && !node.type.includes('Method')) return 'class'
  const kind = /Method$/.test(node.type) ? 'method' : /^Arrow/.test(node.type) ? 'arrow' : 'function'
  return [
    kind,
    node['async'],
    node['generator'],
    nodesAt(node, 'params').length,
    nodeAt(node, 'body')?.type === 'BlockStatement',
  ].join()
}
