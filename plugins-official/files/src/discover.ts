import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import fastGlob from 'fast-glob'
import { isTidegateError, type PartRef, TidegateError, type Workspace } from 'tidegate'
import { assertReadable, markOf, readManifestList, statFile, unreadable } from './file-stat.ts'
import { changed, fingerprintHash, markOfStored, stored } from './place-file.ts'
import { listStored } from './place-list.ts'
import { manifestName } from './publish.ts'

/** `'data/a.csv'`, `'data/*.csv'`, a folder, or a list of these. Relative paths start at the folder of the config file. */
export type Paths = string | readonly string[]

export interface Discovery {
  readonly path: Paths
  /** The folder of the config file. */
  readonly folder: string
  /** Where the files lie instead of the disk: paths are relative to it. */
  readonly in?: Workspace | undefined
  /** File names that count inside a folder, such as `['csv', 'csv.gz']`. */
  readonly extensions: readonly string[]
  readonly known: ReadonlyMap<string, PartRef>
  readonly signal: AbortSignal
}

/**
 * One part per file, ordered by the code points of its path. The id is the path relative to the config's folder, with `/`. The fingerprint is
 * sha256 of the content (32 hex digits), not computed again while size and time of the file stay as they were. In a workspace the id is the path
 * in it.
 */
export async function* discoverFiles(given: Discovery): AsyncIterable<PartRef> {
  if (given.in !== undefined) {
    yield* discoverStored(given, given.in)
    return
  }
  for (const [id, file] of listFiles(given)) {
    given.signal.throwIfAborted()
    const stat = statFile(file, id)
    const mark = markOf(stat)
    const known = given.known.get(id)
    const fingerprint = known?.mark === mark ? known.fingerprint : await hashFile(file, id, given.signal)
    yield { id, fingerprint, mark, bytes: Number(stat.size) }
  }
}

async function* discoverStored(given: Discovery, workspace: Workspace): AsyncIterable<PartRef> {
  const objects = new Map<string, { readonly size: number; readonly mark: string }>()
  for (const path of typeof given.path === 'string' ? [given.path] : given.path)
    for (const object of await listStored(workspace, path, given.extensions))
      objects.set(object.path, { size: object.size, mark: markOfStored(object) })
  for (const [id, { size, mark }] of [...objects].sort(byCodePoint)) {
    given.signal.throwIfAborted()
    const known = given.known.get(id)
    const fingerprint = known?.mark === mark ? known.fingerprint : await hashStored(workspace, id, size, given.signal)
    yield { id, fingerprint, mark, bytes: size }
  }
}

/** What a source reads, for people and lineage: absolute or in its workspace, with the pattern as it was written. */
export function locationOf(folder: string, path: Paths, workspace?: Workspace): string {
  const base = workspace?.location.replace(/\/$/, '')
  return (typeof path === 'string' ? [path] : path)
    .map((one) => (base === undefined ? resolve(folder, one) : `${base}/${one}`))
    .join(', ')
}

/** Where the file of a part lies. */
export function fileOf(folder: string, part: PartRef): string {
  return resolve(folder, part.id)
}

/** Part id to absolute path, in part order. */
function listFiles(given: Discovery): [id: string, file: string][] {
  const files = new Map<string, string>()
  for (const path of typeof given.path === 'string' ? [given.path] : given.path) {
    for (const file of filesOf(path, given)) files.set(relative(given.folder, file).split(sep).join('/'), file)
  }
  return [...files].sort(byCodePoint)
}

function byCodePoint([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function filesOf(path: string, { folder, extensions }: Discovery): string[] {
  const full = resolve(folder, path)
  const stat = attempt(path, () => statSync(full, { throwIfNoEntry: false }))
  if (stat?.isDirectory()) return filesInFolder(full, path, extensions)
  if (stat !== undefined || !fastGlob.isDynamicPattern(path)) {
    statFile(full, path)
    return [full]
  }
  const glob = path.split(sep).join('/')
  const found = attempt(path, () => fastGlob.sync(glob, { cwd: folder, absolute: true, onlyFiles: true }))
  if (found.length > 0) return found
  throw new TidegateError('SOURCE_EMPTY', `The glob "${path}" matches no file in "${folder}"`, {
    hint: 'Check the spelling and the folder: relative globs start at the folder of the config file.',
    data: { path },
  })
}

/** Files whose extension fits, at any depth; names that begin with `.` or `_` are left out. A folder with a manifest holds what that lists. */
function filesInFolder(full: string, path: string, extensions: readonly string[]): string[] {
  const manifest = join(full, manifestName)
  const found = existsSync(manifest)
    ? attempt(path, () => readManifestList(readFileSync(manifest, 'utf8'), `${path}/${manifestName}`)).map((file) =>
        join(full, file),
      )
    : attempt(path, () =>
        fastGlob.sync(`**/*.@(${extensions.join('|')})`, {
          cwd: full,
          absolute: true,
          ignore: ['**/_*', '**/_*/**'],
          caseSensitiveMatch: false,
        }),
      )
  if (found.length > 0 || existsSync(manifest)) return found
  throw new TidegateError(
    'SOURCE_EMPTY',
    `The folder "${path}" holds no file that ends in .${extensions.join(', .')}`,
    {
      hint: 'Name the files with a glob, such as "folder/*.txt".',
      data: { path },
    },
  )
}

/** A folder that may not be looked into is named, wherever that shows. */
function attempt<T>(path: string, look: () => T): T {
  try {
    return look()
  } catch (cause) {
    throw isTidegateError(cause) ? cause : unreadable(path, cause)
  }
}

async function hashFile(file: string, shown: string, signal: AbortSignal): Promise<string> {
  assertReadable(file, shown)
  const hash = fingerprintHash()
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20, signal }))
      hash.update(chunk as Uint8Array)
  } catch (cause) {
    signal.throwIfAborted()
    throw unreadable(shown, cause)
  }
  return hash.finish()
}

const rangeBytes = 4 << 20

async function hashStored(workspace: Workspace, id: string, size: number, signal: AbortSignal): Promise<string> {
  const hash = fingerprintHash()
  for (let offset = 0; offset < size; offset += rangeBytes) {
    signal.throwIfAborted()
    const length = Math.min(rangeBytes, size - offset)
    const bytes = await stored(id, () => workspace.get(id, { offset, length }))
    if (bytes?.length !== length) throw changed(id)
    hash.update(bytes)
  }
  return hash.finish()
}
