import { relative } from 'node:path'
import type { Canonical } from './canonical.ts'
import { isGlobal } from './globals.ts'
import { shortHash } from './hash.ts'
import { importedName } from './match.ts'
import type { Project } from './project.ts'
import type { Binding } from './scope.ts'
import type { SourceFile } from './source-file.ts'
import { nodeAt, nodesAt, type SyntaxNode, textAt } from './syntax.ts'

export type IsNode = (identifier: string, file: string) => boolean

export interface Reach {
  /** Name of the part to its hash. */
  readonly parts: ReadonlyMap<string, string>
  readonly unresolved: ReadonlySet<string>
  /** Hash of the function's own syntax with what each of its names is bound to. */
  readonly own: string
}

/** What a function of a source file depends on: declarations of the same file one by one, other project files as wholes, packages by version. */
export function reach(project: Project, file: SourceFile, root: SyntaxNode, isNode: IsNode): Reach {
  const parts = new Map<string, string>()
  const unresolved = new Set<string>()
  const seen = new Set<Binding>()

  function fail(name: string): string {
    unresolved.add(name)
    return 'unresolved'
  }

  function packagePart(label: string): string {
    parts.set(label, shortHash(label))
    if (label.startsWith('node:process@')) fail('process.env')
    return label
  }

  /** Name and hash of a canonical text together with the targets of its free names. */
  function hashOf(text: Canonical): string {
    const targets = [...text.free].map(([name, binding]) => `${name}: ${target(name, binding)}`)
    const loads = [...text.loads].map((specifier) => `load ${specifier}: ${load(specifier, file.path)}`)
    return shortHash([text.hash(), targets.sort(), loads.sort()])
  }

  function target(name: string, binding: Binding | undefined): string {
    if (!binding) return name === 'import.meta' ? place() : isGlobal(name) ? 'global' : fail(name)
    if (binding.scope !== file.scopes.module) return fail(name)
    if (binding.from !== undefined) return imported(name, binding, binding.from)
    if (isNodeConst(file, binding) && isNode(name, file.path)) return nodePart(name)
    if (binding.written || !isTopLevel(binding)) return fail(name)
    const label = `${binding.kind} ${name}`
    if (seen.has(binding)) return label
    seen.add(binding)
    parts.set(label, shortHash([hashOf(file.canonical(binding.declaration)), touching(binding)]))
    return label
  }

  function touching(binding: Binding): readonly string[] {
    return file.statementsOn(binding).map((statement) => hashOf(file.canonical(statement)))
  }

  /** Only a `const` made by a call can be a node; a helper that shares a node's name is still a helper. */
  function isNodeConst(home: SourceFile, binding: Binding): boolean {
    const init = nodeAt(binding.declaration, 'init')
    return (
      binding.scope === home.scopes.module &&
      binding.kind === 'const' &&
      /^(Call|TaggedTemplate)Expression$/.test(init?.type ?? '')
    )
  }

  function isTopLevel(binding: Binding): boolean {
    return nodesAt(file.program, 'body').some((statement) => {
      const declaration = nodeAt(statement, 'declaration') ?? statement
      return declaration === binding.declaration || nodesAt(declaration, 'declarations').includes(binding.declaration)
    })
  }

  function nodePart(name: string): string {
    parts.set(`node ${name}`, shortHash(name))
    return `node ${name}`
  }

  /** Where the module lies is a value that it can read. */
  function place(): string {
    parts.set('import.meta', shortHash(file.path))
    return 'import.meta'
  }

  function imported(name: string, binding: Binding, from: string): string {
    const specifier = binding.declaration
    const wanted = specifier.type === 'ImportNamespaceSpecifier' ? '*' : importedName(specifier)
    const found = project.resolver.resolve(from, file.path)
    if (!found) return fail(name)
    if (found.kind === 'package') return `${wanted} of ${packagePart(found.label)} as ${from}`
    const other = found.paths.length === 1 ? project.load(found.paths[0]!) : undefined
    const theirs = other?.scopes.module.names.get(wanted)
    if (other && theirs && isNodeConst(other, theirs) && isNode(wanted, other.path)) return nodePart(wanted)
    const changed = touching(binding)
    return `${wanted} of ${found.paths.map(modulePart)} ${changed}`
  }

  function load(specifier: string, from: string): string {
    const found = project.resolver.resolve(specifier, from)
    if (!found) return fail(specifier)
    return found.kind === 'package' ? packagePart(found.label) : found.paths.map(modulePart).join()
  }

  function modulePart(path: string): string {
    const label = relative(project.folder, path).replaceAll('\\', '/')
    if (parts.has(label)) return label
    const module = project.load(path)
    if (!module) {
      // Not a script: data counts by its content. A script that cannot be parsed could import anything.
      parts.set(label, shortHash(contentOf(path, project.resolver.read(path) ?? '')))
      if (/\.[cm]?[jt]sx?$/.test(path)) fail(label)
      return label
    }
    const text = module.canonical(module.program)
    parts.set(label, text.hash())
    for (const name of text.free.keys()) {
      if (name === 'import.meta') parts.set(`import.meta of ${label}`, shortHash(path))
      else if (!isGlobal(name) && !isModuleName(name)) fail(name)
    }
    for (const { from, used } of module.imports) {
      if (used || isProjectModule(from, path)) load(from, path)
    }
    for (const specifier of text.loads) load(specifier, path)
    return label
  }

  /** An import used for types only still runs a project module, unless that has nothing but types. */
  function isProjectModule(specifier: string, from: string): boolean {
    const found = project.resolver.resolve(specifier, from)
    return (
      found?.kind === 'module' &&
      found.paths.some((path) => nodesAt(project.load(path)?.program ?? file.program, 'body').length > 0)
    )
  }

  return { own: hashOf(file.canonical(root)), parts, unresolved }
}

/** Names that every CommonJS module has. */
function isModuleName(name: string): boolean {
  return name === 'module' || name === 'exports' || name === 'require' || name === 'this'
}

function contentOf(path: string, text: string): string {
  try {
    return path.endsWith('.json') ? JSON.stringify(JSON.parse(text)) : text
  } catch {
    return text // Whoever reads it reports the fault; here it only has to count as changed when it changes.
  }
}

/** `steps.ts#clean`: where a function is declared, for people. */
export function placeOf(project: Project, file: SourceFile, root: SyntaxNode): string {
  return `${relative(project.folder, file.path).replaceAll('\\', '/')}#${textAt(nodeAt(root, 'id'), 'name') || file.labelOf(root)}`
}
