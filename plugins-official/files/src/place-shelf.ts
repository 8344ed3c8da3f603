import type { BigIntStats } from 'node:fs'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, mkdtemp, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, posix } from 'node:path'
import type { Workspace } from 'tidegate'
import { markOfStored } from './place-file.ts'

export interface FileFacts {
  readonly bytes: number
  /** Tells a file from any other that takes its place. */
  readonly mark: string
}

/** A folder that files are published into, on disk or in a workspace. Paths are relative to it, with `/`. */
export interface Shelf {
  /** Replaces a file by what `write` makes at a temporary path, all or nothing, unless the signal was aborted meanwhile. */
  replace(
    path: string,
    tag: string,
    signal: AbortSignal,
    write: (temporary: string) => Promise<void>,
  ): Promise<FileFacts>
  /** Facts of files that are there. */
  facts(paths: readonly string[]): Promise<readonly (FileFacts | undefined)[]>
  text(path: string): Promise<string | undefined>
  remove(path: string): Promise<void>
}

/** Files are written beside, made durable and renamed into place. */
export function diskShelf(root: string): Shelf {
  return {
    async replace(path, tag, signal, write) {
      const full = join(root, path)
      await mkdir(dirname(full), { recursive: true })
      const temporary = join(dirname(full), `.${basename(full)}.${tag}.tmp`)
      try {
        await rm(temporary, { force: true })
        await write(temporary)
        await synced(temporary)
        const stats = await stat(temporary, { bigint: true })
        signal.throwIfAborted()
        await rename(temporary, full)
        await synced(dirname(full))
        return factsOf(stats)
      } catch (cause) {
        await rm(temporary, { force: true }).catch(() => undefined)
        throw cause
      }
    },
    facts: (paths) =>
      Promise.all(paths.map((path) => stat(join(root, path), { bigint: true }).then(factsOf, () => undefined))),
    text: (path) => readFile(join(root, path), 'utf8').catch(() => undefined),
    remove: (path) => rm(join(root, path), { force: true }),
  }
}

/** Size, time of the last change in nanoseconds, inode: what stays when a file is renamed. */
function factsOf({ size, mtimeNs, ino }: BigIntStats): FileFacts {
  return { bytes: Number(size), mark: `${size}-${mtimeNs}-${ino}` }
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

/** Files are written to the temporary folder of the machine and put from there, which is all or nothing by the contract of workspaces. */
export function workspaceShelf(workspace: Workspace, root: string): Shelf {
  const full = (path: string) => posix.join(root, path)
  const facts = async (paths: readonly string[]) => {
    if (paths.length === 0) return []
    const wanted = new Set(paths.map(full))
    const found = new Map<string, FileFacts>()
    for await (const object of workspace.list(root === '.' ? '' : `${root}/`))
      if (wanted.has(object.path)) found.set(object.path, { bytes: object.size, mark: markOfStored(object) })
    return paths.map((path) => found.get(full(path)))
  }
  return {
    async replace(path, _tag, signal, write) {
      const folder = await mkdtemp(join(tmpdir(), 'tidegate-put-'))
      try {
        const temporary = join(folder, basename(path))
        await write(temporary)
        signal.throwIfAborted()
        await workspace.put(full(path), createReadStream(temporary, { highWaterMark: 1 << 20 }))
        await workspace.sync?.([full(path)])
        const [written] = await facts([path])
        if (written === undefined) throw new Error(`"${full(path)}" was put, but is not listed`)
        return written
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
    facts,
    async text(path) {
      const bytes = await workspace.get(full(path))
      return bytes === undefined ? undefined : Buffer.from(bytes).toString()
    },
    remove: (path) => workspace.delete(full(path)),
  }
}
