import { constants, createWriteStream } from 'node:fs'
import { link, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { once } from 'node:events'
import type { StoredObject, Workspace } from '../workspace.ts'

/**
 * A folder on a local disk. `put` writes a temporary file and renames it; `putIfAbsent` links it to its name, so that of several processes
 * exactly one succeeds (EEXIST means another was first); neither shows a half-written object after a kill. `sync` fsyncs files and folders.
 */
export function createDiskWorkspace(given: { readonly folder: string }): Workspace {
  const root = given.folder
  const made = new Set<string>()
  let count = 0
  const absolute = (path: string) => join(root, ...path.split('/'))

  async function temporary(path: string): Promise<string> {
    const folder = dirname(absolute(path))
    if (!made.has(folder)) {
      await mkdir(folder, { recursive: true })
      made.add(folder)
    }
    return `${absolute(path)}.${process.pid}-${count++}.tmp`
  }

  return {
    location: root,
    async put(path, data) {
      const temp = await temporary(path)
      try {
        await write(temp, data, false)
        await rename(temp, absolute(path))
      } catch (error) {
        await unlink(temp).catch(() => undefined)
        throw error
      }
    },
    async putIfAbsent(path, data) {
      const temp = await temporary(path)
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
      let file: Awaited<ReturnType<typeof open>>
      try {
        file = await open(absolute(path), constants.O_RDONLY)
      } catch (error) {
        if (isAbsent(error)) return undefined
        throw error
      }
      try {
        if (range === undefined) return await file.readFile()
        const bytes = Buffer.allocUnsafeSlow(range.length)
        let done = 0
        while (done < range.length) {
          const { bytesRead } = await file.read(bytes, done, range.length - done, range.offset + done)
          if (bytesRead === 0) break
          done += bytesRead
        }
        return bytes.subarray(0, done)
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

async function* walk(root: string, prefix: string): AsyncIterable<StoredObject> {
  const cut = prefix.lastIndexOf('/') + 1
  const start = prefix.slice(0, cut)
  const entries = await readdir(join(root, ...start.split('/')), { withFileTypes: true }).catch((error: unknown) => {
    if (isAbsent(error)) return []
    throw error
  })
  // A folder sorts as its name with a slash, so that the whole listing is in code-point order of the paths.
  const named = entries.map((entry) => ({ entry, path: `${start}${entry.name}${entry.isDirectory() ? '/' : ''}` }))
  named.sort((a, b) => (a.path < b.path ? -1 : 1))
  for (const { entry, path } of named) {
    if (!path.startsWith(prefix)) continue
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
