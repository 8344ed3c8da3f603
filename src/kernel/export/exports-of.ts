import { readFileSync } from 'node:fs'
import { basename, dirname, extname, relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { importModule, importPackage, type Module } from '../config/import-module.ts'
import { createCodeIndex } from '../fingerprint/code.ts'
import { createProject } from '../fingerprint/project.ts'
import { createResolver } from '../fingerprint/resolve.ts'

/** The exports of all modules and packages that a config imports, by value. */
export interface Exports {
  /** `./steps.ts#clean`, `package#export`; undefined for what has no such name. */
  refOf(value: unknown): string | undefined
  /** Exported functions with their names. */
  readonly functions: readonly { readonly ref: string; readonly name: string; readonly value: CallableFunction }[]
}

/** `file` is the config: a module, whose imports are followed, or a document, whose references are. */
export async function exportsOf(file: string | undefined, folder: string): Promise<Exports> {
  const { files, packages } = file === undefined ? { files: [], packages: [] } : importsOf(file)
  const refs = new Map<unknown, string>()
  const functions: { ref: string; name: string; value: CallableFunction }[] = []
  const add = (from: string, module: Module) => {
    for (const [name, value] of Object.entries(module)) {
      if (name === 'default' || value === null || (typeof value !== 'object' && typeof value !== 'function')) continue
      const ref = `${from}#${name}`
      if (!refs.has(value)) refs.set(value, ref)
      if (typeof value === 'function' && !functions.some((known) => known.value === value))
        functions.push({ ref, name, value: value as CallableFunction })
    }
  }
  for (const path of files) {
    const short = relative(folder, path).split(sep).join('/')
    const from = short.startsWith('../') ? short : `./${short}`
    for (const module of await instancesOf(path)) add(from, module)
  }
  for (const name of packages) add(name, await importPackage(name, folder).catch(() => ({})))
  const code = createCodeIndex(file !== undefined && isModule(file) ? file : undefined)
  return {
    functions,
    refOf(value) {
      const known = refs.get(value)
      if (known !== undefined || typeof value !== 'function') return known
      return byText(value as CallableFunction)
    },
  }

  /** Where a loader gave the config instances of its own: the one export with the same code, if the code stands in one place and captures nothing. */
  function byText(value: CallableFunction): string | undefined {
    const text = String(value)
    const same = new Set(functions.filter((other) => String(other.value) === text).map(({ ref }) => ref))
    const [ref, other] = same
    if (ref === undefined || other !== undefined) return undefined
    const { found, unresolved } = code.fingerprint(value)
    return found && unresolved.length === 0 ? ref : undefined
  }
}

function isModule(file: string): boolean {
  return /^\.[cm]?[jt]s$/.test(extname(file))
}

function importsOf(file: string): { readonly files: readonly string[]; readonly packages: readonly string[] } {
  if (!isModule(file)) return namedIn(file)
  const resolver = createResolver((path) => readFileSync(path, 'utf8'))
  const project = createProject(file, resolver)
  const packages = new Set<string>()
  const files: string[] = []
  for (const source of project.files()) {
    files.push(source.path)
    for (const { from } of source.imports)
      if (!from.startsWith('.') && !from.startsWith('node:') && resolver.resolve(from, source.path)?.kind === 'package')
        packages.add(from)
  }
  return { files, packages: [...packages] }
}

/** What a YAML or JSON config refers to. */
function namedIn(file: string): { readonly files: readonly string[]; readonly packages: readonly string[] } {
  const named = [...readFileSync(file, 'utf8').matchAll(/["' ]((?:\.{1,2}\/|@?[\w-]+)[\w./-]*)#[\w$.]+/g)].map(
    ([, from]) => from as string,
  )
  const unique = [...new Set(named)]
  return {
    files: unique.filter((from) => from.startsWith('.')).map((from) => resolve(dirname(file), from)),
    packages: unique.filter((from) => !from.startsWith('.')),
  }
}

/** As the config itself imports it, and as a document does: loaders may keep two instances. */
async function instancesOf(path: string): Promise<readonly Module[]> {
  const plain = import(/* @vite-ignore */ pathToFileURL(path).href) as Promise<Module>
  plain.catch(() => undefined) // Node alone reads no TypeScript before version 22.
  const found = basename(path).includes('.config.')
    ? [await importModule(path).catch(() => undefined)]
    : [await plain.catch(() => undefined), await importModule(path).catch(() => undefined)]
  return found.filter((module) => module !== undefined)
}
