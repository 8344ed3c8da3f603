import type { Workspace } from 'tidegate'

/** A workspace in memory, for tests that make thousands of them. `objects` is all there is: a crash loses nothing that was put. */
export function createMemoryWorkspace(objects: Map<string, Uint8Array> = new Map()): Workspace {
  const gathered = async (data: Uint8Array | AsyncIterable<Uint8Array>) => {
    if (data instanceof Uint8Array) return Uint8Array.from(data)
    const chunks: Uint8Array[] = []
    for await (const chunk of data) chunks.push(Uint8Array.from(chunk))
    return Uint8Array.from(Buffer.concat(chunks))
  }
  return {
    location: 'memory',
    async put(path, data) {
      objects.set(path, await gathered(data))
    },
    async putIfAbsent(path, data) {
      if (objects.has(path)) return false
      objects.set(path, Uint8Array.from(data))
      return true
    },
    async get(path, range) {
      const bytes = objects.get(path)
      return range === undefined ? bytes?.slice() : bytes?.slice(range.offset, range.offset + range.length)
    },
    async *list(prefix) {
      const found = [...objects.keys()]
        .filter((path) => path.startsWith(prefix))
        .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      for (const path of found) yield { path, size: objects.get(path)?.length ?? 0, modified: 0 }
    },
    async delete(path) {
      objects.delete(path)
    },
  }
}

/** Dies at the n-th write: that one and everything after it fails, as if the process or the disk were gone. `after` lets the n-th write happen first. */
export function dyingWorkspace(inner: Workspace, n: number, after: boolean): Workspace {
  let writes = 0
  const guard = async <T>(act: () => Promise<T>): Promise<T> => {
    writes++
    if (writes > n || (writes === n && !after)) throw new Error('the workspace died')
    const result = await act()
    if (writes === n) throw new Error('the workspace died')
    return result
  }
  return {
    ...inner,
    put: (path, data) => guard(() => inner.put(path, data)),
    putIfAbsent: (path, data) => guard(() => inner.putIfAbsent(path, data)),
    delete: (path) => guard(() => inner.delete(path)),
  }
}
