import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Where a plugin's code comes from. */
export type Origin =
  | { readonly from: 'built in' }
  | { readonly from: 'package'; readonly name: string; readonly version: string }
  /** A file of the project, relative to the folder of the config. */
  | { readonly from: 'file'; readonly path: string }
  | { readonly from: 'unknown' }

/** The package whose folder a file lies in, or the file itself when that is the project's own. */
export function originOf(file: string | undefined, folder: string): Origin {
  if (file === undefined) return { from: 'unknown' }
  const path = file.replace(/[?#].*$/, '')
  const found = packageOf(dirname(path))
  if (found?.name === 'tidegate') return { from: 'built in' }
  const own = found === undefined || folder === found.folder || folder.startsWith(join(found.folder, '/'))
  return own
    ? { from: 'file', path: relative(folder, path) }
    : { from: 'package', name: found.name, version: found.version }
}

function packageOf(
  start: string,
): { readonly folder: string; readonly name: string; readonly version: string } | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const content = manifest(folder)
    if (content !== undefined) return { folder, ...content }
    if (folder === dirname(folder)) return undefined
  }
}

/** A manifest without a name (`{ "type": "module" }` in a build folder) marks no package. */
function manifest(folder: string): { readonly name: string; readonly version: string } | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      readonly name?: string
      readonly version?: string
    }
    return name === undefined ? undefined : { name, version: version ?? '' }
  } catch {
    return undefined
  }
}
