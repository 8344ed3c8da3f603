import { once } from 'node:events'
import {
  closeSync,
  constants,
  createWriteStream,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { link, open, readdir, rename, stat, unlink } from 'node:fs/promises'
import { dirname, isAbsolute, join, sep } from 'node:path'
import { threadId } from 'node:worker_threads'
import { z } from 'zod'
import { provide } from '../../kernel/define/plugin.ts'
import { Project } from '../project.ts'
import { type StoredObject, Workspace } from '../workspace.ts'

/** Up to this many bytes are read and written on the spot: a detour through the thread pool takes longer than the work itself. */
const small = 256 * 1024

/** Temporary names are never shared: not by processes, threads, or workspaces over the same folder in one process. */
const mine = `${process.pid}-${threadId}`
let count = 0

/**
 * A folder on a local disk as a workspace: `workspace: diskWorkspace({ folder: '/data/tidegate' })` in a config, or `in: diskWorkspace({ folder })`
 * of a file source or target. A relative folder starts at the folder of the config file.
 */
export const diskWorkspace = provide(Workspace, {
  name: 'tidegate/disk',
  options: z.object({ folder: z.string().min(1) }),
  needs: { project: Project },
  create: ({ folder }, { project }) =>
    createDiskWorkspace({ folder: isAbsolute(folder) ? folder : join(project.folder, folder) }),
})

/**
 * A folder on a local disk. `put` writes a temporary file and renames it; `putIfAbsent` links it to its name, so that of several processes
 * exactly one succeeds (EEXIST means another was first); neither shows a half-written object after a kill. `sync` fsyncs files and folders.
 */
export function createDiskWorkspace(given: { readonly folder: string }): Workspace {
  const root = given.folder
  const made = new Set<string>()
  const absolute = (path: string) => join(root, ...path.split('/'))

  function temporary(path: string): string {
    const folder = dirname(absolute(path))
    if (!made.has(folder)) {
      mkdirSync(folder, { recursive: true })
      made.add(folder)
    }
    return `${absolute(path)}.${mine}-${count++}.tmp`
  }

  return {
    location: root,
    async put(path, data) {
      const temp = temporary(path)
      try {
        if (data instanceof Uint8Array && data.length <= small) {
          writeSmall(temp, data)
          renameSync(temp, absolute(path))
          return
        }
        await write(temp, data, false)
        await rename(temp, absolute(path))
      } catch (error) {
        await unlink(temp).catch(() => undefined)
        throw error
      }
    },
    async putIfAbsent(path, data) {
      const temp = temporary(path)
      try {
        await write(temp, data, true)
        await link(temp, absolute(path))
        await syncFolder(dirname(absolute(path)))
        return true
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
        throw error
      } finally {
        await unlink(temp).catch(() => undefined)
      }
    },
    async get(path, range) {
      if (range === undefined || range.length <= small) return readSmall(absolute(path), range)
      const file = await open(absolute(path), constants.O_RDONLY).catch((error: unknown) => {
        if (isAbsent(error)) return undefined
        throw error
      })
      if (file === undefined) return undefined
      try {
        const bytes = Buffer.allocUnsafeSlow(range.length)
        let done = 0
        while (done < range.length) {
          const { bytesRead } = await file.read(bytes, done, range.length - done, range.offset + done)
          if (bytesRead === 0) break
          done += bytesRead
        }
        return bytes.subarray(0, done)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EISDIR') return undefined
        throw error
      } finally {
        await file.close()
      }
    },
    async *list(prefix) {
      yield* walk(root, prefix)
    },
    async delete(path) {
      await unlink(absolute(path)).catch((error: unknown) => {
        if (!isAbsent(error)) throw error
      })
    },
    async sync(paths) {
      await inGroups(paths, async (path) => syncFile(absolute(path)))
      await inGroups([...new Set(paths.map((path) => dirname(absolute(path))))], syncFolder)
    },
    localPath: absolute,
  }
}

function writeSmall(file: string, data: Uint8Array): void {
  const handle = openSync(file, 'w')
  try {
    for (let done = 0; done < data.length; ) done += writeSync(handle, data, done, data.length - done)
  } finally {
    closeSync(handle)
  }
}

/** A whole object, or a range of it. */
function readSmall(
  file: string,
  range: { readonly offset: number; readonly length: number } | undefined,
): Uint8Array | undefined {
  let handle: number
  try {
    handle = openSync(file, constants.O_RDONLY)
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
  try {
    const length = range?.length ?? fstatSync(handle).size
    const bytes = Buffer.allocUnsafeSlow(length)
    let done = 0
    while (done < length) {
      const read = readSync(handle, bytes, done, length - done, (range?.offset ?? 0) + done)
      if (read === 0) break
      done += read
    }
    return bytes.subarray(0, done)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EISDIR') return undefined // a folder is no object
    throw error
  } finally {
    closeSync(handle)
  }
}

async function write(file: string, data: Uint8Array | AsyncIterable<Uint8Array>, durable: boolean): Promise<void> {
  if (data instanceof Uint8Array) {
    const handle = await open(file, 'w')
    try {
      await handle.writeFile(data)
      if (durable) await handle.sync()
    } finally {
      await handle.close()
    }
    return
  }
  const stream = createWriteStream(file)
  try {
    await once(stream, 'open')
    for await (const chunk of data) if (!stream.write(chunk)) await once(stream, 'drain')
    stream.end()
    await once(stream, 'close')
  } catch (error) {
    stream.destroy()
    throw error
  }
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A folder's own entry must be durable as well; systems that cannot sync folders (Windows) do it by themselves. */
async function syncFolder(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

async function inGroups<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += 16) await Promise.all(items.slice(start, start + 16).map(act))
}

/** Above U+FFFF the order of UTF-16 units is not that of code points; UTF-8 keeps it. */
const surrogate = /[\ud800-\udfff]/
const byCodePoint = (a: { readonly path: string }, b: { readonly path: string }) =>
  Buffer.compare(Buffer.from(a.path), Buffer.from(b.path))

/** What a living process is writing is no object yet. What a dead one left is shown, so that it can be deleted. */
function isUnderWay(name: string): boolean {
  const pid = /\.(\d+)-[0-9a-f]+-\d+\.tmp$/.exec(name)?.[1]
  if (pid === undefined) return false
  try {
    return process.kill(Number(pid), 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function* walk(root: string, prefix: string): AsyncIterable<StoredObject> {
  const cut = prefix.lastIndexOf('/') + 1
  const start = prefix.slice(0, cut)
  const entries = await readdir(join(root, ...start.split('/')), { withFileTypes: true }).catch((error: unknown) => {
    if (isAbsent(error)) return []
    throw error
  })
  // A folder sorts as its name with a slash, so that the whole listing is in code-point order of the paths.
  const named = entries.map((entry) => ({ entry, path: `${start}${entry.name}${entry.isDirectory() ? '/' : ''}` }))
  named.sort(named.some(({ path }) => surrogate.test(path)) ? byCodePoint : (a, b) => (a.path < b.path ? -1 : 1))
  for (const { entry, path } of named) {
    if (!path.startsWith(prefix) || isUnderWay(entry.name)) continue
    if (entry.isDirectory()) yield* walk(root, path)
    else {
      const facts = await stat(join(root, ...path.split('/').filter((part) => part !== sep))).catch(() => undefined)
      if (facts !== undefined) yield { path, size: facts.size, modified: facts.mtimeMs }
    }
  }
}

function isAbsent(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return code === 'ENOENT' || code === 'ENOTDIR'
}
