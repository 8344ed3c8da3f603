import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Canonical, canonical } from './canonical.ts'
import { isGlobal } from './globals.ts'
import { shortHash } from './hash.ts'
import { freeNames, matches } from './match.ts'
import { canonicalParams } from './params.ts'
import { createProject, type Project } from './project.ts'
import { type IsNode, placeOf, reach } from './reach.ts'
import { createResolver } from './resolve.ts'
import { bindScopes } from './scope.ts'
import { parseFunction, type SyntaxNode } from './syntax.ts'

export interface CodeFingerprint {
  /** 16 hex digits over everything the function's meaning depends on. */
  readonly hash: string
  /** Captured identifiers that could not be resolved; when not empty the caller must treat the code as changed each run. */
  readonly unresolved: readonly string[]
  /** Whether the function stands in the project; otherwise it is a package's, or made at run time. */
  readonly found: boolean
  /** What went into it, for `tidegate plan`: "steps.ts#clean", "package d3-array@3.2.4", "const LIMIT", "params". */
  readonly parts: readonly { readonly name: string; readonly hash: string }[]
}

export interface FingerprintOptions {
  /** Values that reach the function as arguments; functions among them are fingerprinted too. */
  readonly params?: unknown
  /** Which top-level constants are nodes: they count by name. The callback is told the file, so that equal names in other files stay apart. */
  readonly nodeNames?: ReadonlySet<string> | ((identifier: string, file: string) => boolean)
}

export interface CodeIndex {
  fingerprint(fn: CallableFunction, options?: FingerprintOptions): CodeFingerprint
}

/**
 * Fingerprints functions by their source. `entry` is the module that declares the pipeline; the project modules it imports are parsed when
 * first needed. Without an entry only functions that reach nothing but globals are resolved. Files are read once: make a new index per run.
 */
export function createCodeIndex(entry: string | undefined, io: { readFile?(path: string): string } = {}): CodeIndex {
  const resolver = createResolver((path) => io.readFile?.(path) ?? readFileSync(path, 'utf8'))
  const project = createProject(entry === undefined ? undefined : resolve(entry), resolver)
  const known = new Map<unknown, Map<string, CodeFingerprint>>()

  function ofText(text: string, name: string, nodeNames: FingerprintOptions['nodeNames']): CodeFingerprint {
    const cache = known.get(nodeNames) ?? new Map<string, CodeFingerprint>()
    known.set(nodeNames, cache)
    const found = cache.get(text) ?? findCode(project, text, name, isNodeOf(nodeNames))
    cache.set(text, found)
    return found
  }

  function fingerprint(fn: CallableFunction, options: FingerprintOptions = {}): CodeFingerprint {
    const code = ofText(Function.prototype.toString.call(fn), fn.name, options.nodeNames)
    if (options.params === undefined) return code
    const inner: CodeFingerprint[] = []
    const params = canonicalParams(options.params, (item) => {
      const found = ofText(Function.prototype.toString.call(item), item.name, options.nodeNames)
      inner.push(found)
      return ['Function', found.hash]
    })
    const part = { name: 'params', hash: shortHash(params.form) }
    const unresolved = [...code.unresolved, ...params.unresolved, ...inner.flatMap((item) => item.unresolved)]
    return {
      hash: shortHash([code.hash, part.hash]),
      unresolved: [...new Set(unresolved)].sort(),
      found: code.found,
      parts: distinct([...code.parts, ...inner.flatMap((item) => item.parts), part]),
    }
  }

  return { fingerprint }
}

function findCode(project: Project, text: string, name: string, isNode: IsNode): CodeFingerprint {
  const parsed = parseFunction(text)
  if (!parsed) return unreadable(text, name)
  const runtime = canonical(parsed.root, bindScopes(parsed.program), true)
  const found = new Map<string, CodeFingerprint>()
  for (const file of project.files()) {
    for (const root of file.functionsLike(parsed.root)) {
      if (!matches(file.canonical(root), runtime.form)) continue
      const print = fromSource(project, file, root, isNode)
      if (!found.has(print.hash)) found.set(print.hash, print)
    }
  }
  const [only, other] = found.values()
  return only && !other ? only : fromRuntime(runtime, name, other !== undefined)
}

function fromSource(
  project: Project,
  file: Parameters<typeof reach>[1],
  root: SyntaxNode,
  isNode: IsNode,
): CodeFingerprint {
  const { own, parts, unresolved } = reach(project, file, root, isNode)
  const sorted = [...parts].sort(([a], [b]) => (a < b ? -1 : 1))
  const names = [...unresolved].sort()
  return {
    hash: shortHash([own, sorted, names]),
    unresolved: names,
    found: true,
    parts: [{ name: placeOf(project, file, root), hash: own }, ...sorted.map(([part, hash]) => ({ name: part, hash }))],
  }
}

/** The declaring place is unknown, or there are several: what the names mean cannot be known, except for globals. */
function fromRuntime(code: Canonical, name: string, isAmbiguous: boolean): CodeFingerprint {
  const names = new Set([
    ...freeNames(code.form),
    ...[...code.free.keys()].filter((item) => /\W|^this$|^JSX$/.test(item)),
  ])
  if (code.loads.size > 0) names.add('import()')
  const unknown = [...names].filter((item) => !isGlobal(item)).sort()
  const unresolved = unknown.length === 0 && isAmbiguous ? [...names].sort() : unknown
  // The same as for a source function that reaches globals only.
  const own = shortHash([
    code.hash(),
    [...code.free.keys()].map((item) => `${item}: ${isGlobal(item) ? 'global' : 'unresolved'}`).sort(),
    [],
  ])
  return {
    hash: shortHash([own, [], unresolved]),
    unresolved,
    found: false,
    parts: [{ name: name || 'function', hash: own }],
  }
}

function unreadable(text: string, name: string): CodeFingerprint {
  const hash = shortHash(text)
  const reason = /\{\s*\[native code\]\s*\}\s*$/.test(text) ? 'native code' : 'unreadable code'
  return { hash, unresolved: [reason], found: false, parts: [{ name: name || 'function', hash }] }
}

function isNodeOf(nodeNames: FingerprintOptions['nodeNames']): IsNode {
  if (!nodeNames) return () => false
  return typeof nodeNames === 'function' ? nodeNames : (identifier) => nodeNames.has(identifier)
}

function distinct(parts: CodeFingerprint['parts']): CodeFingerprint['parts'] {
  return [...new Map(parts.map((part) => [`${part.name} ${part.hash}`, part])).values()]
}
