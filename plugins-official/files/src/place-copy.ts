import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { PartRef, Workspace } from 'tidegate'
import { readFileBytes } from './byte-stream.ts'
import { fileOf } from './discover.ts'
import type { FilePlace } from './place-file.ts'

/** Copies that nobody reads are kept up to this many: a part is described and then read. */
const idleCopies = 2

interface Copy {
  readonly made: Promise<string>
  readers: number
}

/** Parts as files on disk, for engines that read nothing else. */
export interface LocalParts {
  /** Works on the file of a part: on disk where it lies there, otherwise on a copy of the object, checked against its fingerprint. */
  use(part: PartRef, signal: AbortSignal | undefined): Promise<{ readonly file: string; release(): Promise<void> }>
  /** Removes all copies. */
  close(): Promise<void>
}

export function createLocalParts({ folder, in: workspace }: FilePlace): LocalParts {
  const copies = new Map<string, Copy>()
  const drop = async (key: string, copy: Copy) => {
    copies.delete(key)
    const file = await copy.made.catch(() => undefined)
    if (file !== undefined) await rm(join(file, '..'), { recursive: true, force: true })
  }
  return {
    async use(part, signal) {
      const local = workspace === undefined ? fileOf(folder, part) : workspace.localPath?.(part.id)
      if (local !== undefined) return { file: local, release: async () => undefined }
      const key = `${part.id}\n${part.fingerprint}`
      const copy = copies.get(key) ?? { made: copyOf(part, workspace as Workspace, signal), readers: 0 }
      copies.delete(key)
      copies.set(key, copy)
      copy.readers++
      const release = async () => {
        copy.readers--
        const idle = [...copies].filter(([, { readers }]) => readers === 0)
        for (const [old, unused] of idle.slice(0, Math.max(0, idle.length - idleCopies))) await drop(old, unused)
      }
      try {
        return { file: await copy.made, release }
      } catch (error) {
        copy.readers--
        // A later reader may have begun another copy meanwhile.
        if (copies.get(key) === copy) copies.delete(key)
        throw error
      }
    },
    async close() {
      for (const [key, copy] of [...copies]) await drop(key, copy)
    },
  }
}

async function copyOf(part: PartRef, workspace: Workspace, signal: AbortSignal | undefined): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-copy-'))
  const file = join(folder, 'part')
  try {
    const given = signal ?? new AbortController().signal
    const bytes = (async function* () {
      // The reader fills its buffers again while the stream still writes them.
      for await (const chunk of readFileBytes('', part, 'none', given, workspace)) yield Buffer.from(chunk)
    })()
    await pipeline(Readable.from(bytes, { objectMode: false }), createWriteStream(file), { signal: given })
    return file
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}
