import { createHash } from 'node:crypto'
import { constants, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { posix } from 'node:path'
import { isTidegateError, type PartRef, type StoredObject, TidegateError, type Workspace } from 'tidegate'
import { markOf, notFound, statFile, unreadable } from './file-stat.ts'

/** Where files lie: paths are relative to a folder of the disk or to a workspace. */
export interface FilePlace {
  readonly folder: string
  readonly in?: Workspace | undefined
}

/** A file that is being read. */
export interface ByteFile {
  readonly size: number
  /** The bytes from `offset`, as many as the buffer takes or there are; they need not be in the buffer. */
  read(offset: number, buffer: Uint8Array): Promise<Uint8Array>
  /** @throws `SOURCE_CHANGED` when the file is not the one that was opened. */
  assertUnchanged(): Promise<void>
  close(): Promise<void>
}

/** Size and time of the last change of an object, which stand for its content while they stay. */
export function markOfStored({ size, modified }: Pick<StoredObject, 'size' | 'modified'>): string {
  return `${size}:${modified}`
}

/**
 * Opens the file of a part, on disk at `file`, in a workspace at the id of the part.
 * @throws `SOURCE_CHANGED` when it is not the file that was discovered; `SOURCE_NOT_FOUND`, `SOURCE_UNREADABLE`.
 */
export async function openPart(file: string, part: PartRef, workspace?: Workspace): Promise<ByteFile> {
  if (workspace === undefined) return openDisk(file, part, (stat) => markOf(stat))
  const local = workspace.localPath?.(part.id)
  return local === undefined
    ? openStored(part, workspace)
    : openDisk(local, part, ({ size, mtimeNs, mtimeMs }) =>
        // Fractions of a millisecond are doubles in listings.
        part.mark === markOf({ size, mtimeNs }) ? part.mark : markOfStored({ size: Number(size), modified: mtimeMs }),
      )
}

/**
 * Fails where the file of a part on disk, or of a workspace on disk, is not the one that was discovered.
 * @throws `SOURCE_CHANGED`, `SOURCE_NOT_FOUND`, `SOURCE_UNREADABLE`
 */
export function assertSame(file: string, part: PartRef, workspace?: Workspace): void {
  const stat = statFile(file, part.id)
  if (part.mark === undefined || part.mark === markOf(stat)) return
  const plain = statSync(file)
  if (workspace === undefined || part.mark !== markOfStored({ size: plain.size, modified: plain.mtimeMs }))
    throw changed(part.id)
}

interface DiskStat {
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly mtimeMs: number
}

async function openDisk(file: string, part: PartRef, mark: (stat: DiskStat) => string): Promise<ByteFile> {
  statFile(file, part.id)
  const handle = await open(file, constants.O_RDONLY).catch((cause: unknown) => {
    throw unreadable(part.id, cause)
  })
  try {
    const facts = async () => {
      const [exact, plain] = [await handle.stat({ bigint: true }), await handle.stat()]
      return { size: exact.size, mtimeNs: exact.mtimeNs, mtimeMs: plain.mtimeMs }
    }
    const before = await facts()
    const own = mark(before)
    if (part.mark !== undefined && part.mark !== own) throw changed(part.id)
    return {
      size: Number(before.size),
      async read(offset, buffer) {
        try {
          let done = 0
          while (done < buffer.length) {
            const { bytesRead } = await handle.read(buffer, done, buffer.length - done, offset + done)
            if (bytesRead === 0) break
            done += bytesRead
          }
          return buffer.subarray(0, done)
        } catch (cause) {
          throw unreadable(part.id, cause)
        }
      },
      async assertUnchanged() {
        if (mark(await facts()) !== own) throw changed(part.id)
      },
      close: () => handle.close(),
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function openStored(part: PartRef, workspace: Workspace): Promise<ByteFile> {
  const look = async () => {
    const found = await findStored(workspace, part.id)
    if (found === undefined) throw notFound(part.id, part.id, workspace.location)
    return found
  }
  const { size, mark } =
    part.bytes === undefined || part.mark === undefined ? await described(look) : { size: part.bytes, mark: part.mark }
  return {
    size,
    async read(offset, buffer) {
      const length = Math.min(buffer.length, size - offset)
      if (length <= 0) return new Uint8Array(0)
      const bytes = await stored(part.id, () => workspace.get(part.id, { offset, length }))
      if (bytes === undefined) throw notFound(part.id, part.id, workspace.location)
      if (bytes.length !== length) throw changed(part.id)
      return bytes
    },
    async assertUnchanged() {
      if (markOfStored(await look()) !== mark) throw changed(part.id)
    },
    close: async () => undefined,
  }
}

async function described(look: () => Promise<StoredObject>) {
  const found = await look()
  return { size: found.size, mark: markOfStored(found) }
}

/** One object of a workspace, by its path. */
export async function findStored(workspace: Workspace, path: string): Promise<StoredObject | undefined> {
  const folder = posix.dirname(path)
  return stored(path, async () => {
    for await (const object of workspace.list(folder === '.' ? '' : `${folder}/`))
      if (object.path === path) return object
    return undefined
  })
}

/** What a workspace throws, as the failure of the file it was asked for. */
export async function stored<T>(shown: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    throw isTidegateError(cause) ? cause : unreadable(shown, cause)
  }
}

export function changed(shown: string): TidegateError {
  return new TidegateError('SOURCE_CHANGED', `"${shown}" changed while it was being read`, {
    hint: 'Write files beside and rename them into place, then run again.',
    data: { path: shown },
  })
}

/** The content of objects in a workspace that cannot tell what changed but by listing: compared with the fingerprint. */
export function fingerprintHash() {
  const hash = createHash('sha256')
  return {
    update: (chunk: Uint8Array) => hash.update(chunk),
    finish: () => hash.digest('hex').slice(0, 32),
  }
}
