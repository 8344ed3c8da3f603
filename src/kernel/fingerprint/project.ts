import { dirname } from 'node:path'
import type { Resolver } from './resolve.ts'
import { parseSourceFile, type SourceFile } from './source-file.ts'

export interface Project {
  readonly folder: string
  readonly resolver: Resolver
  /** The parsed module, or nothing if it is no script or cannot be parsed. */
  load(path: string): SourceFile | undefined
  /** The entry and every project module reachable from it. */
  files(): readonly SourceFile[]
}

export function createProject(entry: string | undefined, resolver: Resolver): Project {
  const loaded = new Map<string, SourceFile | undefined>()
  let reachable: readonly SourceFile[] | undefined

  function load(path: string): SourceFile | undefined {
    if (loaded.has(path)) return loaded.get(path)
    loaded.set(path, parse(path))
    return loaded.get(path)
  }

  function parse(path: string): SourceFile | undefined {
    const text = /\.[cm]?[jt]sx?$/.test(path) ? resolver.read(path) : undefined
    try {
      return text === undefined ? undefined : parseSourceFile(path, text)
    } catch {
      return undefined // Its functions match nothing and so count as changed; loading the config reports the syntax error.
    }
  }

  function findFiles(): readonly SourceFile[] {
    const paths = new Set(entry === undefined ? [] : [entry])
    const files: SourceFile[] = []
    for (const path of paths) {
      const file = load(path) // The set grows while it is walked.
      if (!file) continue
      files.push(file)
      for (const specifier of [...file.imports.map(({ from }) => from), ...file.loads]) {
        const target = resolver.resolve(specifier, path)
        if (target?.kind === 'module') for (const next of target.paths) paths.add(next)
      }
    }
    return files
  }

  return {
    folder: entry === undefined ? '' : dirname(entry),
    resolver,
    load,
    files() {
      reachable ??= findFiles()
      return reachable
    },
  }
}
