import { builtinModules } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export type Target =
  /** More than one path where the loaders disagree (`x.js` beside `x.ts`): then all of them count. */
  { readonly kind: 'module'; readonly paths: readonly string[] } | { readonly kind: 'package'; readonly label: string }

export interface Resolver {
  /** The text of a file, or nothing if it cannot be read. */
  read(path: string): string | undefined
  resolve(specifier: string, from: string): Target | undefined
}

const builtins = new Set(builtinModules)
const extensions = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json']
const sourceOf: Readonly<Record<string, readonly string[]>> = {
  js: ['ts', 'tsx'],
  jsx: ['tsx'],
  mjs: ['mts'],
  cjs: ['cts'],
}

export function createResolver(readFile: (path: string) => string): Resolver {
  const texts = new Map<string, string | undefined>()
  const versions = new Map<string, string | undefined>()

  function read(path: string): string | undefined {
    if (!texts.has(path)) {
      try {
        texts.set(path, readFile(path))
      } catch {
        texts.set(path, undefined) // Absent or a directory: the caller goes on looking or names it as unresolved.
      }
    }
    return texts.get(path)
  }

  function moduleAt(path: string): Target | undefined {
    const script = /^(.*)\.([cm]?jsx?)$/.exec(path)
    const swapped = (sourceOf[script?.[2] ?? ''] ?? []).map((extension) => `${script?.[1]}.${extension}`)
    const found = (paths: readonly string[]) => paths.filter((item) => read(item) !== undefined)
    const exact = found([path, ...swapped, ...extensions.map((extension) => path + extension)])
    const paths = exact.length > 0 ? exact : found(extensions.map((extension) => join(path, `index${extension}`)))
    return paths.length > 0 ? { kind: 'module', paths } : undefined
  }

  /** `name@version` of the nearest installed package, or of the package that the file itself belongs to. */
  function packageOf(name: string, from: string): string | undefined {
    for (let folder = dirname(from), last = ''; folder !== last; last = folder, folder = dirname(folder)) {
      const place = `${folder}\0${name}`
      if (!versions.has(place)) {
        const installed = manifest(join(folder, 'node_modules', name, 'package.json'))
        const own = installed ?? manifest(join(folder, 'package.json'))
        const fits = own !== undefined && (installed !== undefined || own.name === name)
        versions.set(place, fits ? own.version : undefined)
      }
      const version = versions.get(place)
      if (version !== undefined) return `${name}@${version}`
    }
    return undefined
  }

  function manifest(path: string): { name: unknown; version: string } | undefined {
    const text = read(path)
    if (text === undefined) return undefined
    try {
      const { name, version } = JSON.parse(text) as { name?: unknown; version?: unknown }
      return typeof version === 'string' ? { name, version } : undefined
    } catch {
      return undefined // A broken manifest has no version; the import stays unresolved.
    }
  }

  return {
    read,
    resolve(specifier, from) {
      const plain = specifier.replace(/[?#].*$/, '') || specifier
      if (/^\.{1,2}(\/|$)/.test(plain)) return moduleAt(resolve(dirname(from), plain))
      if (plain.startsWith('/')) return moduleAt(plain)
      if (plain.startsWith('file:')) return moduleAt(fileURLToPath(plain))
      const builtin = plain.replace(/^node:/, '')
      if (plain.startsWith('node:') || builtins.has(builtin)) {
        return { kind: 'package', label: `node:${builtin}@${process.versions.node.split('.')[0]}` }
      }
      const name = /^(@[^/]+\/[^/]+|[^@/.#:][^/:]*)(\/|$)/.exec(plain)?.[1]
      const label = name === undefined ? undefined : packageOf(name, from)
      return label === undefined ? undefined : { kind: 'package', label: `package ${label}` }
    },
  }
}
