import { createHash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { type FileHandle, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join, posix, relative, resolve, sep } from 'node:path'
import {
  type Batch,
  isTidegateError,
  type Json,
  type Place,
  type Publication,
  type Published,
  type PublishedPart,
  type TableSchema,
  type Target,
  TidegateError,
} from 'tidegate'

/** Written last into a published folder: it names the files that belong to it. Readers of folders honour it. */
export const manifestName = '_manifest.json'

/** Writes the batches into a new file at `file`; what it throws means that nothing was published. */
export type FileWriter = (file: string, batches: AsyncIterable<Batch>, publication: Publication) => Promise<void>

interface Entry {
  readonly file: string
  readonly rows: number
  readonly bytes: number
  readonly key?: string
}

interface Manifest {
  readonly version: 1
  readonly pipeline: string
  readonly node: string
  readonly snapshot: string
  readonly rows: number
  readonly schema: TableSchema
  readonly files: readonly Entry[]
  /** Files of the snapshot before that this one no longer names. */
  readonly superseded: readonly string[]
}

interface State {
  readonly snapshot: string
  readonly files: readonly Entry[]
  /** Of a target that is one file: which file it was, since another of the same size may take its place. */
  readonly mark?: string
}

interface Layout {
  /** As the user wrote it. */
  readonly path: string
  readonly place: Pick<Place, 'folder'>
  /** Extension of the files in a folder, without dot. */
  readonly extension: string
  readonly write: FileWriter
  /** Several files for a part, each in a folder of its own; default: one file a part. */
  readonly divide?: (part: PublishedPart, publication: Publication) => AsyncIterable<PieceOfPart>
}

/** One file of a part that is divided. `folder` is relative to the published folder, such as `origin=ATL`. */
export interface PieceOfPart {
  readonly folder: string
  readonly rows: number
  readonly write: (file: string) => Promise<void>
}

/**
 * A target made of files. A path with a file extension is one file, replaced by rename; otherwise it is a folder of immutable files named for their
 * content, one per part, and a manifest written last. What readers see changes at once; files of the snapshot before stay until the next one.
 */
export function createFileTarget(layout: Layout): Target {
  const full = resolve(layout.place.folder, layout.path)
  const single = extname(layout.path) !== ''
  const root = single ? dirname(full) : full
  return {
    publish: 'atomic',
    location: layout.path,
    async commit(publication) {
      try {
        const { snapshot } = publication
        const state: State = single
          ? await publishFile(full, publication, layout.write)
          : { snapshot, files: await publishFolder(full, publication, layout) }
        return published(layout, root, state, publication.rows)
      } catch (cause) {
        if (isTidegateError(cause) || publication.signal.aborted) throw cause
        throw failed(layout.path, cause)
      }
    },
    async intact(snapshot, previous) {
      const state = previous as unknown as State | undefined
      if (state?.snapshot !== snapshot) return false
      if (single) return state.mark !== undefined && (await markOf(full)) === state.mark
      if ((await readManifest(full))?.snapshot !== snapshot) return false
      for (const { file, bytes } of state.files) if ((await sizeOf(join(root, file))) !== bytes) return false
      return true
    },
  }
}

async function publishFile(full: string, publication: Publication, write: FileWriter): Promise<State> {
  await mkdir(dirname(full), { recursive: true })
  const { snapshot, rows, signal } = publication
  const { bytes, mark } = await replaceFile(full, snapshot, signal, (file) =>
    write(file, publication.batches(), publication),
  )
  return { snapshot, files: [{ file: basename(full), rows, bytes }], mark }
}

async function publishFolder(
  folder: string,
  publication: Publication,
  { extension, write, divide }: Layout,
): Promise<Entry[]> {
  await mkdir(folder, { recursive: true })
  const before = await readManifest(folder)
  const files: Entry[] = []
  for (const part of publication.parts) {
    publication.signal.throwIfAborted()
    // The part is in the name as well: two parts of equal content are two files.
    const file = `${nameOf(part.id, part.key)}.${extension}`
    if (divide !== undefined) {
      files.push(
        ...((await keptPieces(folder, file, before)) ?? (await publishPieces(folder, file, part, publication, divide))),
      )
      continue
    }
    const kept = before?.files.find((entry) => entry.file === file)
    const full = join(folder, file)
    if (kept !== undefined && (await sizeOf(full)) === kept.bytes) files.push(kept)
    else
      files.push({
        file,
        rows: part.rows,
        bytes: (
          await replaceFile(full, publication.snapshot, publication.signal, (temporary) =>
            write(temporary, part.batches(), publication),
          )
        ).bytes,
        key: part.key,
      })
  }
  // A reader of the snapshot before may still be at work: files that only it names go when the next snapshot is published.
  const named = new Set(files.map((entry) => entry.file))
  const again = before?.snapshot === publication.snapshot
  const superseded = again
    ? before.superseded
    : (before?.files ?? []).map((entry) => entry.file).filter((file) => !named.has(file))
  const { pipeline, node, snapshot, schema, rows } = publication
  const manifest: Manifest = { version: 1, pipeline, node, snapshot, rows, schema, files, superseded }
  await replaceFile(join(folder, manifestName), snapshot, publication.signal, (temporary) =>
    writeFile(temporary, JSON.stringify(manifest, undefined, 2)),
  )
  const old = (before?.superseded ?? []).filter((file) => !named.has(file) && !superseded.includes(file))
  await Promise.all(old.map((file) => rm(join(folder, file), { force: true })))
  return files
}

/** All pieces of a part that was published before, when every one is still there. */
async function keptPieces(folder: string, file: string, before: Manifest | undefined): Promise<Entry[] | undefined> {
  const pieces = (before?.files ?? []).filter((entry) => posix.basename(entry.file) === file)
  if (pieces.length === 0) return undefined
  for (const piece of pieces) if ((await sizeOf(join(folder, piece.file))) !== piece.bytes) return undefined
  return pieces
}

async function publishPieces(
  folder: string,
  file: string,
  part: PublishedPart,
  publication: Publication,
  divide: NonNullable<Layout['divide']>,
): Promise<Entry[]> {
  const files: Entry[] = []
  for await (const piece of divide(part, publication)) {
    const full = join(folder, piece.folder, file)
    await mkdir(dirname(full), { recursive: true })
    const { bytes } = await replaceFile(full, publication.snapshot, publication.signal, piece.write)
    files.push({ file: `${piece.folder}/${file}`, rows: piece.rows, bytes, key: part.key })
  }
  return files
}

/** Writes beside the file, makes it durable and renames it into place, unless the signal was aborted meanwhile. Returns its size in bytes and its mark. */
async function replaceFile(
  full: string,
  tag: string,
  signal: AbortSignal,
  write: (temporary: string) => Promise<void>,
): Promise<{ readonly bytes: number; readonly mark: string }> {
  const temporary = join(dirname(full), `.${basename(full)}.${digest(tag)}.tmp`)
  try {
    await rm(temporary, { force: true })
    await write(temporary)
    await synced(temporary)
    const stats = await stat(temporary, { bigint: true })
    signal.throwIfAborted()
    await rename(temporary, full)
    await synced(dirname(full))
    return { bytes: Number(stats.size), mark: markFrom(stats) }
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw cause
  }
}

/** What tells a file from any other that takes its place, and stays when it is renamed: size, time of the last change in nanoseconds, inode. */
function markFrom({ size, mtimeNs, ino }: BigIntStats): string {
  return `${size}-${mtimeNs}-${ino}`
}

async function markOf(path: string): Promise<string | undefined> {
  return stat(path, { bigint: true }).then(markFrom, () => undefined)
}

/** fsync of a file or folder; some systems do not offer it for folders. */
async function synced(path: string): Promise<void> {
  let handle: FileHandle | undefined
  try {
    handle = await open(path, 'r')
    await handle.sync()
  } catch (cause) {
    if (!['EISDIR', 'EPERM', 'EINVAL'].includes(String((cause as NodeJS.ErrnoException).code))) throw cause
  } finally {
    await handle?.close()
  }
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, manifestName), 'utf8')) as Manifest
  } catch {
    // Missing or damaged: everything is written anew, which is always right.
    return undefined
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  )
}

/** `2026-01-events-1f0c9a...`: what people recognise of the part, and what makes the name its own. */
function nameOf(id: string, key: string): string {
  const readable = basename(id)
    .replace(/\.[^.]*$/, '')
    .replace(/[^\w-]+/g, '-')
    .replace(/^[-_]+/, '')
    .slice(0, 40)
  return `${readable}${readable === '' ? '' : '-'}${digest(`${id}\n${key}`)}`
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function published({ place }: Layout, root: string, state: State, rows: number): Published {
  const files = state.files.map(({ file }) => relative(place.folder, join(root, file)).split(sep).join('/'))
  const bytes = state.files.reduce((sum, file) => sum + file.bytes, 0)
  return { rows, bytes, files, state: state as unknown as Json }
}

function failed(path: string, cause: unknown): TidegateError {
  const full = (cause as NodeJS.ErrnoException).code === 'ENOSPC'
  return new TidegateError(
    'TARGET_FAILED',
    `"${path}" could not be published: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      hint: full
        ? 'The disk is full: free space and run again; what was published before is still there.'
        : 'What was published before is still there; check the folder and run again.',
      data: { path },
      cause,
    },
  )
}
