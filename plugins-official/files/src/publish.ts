import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
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
  type Workspace,
} from 'tidegate'
import { diskShelf, type Shelf, workspaceShelf } from './place-shelf.ts'

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
  /** Where it goes instead of the disk: `path` is relative to it. */
  readonly in?: Workspace | undefined
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
  const single = extname(layout.path) !== ''
  const full = layout.in === undefined ? resolve(layout.place.folder, layout.path) : posix.normalize(layout.path)
  const root = single ? (layout.in === undefined ? dirname(full) : posix.dirname(full)) : full
  const shelf = layout.in === undefined ? diskShelf(root) : workspaceShelf(layout.in, root)
  const name = basename(full)
  return {
    publish: 'atomic',
    location: layout.in === undefined ? layout.path : `${layout.in.location.replace(/\/$/, '')}/${full}`,
    async commit(publication) {
      try {
        const { snapshot } = publication
        const state: State = single
          ? await publishFile(shelf, name, publication, layout.write)
          : { snapshot, files: await publishFolder(shelf, publication, layout) }
        return published(layout, root, state, publication.rows)
      } catch (cause) {
        if (isTidegateError(cause) || publication.signal.aborted) throw cause
        throw failed(layout.path, cause)
      }
    },
    async intact(snapshot, previous) {
      const state = previous as unknown as State | undefined
      if (state?.snapshot !== snapshot) return false
      if (single) {
        const [facts] = await shelf.facts([name])
        return state.mark !== undefined && facts?.mark === state.mark
      }
      if ((await readManifest(shelf))?.snapshot !== snapshot) return false
      const facts = await shelf.facts(state.files.map(({ file }) => file))
      return state.files.every(({ bytes }, i) => facts[i]?.bytes === bytes)
    },
  }
}

async function publishFile(shelf: Shelf, name: string, publication: Publication, write: FileWriter): Promise<State> {
  const { snapshot, rows, signal } = publication
  const { bytes, mark } = await shelf.replace(name, digest(snapshot), signal, (file) =>
    write(file, publication.batches(), publication),
  )
  return { snapshot, files: [{ file: name, rows, bytes }], mark }
}

async function publishFolder(shelf: Shelf, publication: Publication, layout: Layout): Promise<Entry[]> {
  const { extension, write, divide } = layout
  const { signal } = publication
  const tag = digest(publication.snapshot)
  const before = await readManifest(shelf)
  const listed = before?.files ?? []
  const facts = await shelf.facts(listed.map(({ file }) => file))
  const intact = new Map(listed.filter(({ bytes }, i) => facts[i]?.bytes === bytes).map((entry) => [entry.file, entry]))
  const files: Entry[] = []
  for (const part of publication.parts) {
    signal.throwIfAborted()
    // The part is in the name as well: two parts of equal content are two files.
    const file = `${nameOf(part.id, part.key)}.${extension}`
    if (divide !== undefined) {
      const pieces = listed.filter((entry) => posix.basename(entry.file) === file)
      const kept = pieces.length > 0 && pieces.every((piece) => intact.has(piece.file))
      files.push(...(kept ? pieces : await publishPieces(shelf, file, part, publication, divide)))
      continue
    }
    const kept = intact.get(file)
    if (kept !== undefined) files.push(kept)
    else {
      const { bytes } = await shelf.replace(file, tag, signal, (temporary) =>
        write(temporary, part.batches(), publication),
      )
      files.push({ file, rows: part.rows, bytes, key: part.key })
    }
  }
  // A reader of the snapshot before may still be at work: files that only it names go when the next snapshot is published.
  const named = new Set(files.map((entry) => entry.file))
  const again = before?.snapshot === publication.snapshot
  const superseded = again ? before.superseded : listed.map((entry) => entry.file).filter((file) => !named.has(file))
  const { pipeline, node, snapshot, schema, rows } = publication
  const manifest: Manifest = { version: 1, pipeline, node, snapshot, rows, schema, files, superseded }
  await shelf.replace(manifestName, tag, signal, (temporary) =>
    writeFile(temporary, JSON.stringify(manifest, undefined, 2)),
  )
  const old = (before?.superseded ?? []).filter((file) => !named.has(file) && !superseded.includes(file))
  await Promise.all(old.map((file) => shelf.remove(file)))
  return files
}

async function publishPieces(
  shelf: Shelf,
  file: string,
  part: PublishedPart,
  publication: Publication,
  divide: NonNullable<Layout['divide']>,
): Promise<Entry[]> {
  const files: Entry[] = []
  for await (const piece of divide(part, publication)) {
    const path = `${piece.folder}/${file}`
    const { bytes } = await shelf.replace(path, digest(publication.snapshot), publication.signal, piece.write)
    files.push({ file: path, rows: piece.rows, bytes, key: part.key })
  }
  return files
}

async function readManifest(shelf: Shelf): Promise<Manifest | undefined> {
  try {
    const text = await shelf.text(manifestName)
    return text === undefined ? undefined : (JSON.parse(text) as Manifest)
  } catch (cause) {
    // Missing or damaged: everything is written anew, which is always right.
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
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

function published(layout: Layout, root: string, state: State, rows: number): Published {
  const shown = (file: string) =>
    layout.in === undefined
      ? relative(layout.place.folder, join(root, file)).split(sep).join('/')
      : posix.join(root, file)
  const files = state.files.map(({ file }) => shown(file))
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
