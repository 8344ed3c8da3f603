import type { Dirent, Stats } from 'node:fs'
import { posix } from 'node:path'
import fastGlob from 'fast-glob'
import { type StoredObject, TidegateError, type Workspace } from 'tidegate'
import { notFound, readManifestList } from './file-stat.ts'
import { stored } from './place-file.ts'
import { manifestName } from './publish.ts'

/** Paths are matched under a folder of this name, which exists nowhere. */
const root = '/workspace'

/**
 * The objects of a workspace that a file, a folder or a glob names; globs mean what they mean on disk. Only what lies under the fixed beginning of
 * the path is listed.
 * @throws `SOURCE_EMPTY`, `SOURCE_NOT_FOUND`, `SOURCE_CORRUPT` (manifest), `CONFIG_INVALID` for a path that leaves the workspace.
 */
export async function listStored(
  workspace: Workspace,
  path: string,
  extensions: readonly string[],
): Promise<readonly StoredObject[]> {
  const normal = posix.normalize(path).replace(/\/$/, '')
  if (posix.isAbsolute(normal) || normal === '..' || normal.startsWith('../')) {
    throw new TidegateError('CONFIG_INVALID', `"${path}" is no path of a workspace`, {
      hint: 'Paths are relative to the workspace and do not leave it.',
      data: { path },
    })
  }
  const dynamic = fastGlob.isDynamicPattern(normal)
  const objects = await listUnder(workspace, dynamic ? fixedFolder(normal) : parentOf(normal), path)
  const exact = objects.find((object) => object.path === normal)
  if (exact !== undefined) return [exact]
  if (dynamic) {
    const found = matching(objects, normal)
    if (found.length > 0) return found
    throw empty(
      `The glob "${path}" matches no file in ${workspace.location}`,
      path,
      'Check the spelling: globs start at the root of the workspace.',
    )
  }
  const folder = normal === '.' ? '' : `${normal}/`
  const inside = folder === '' ? objects : objects.filter((object) => object.path.startsWith(folder))
  if (inside.length === 0) throw notFound(path, path, workspace.location)
  const manifest = inside.find((object) => object.path === `${folder}${manifestName}`)
  if (manifest !== undefined) {
    const bytes = await stored(path, () => workspace.get(manifest.path))
    const named = readManifestList(Buffer.from(bytes ?? []).toString(), `${path}/${manifestName}`)
    const byPath = new Map(inside.map((object) => [object.path, object]))
    return named.map((file) => {
      const object = byPath.get(`${folder}${file}`)
      if (object === undefined) throw notFound(`${folder}${file}`, `${folder}${file}`, workspace.location)
      return object
    })
  }
  const found = matching(inside, `**/*.@(${extensions.join('|')})`, folder)
  if (found.length > 0) return found
  throw empty(
    `The folder "${path}" in ${workspace.location} holds no file that ends in .${extensions.join(', .')}`,
    path,
    'Name the files with a glob, such as "folder/*.txt".',
  )
}

async function listUnder(workspace: Workspace, prefix: string, shown: string): Promise<StoredObject[]> {
  return stored(shown, async () => {
    const found: StoredObject[] = []
    for await (const object of workspace.list(prefix)) found.push(object)
    return found
  })
}

function parentOf(path: string): string {
  const folder = posix.dirname(path)
  return folder === '.' ? '' : `${folder}/`
}

/** The folders of a glob before the first special character. */
function fixedFolder(pattern: string): string {
  const names = pattern.split('/')
  const at = names.findIndex((name) => fastGlob.isDynamicPattern(name) || name.includes('\\'))
  return at <= 0 ? '' : `${names.slice(0, at).join('/')}/`
}

/** The objects that a glob matches, by the same matcher as on disk: it walks a tree made of the listing. `inside`: as a folder is looked through. */
function matching(objects: readonly StoredObject[], pattern: string, inside?: string): readonly StoredObject[] {
  const folders = new Map<string, Map<string, boolean>>([[root, new Map()]])
  const byPath = new Map<string, StoredObject>()
  for (const object of objects) {
    byPath.set(posix.join(root, object.path), object)
    let folder = root
    const names = object.path.split('/')
    for (const [i, name] of names.entries()) {
      const last = i === names.length - 1
      const entries = folders.get(folder) as Map<string, boolean>
      entries.set(name, entries.get(name) === true || !last)
      folder = posix.join(folder, name)
      if (!last && !folders.has(folder)) folders.set(folder, new Map())
    }
  }
  const kind = (isFolder: boolean) => ({
    isDirectory: () => isFolder,
    isFile: () => !isFolder,
    isSymbolicLink: () => false,
  })
  const factsOf = (given: string): Stats => {
    const path = posix.normalize(given).replace(/(.)\/$/, '$1')
    if (!folders.has(path) && !byPath.has(path)) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' })
    return kind(folders.has(path)) as Stats
  }
  const found = fastGlob.sync(pattern, {
    cwd: posix.join(root, inside ?? ''),
    absolute: true,
    onlyFiles: true,
    ...(inside === undefined ? {} : { ignore: ['**/_*', '**/_*/**'], caseSensitiveMatch: false }),
    fs: {
      statSync: factsOf as never,
      lstatSync: factsOf as never,
      readdirSync: ((path: string) => {
        const entries = folders.get(posix.normalize(path).replace(/(.)\/$/, '$1'))
        if (entries === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' })
        return [...entries].map(([name, isFolder]) => ({ name, ...kind(isFolder) }) as unknown as Dirent)
      }) as never,
    },
  })
  return found.flatMap((path) => byPath.get(path) ?? [])
}

function empty(message: string, path: string, hint: string): TidegateError {
  return new TidegateError('SOURCE_EMPTY', message, { hint, data: { path } })
}
