import { shortHash } from './hash.ts'
import type { Binding, Scopes } from './scope.ts'
import { isFunctionNode, isNode, nodeAt, nodesAt, type SyntaxNode, textAt } from './syntax.ts'

/** Normalised syntax: nested lists whose first item is a kind. Equal meaning in another spelling gives an equal form. */
export type Form = string | number | boolean | null | readonly Form[]

export interface Canonical {
  readonly form: Form
  /** Hash of the form, computed once. */
  readonly hash: () => string
  /** Names that reach out of the root, with what they are bound to; no binding: a global, or a name of the enclosing system. */
  readonly free: ReadonlyMap<string, Binding | undefined>
  /** Literal specifiers of `import()` and `require()`. */
  readonly loads: ReadonlySet<string>
}

/**
 * The normalised syntax of one function, class, declarator, statement or whole program. Local variables become numbers in order of
 * appearance (esbuild renames the ones that shadow an outer name), and `runtime` text is freed of the `__name` calls that esbuild adds.
 */
export function canonical(root: SyntaxNode, scopes: Scopes, runtime = false): Canonical {
  const free = new Map<string, Binding | undefined>()
  const loads = new Set<string>()
  const locals = new Map<Binding, number>()
  const isWhole = root === scopes.module.node
  const ownsThis =
    isWhole || root.type === 'VariableDeclarator' || (root.type.startsWith('Class') && !isFunctionNode(root))
  let depth = ownsThis ? 1 : 0

  function isInside(binding: Binding): boolean {
    const { node } = binding.scope
    if (binding.declaration === root && /^(function|class)$/.test(binding.kind) && !binding.written) return true
    return binding.scope !== scopes.module && node.start >= root.start && node.end <= root.end
  }

  function identifier(node: SyntaxNode): Form {
    const name = textAt(node, 'name')
    const binding = scopes.bindingOf.get(node)
    if (!binding && name === 'undefined') return ['Undefined']
    if (!binding && name === 'arguments' && (depth > 0 || root.type !== 'ArrowFunctionExpression')) return ['Arguments']
    if (binding && isInside(binding)) {
      const number = locals.get(binding) ?? locals.size
      locals.set(binding, number)
      return ['Local', number]
    }
    if (!binding || !isWhole) free.set(name, binding)
    if (!binding && name === 'process') free.set('process.env', undefined) // unless only another property of it is read
    return ['Free', name]
  }

  function list(nodes: readonly unknown[]): Form {
    return nodes.flatMap((node): Form[] => (isNode(node) ? (isNoise(node) ? [] : [convert(node)]) : [null]))
  }

  /** What a transpiler adds and what a types-only import leaves. */
  function isNoise(node: SyntaxNode): boolean {
    if (node.type === 'ImportDeclaration') return !node['bare'] && !nodesAt(node, 'specifiers').some(isUsed)
    if (node.type === 'ImportSpecifier') return !isUsed(node)
    if (!runtime) return false
    if (node.type === 'ExpressionStatement') return named(nodeAt(node, 'expression')) !== undefined
    const [only, more] = node.type === 'StaticBlock' ? nodesAt(node, 'body') : []
    return only !== undefined && more === undefined && named(nodeAt(only, 'expression')) !== undefined
  }

  function isUsed(specifier: SyntaxNode): boolean {
    return scopes.bindingOf.get(nodeAt(specifier, 'local')!)?.used === true
  }

  /** The function inside `__name(fn, 'x')`. */
  function named(node: SyntaxNode | undefined): SyntaxNode | undefined {
    const callee = runtime && node?.type === 'CallExpression' ? nodeAt(node, 'callee') : undefined
    if (!node || textAt(callee, 'name') !== '__name' || scopes.bindingOf.has(callee!)) return undefined
    return nodesAt(node, 'arguments')[0]
  }

  /** Names of properties, labels and modules are text, not variables; quotes do not matter. */
  function key(node: SyntaxNode): Form {
    if (node.type === 'PrivateName') return ['Key', `#${textAt(nodeAt(node, 'id'), 'name')}`]
    return ['Key', String(node['name'] ?? node['value'])]
  }

  function member(node: SyntaxNode): Form {
    const property = nodeAt(node, 'property')!
    const isProcess = isGlobalNamed(nodeAt(node, 'object')!, 'process') && !node['computed']
    if (isProcess && property['name'] !== 'env') free.set('process', undefined)
    const object: Form =
      isProcess && property['name'] !== 'env' ? ['Free', 'process'] : convert(nodeAt(node, 'object')!)
    const optional = node.type === 'OptionalMemberExpression' ? [node['optional'] === true ? '?.' : '.'] : []
    if (node['computed'] && property.type !== 'StringLiteral') return ['Index', object, convert(property), ...optional]
    const name = (key(property) as readonly Form[])[1] as string // key() ends in a text
    return ['Member', object, name, ...optional]
  }

  function isGlobalNamed(node: SyntaxNode, name: string): boolean {
    return node.type === 'Identifier' && node['name'] === name && !scopes.bindingOf.has(node)
  }

  function load(node: SyntaxNode): void {
    const callee = nodeAt(node, 'callee')
    if (!callee || (callee.type !== 'Import' && !isGlobalNamed(callee, 'require'))) return
    const [specifier] = nodesAt(node, 'arguments')
    if (specifier?.type === 'StringLiteral') loads.add(textAt(specifier, 'value'))
    else free.set('import()', undefined)
  }

  function fields(node: SyntaxNode): Form[] {
    const isRoot = node === root && (isFunctionNode(root) || root.type.startsWith('Class'))
    const out: Form[] = [
      isRoot ? node.type.replace(/(Declaration|Expression)$|^(Object|Class|ClassPrivate)(?=Method)/, '') : node.type,
    ]
    for (const field in node) {
      const value = node[field]
      if (field === 'type' || field === 'start' || field === 'end' || field === 'shorthand' || value === undefined)
        continue
      if (
        isRoot &&
        (field === 'id' || field === 'key' || field === 'computed' || field === 'static' || field === 'method')
      )
        continue
      out.push(field)
      if (Array.isArray(value)) out.push(list(value))
      else if (!isNode(value)) out.push(value as Form)
      else if (isText(node, field)) out.push(key(value))
      else out.push(convert(value))
    }
    return out
  }

  function isText(node: SyntaxNode, field: string): boolean {
    if (field === 'key') return !node['computed']
    if (field === 'label' || field === 'imported' || field === 'exported') return true
    return node.type === 'TSEnumMember' && field === 'id'
  }

  function convert(node: SyntaxNode): Form {
    switch (node.type) {
      case 'Identifier':
        return identifier(node)
      case 'StringLiteral':
        return ['Text', textAt(node, 'value')]
      case 'NumericLiteral':
        return ['Number', String(node['value'])]
      case 'BigIntLiteral':
        return ['BigInt', String(BigInt(textAt(node, 'value')))]
      case 'TemplateLiteral': {
        const texts = nodesAt(node, 'quasis').map((item) => (item['value'] as { cooked: string }).cooked)
        return texts.length === 1
          ? ['Text', texts[0]!]
          : ['Template', ['Texts', ...texts], list(nodesAt(node, 'expressions'))]
      }
      case 'TaggedTemplateExpression': {
        const quasi = nodeAt(node, 'quasi')!
        const raw = nodesAt(quasi, 'quasis').map((item) => (item['value'] as { raw: string }).raw)
        return ['Tagged', convert(nodeAt(node, 'tag')!), ['Texts', ...raw], list(nodesAt(quasi, 'expressions'))]
      }
      case 'UnaryExpression':
        if (node['operator'] === 'void' && nodeAt(node, 'argument')!.type === 'NumericLiteral') return ['Undefined']
        return fields(node)
      case 'MemberExpression':
      case 'OptionalMemberExpression':
        return member(node)
      case 'ObjectProperty':
        if (!node['shorthand'] || textAt(nodeAt(node, 'key'), 'name') !== '__proto__') return fields(node)
        return [...fields(node), 'shorthand']
      case 'CallExpression': {
        const inner = named(node)
        if (inner) return convert(inner)
        load(node)
        return fields(node)
      }
      case 'PrivateName':
        return key(node)
      case 'JSXIdentifier':
        if (!isWhole) free.set('JSX', undefined)
        return fields(node)
      case 'MetaProperty':
        if (textAt(nodeAt(node, 'meta'), 'name') === 'import') free.set('import.meta', undefined)
        return ['Meta', textAt(nodeAt(node, 'meta'), 'name')]
      case 'ThisExpression':
      case 'Super':
        if (depth === 0) free.set('this', undefined)
        return [node.type]
      case 'ExportSpecifier': {
        const local = nodeAt(node, 'local')!
        return ['Export', scopes.bindingOf.has(local) ? convert(local) : key(local), key(nodeAt(node, 'exported')!)]
      }
      default: {
        const shields =
          node !== root &&
          (node.type === 'ClassBody' || (isFunctionNode(node) && node.type !== 'ArrowFunctionExpression'))
        if (shields) depth += 1
        const form = fields(node)
        if (shields) depth -= 1
        return form
      }
    }
  }

  const form = convert(root)
  let hash: string | undefined
  return {
    form,
    free,
    loads,
    hash() {
      hash ??= shortHash(form)
      return hash
    },
  }
}
