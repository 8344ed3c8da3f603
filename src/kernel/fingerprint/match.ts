import type { Canonical, Form } from './canonical.ts'
import { nodeAt, type SyntaxNode, textAt } from './syntax.ts'

/** How Babel, esbuild and vite spell the module object behind an import. */
const interop = /^(_[\w$]+|import_[\w$]+|__vi(te_ssr)?_import_\w+__)$/

type List = readonly Form[]
const isList = (form: Form | undefined): form is List => Array.isArray(form)

/** Whether transpiling the source function gives the runtime function. Only references to imports may be spelled differently. */
export function matches(source: Canonical, runtime: Form): boolean {
  const modules = new Map<string, string>()

  function isModule(form: Form | undefined, name: string): boolean {
    const id = freeName(form)
    const from = source.free.get(name)?.from
    if (id === undefined || from === undefined || !interop.test(id)) return false
    const known = modules.get(id) ?? from
    modules.set(id, from)
    return known === from
  }

  /** esbuild numbers variables of enclosing functions that shadow an outer name; they stay unresolved under any name. */
  function isRenamed(name: string, other: string | undefined): boolean {
    const scope = source.free.get(name)?.scope
    return scope?.parent !== undefined && other?.startsWith(name) === true && /^\d+$/.test(other.slice(name.length))
  }

  function isImport(name: string, form: List): boolean {
    const binding = source.free.get(name)
    if (binding?.from === undefined) return false
    const specifier = binding.declaration
    if (specifier.type === 'ImportNamespaceSpecifier') return isModule(form, name)
    const bare = uncalled(form)
    return bare[0] === 'Member' && bare.length === 3 && bare[2] === importedName(specifier) && isModule(bare[1], name)
  }

  /** esbuild writes the values of enums of the same file in place. */
  function isEnumMember(form: List): boolean {
    return form[0] === 'Member' && source.free.get(freeName(form[1]) ?? '')?.kind === 'enum'
  }

  function equal(a: Form | undefined, b: Form | undefined): boolean {
    if (!isList(a) || !isList(b)) return a === b
    const name = freeName(a)
    if (name !== undefined) return freeName(b) === name || isImport(name, b) || isRenamed(name, freeName(b))
    if (isEnumMember(a) && (b[0] === 'Text' || b[0] === 'Number')) return true
    if (isPlace(a) && b[0] === 'Text') return String(b[1]).startsWith('file:')
    if (a[0] === 'Meta' && /^__vi(te_ssr)?_import_meta__$/.test(freeName(b) ?? '')) return true
    return a.length === b.length && a.every((item, index) => equal(item, b[index]))
  }

  return equal(source.form, runtime)
}

/** Free names of a runtime function, imports by the name they were imported under. */
export function freeNames(form: Form, names = new Set<string>()): Set<string> {
  if (!isList(form)) return names
  const name = freeName(form)
  const object = form[0] === 'Member' ? freeName(form[1]) : undefined
  if (name !== undefined) names.add(name)
  else if (object !== undefined && interop.test(object)) names.add(String(form[2]))
  else for (const item of form) freeNames(item, names)
  return names
}

/** `default`, or the name that the other module exports. */
export function importedName(specifier: SyntaxNode): string {
  const imported = nodeAt(specifier, 'imported')
  return imported ? textAt(imported, 'name') || textAt(imported, 'value') : 'default'
}

/** `import.meta.url`, which jiti replaces by its value. */
function isPlace(form: List): boolean {
  return form[0] === 'Member' && form[2] === 'url' && isList(form[1]) && form[1][0] === 'Meta'
}

function freeName(form: Form | undefined): string | undefined {
  return isList(form) && form[0] === 'Free' ? String(form[1]) : undefined
}

/** `x` for `(0, x)`, which transpilers write to call an import without `this`. */
function uncalled(form: List): List {
  const items = form[0] === 'SequenceExpression' ? form[2] : undefined
  const [zero, inner, more] = isList(items) ? items : []
  return isList(zero) && zero[0] === 'Number' && zero[1] === '0' && isList(inner) && more === undefined ? inner : form
}
