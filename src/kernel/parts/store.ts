import type { StorageStrategy } from '../../plugins/storage-strategy.ts'
import type { Workspace } from '../../plugins/workspace.ts'
import type { Batch } from '../columns/batch.ts'
import { TidegateError } from '../errors.ts'
import { createContentHash } from '../hash/content-hash.ts'
import { hashText } from '../hash/hash.ts'
import type { TableSchema } from '../types.ts'
import { guardWorkspace } from './guard-workspace.ts'
import { createQueue, type Queue } from './queue.ts'
import type { Blob, PartRecord, Section, StoredData } from './record.ts'

/** Below this, an object is put in one piece; above, it streams. */
const buffered = 4 << 20
const inlineLimit = 2048

export interface DataWriter {
  add(batch: Batch): Promise<void>
  finish(): Promise<StoredData>
  /** Gives up; nothing becomes visible. */
  abort(): Promise<void>
}

/** Records, data and sections in a workspace. Remembers what it wrote or adopted since the last `sync`. */
export interface Store {
  readonly workspace: Workspace
  writeData(name: string, schema: TableSchema): DataWriter
  readData(
    data: StoredData,
    options?: { readonly columns?: readonly string[]; readonly signal?: AbortSignal },
  ): AsyncIterable<Batch>
  putRecord(record: PartRecord): Promise<void>
  /** A record that is whole, with all of its data; what a crash or a collection of garbage left of others is nobody's. */
  getRecord(key: string): Promise<PartRecord | undefined>
  putSection(section: Section): Promise<string>
  getSection(path: string): Promise<Section>
  putBlob(name: string, bytes: Uint8Array): Promise<Blob>
  getBlob(blob: Blob): Promise<Uint8Array>
  /** Makes everything written so far survive a power cut (a no-op with `durability: 'process'`). */
  sync(): Promise<void>
}

export function createStore(given: {
  readonly workspace: Workspace
  readonly storage: StorageStrategy
  /** Layouts that may occur in old data, besides `storage`. */
  readonly readable: readonly StorageStrategy[]
  readonly durability: 'power' | 'process'
}): Store {
  const { storage } = given
  const workspace = guardWorkspace(given.workspace)
  const written = new Set<string>()
  const sections = new Map<string, Section>()
  const readers = new Map([storage, ...given.readable].map((strategy) => [strategy.format, strategy]))

  async function put(path: string, data: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
    await workspace.put(path, data)
    written.add(path)
  }

  /** Whether a file is there as long as it was recorded to be. */
  async function isWhole(path: string, size: number | undefined): Promise<boolean> {
    const found = await workspace.get(path, { offset: Math.max((size ?? 1) - 1, 0), length: 1 })
    return found !== undefined && (found.length === 1 || size === 0)
  }

  return {
    workspace,
    writeData: (name, schema) => createDataWriter(`data/${fan(name)}.${storage.extension}`, schema, storage, put),
    async *readData(data, options = {}) {
      const reader = readers.get(data.format)
      if (reader === undefined) {
        throw new TidegateError(
          'WORKSPACE_CORRUPT',
          `${data.path} is laid out as ${data.format}, which no loaded storage plugin reads`,
          {
            hint: `Add the plugin that wrote it, or run with --full (readable here: ${[...readers.keys()].join(', ')}).`,
          },
        )
      }
      const source = {
        size: data.bytes,
        async read(offset: number, length: number) {
          const bytes = await workspace.get(data.path, { offset, length })
          if (bytes === undefined || bytes.length !== length) throw missing(data.path)
          return bytes
        },
      }
      yield* reader.read(source, { schema: data.schema, ...options })
    },
    putRecord: (record) => put(recordPath(record.key), json(record)),
    async getRecord(key) {
      const path = recordPath(key)
      const bytes = await workspace.get(path)
      const record = bytes === undefined ? undefined : readRecord(path, bytes)
      if (record === undefined) return undefined
      const files = recordData(record)
      for (const file of files) if (!(await isWhole(file.path, file.bytes))) return undefined
      for (const file of [path, ...files.map((file) => file.path)]) written.add(file)
      return record
    },
    async putSection(section) {
      const bytes = json(section)
      const path = `sections/${fan(hashText(bytes.toString()))}.json`
      await put(path, bytes)
      sections.set(path, section)
      return path
    },
    async getSection(path) {
      const known = sections.get(path)
      if (known !== undefined) return known
      const bytes = await workspace.get(path)
      if (bytes === undefined) throw missing(path)
      const section = parseVersioned<Section>(path, bytes)
      sections.set(path, section)
      return section
    },
    async putBlob(name, bytes) {
      if (bytes.length <= inlineLimit) return { inline: Buffer.from(bytes).toString('base64') }
      const path = `data/${fan(name)}.bin`
      await put(path, bytes)
      return { path, bytes: bytes.length }
    },
    async getBlob(blob) {
      if ('inline' in blob) return Buffer.from(blob.inline, 'base64')
      const bytes = await workspace.get(blob.path)
      if (bytes === undefined) throw missing(blob.path)
      return bytes
    },
    async sync() {
      if (given.durability === 'power') await workspace.sync?.([...written])
      written.clear()
    },
  }
}

export function recordPath(key: string): string {
  return `records/${fan(key)}.json`
}

/** The files a record stands on, besides its own. */
export function recordData(record: PartRecord): readonly { readonly path: string; readonly bytes: number }[] {
  const data = [record.data, record.quarantine, record.repairs, record.files, record.partial].filter(
    (stored) => stored !== undefined,
  )
  const { measures, condemn, removed } = record
  const blobs = [...Object.values(measures), ...Object.values(condemn), ...(removed === undefined ? [] : [removed])]
  return [...data, ...blobs.filter((blob) => 'path' in blob)]
}

/** A record that no entry stands on may have been cut short by a power failure: it is made again. */
function readRecord(path: string, bytes: Uint8Array): PartRecord | undefined {
  try {
    return parseVersioned<PartRecord>(path, bytes)
  } catch {
    return undefined
  }
}

/** Spreads names over 16 folders: enough for file systems that slow down in large ones, and few to make. */
function fan(name: string): string {
  return `${name.slice(0, 1)}/${name}`
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value))
}

/** Parses an object of the workspace and refuses damaged ones and those of a later version of Tidegate. */
export function parseVersioned<T extends { readonly version: number }>(path: string, bytes: Uint8Array): T {
  let value: T
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()) as T
  } catch (cause) {
    throw new TidegateError('WORKSPACE_CORRUPT', `${path} in the workspace is no valid JSON`, {
      hint: 'Restore it from a backup, or run with --full.',
      cause,
    })
  }
  if (value.version !== 1) {
    throw new TidegateError(
      'WORKSPACE_CORRUPT',
      `${path} has version ${value.version}; this Tidegate reads version 1`,
      { hint: 'Use the version of Tidegate that wrote the workspace, or a newer one.' },
    )
  }
  return value
}

function createDataWriter(
  path: string,
  schema: TableSchema,
  storage: StorageStrategy,
  put: (path: string, data: Uint8Array | AsyncIterable<Uint8Array>) => Promise<void>,
): DataWriter {
  const writer = storage.writer(schema)
  const hash = createContentHash()
  let pending: Uint8Array[] = []
  let bytes = 0
  let rows = 0
  let queue: Queue<Uint8Array> | undefined
  let upload: Promise<void> | undefined

  async function write(chunks: readonly Uint8Array[]): Promise<void> {
    for (const chunk of chunks) {
      bytes += chunk.length
      if (queue !== undefined) await queue.push(chunk)
      else pending.push(chunk)
    }
    if (queue !== undefined || bytes <= buffered) return
    const stream = createQueue<Uint8Array>(buffered, (chunk) => chunk.length)
    queue = stream
    upload = put(path, stream)
    // A failed upload must wake a waiting `push`; the error itself is seen by whoever awaits `upload`.
    upload.catch((error: unknown) => stream.fail(error))
    const first = pending
    pending = []
    for (const chunk of first) await stream.push(chunk)
  }

  return {
    async add(batch) {
      rows += batch.length
      hash.add(batch)
      await write(writer.add(batch))
    },
    async finish() {
      await write(writer.finish())
      if (queue === undefined)
        await put(path, pending.length === 1 ? (pending[0] as Uint8Array) : Buffer.concat(pending))
      queue?.end()
      await upload
      return { path, format: storage.format, rows, bytes, content: hash.digest(), schema }
    },
    async abort() {
      queue?.fail(new Error('The record was given up'))
      await upload?.catch(() => undefined)
    },
  }
}

function missing(path: string): TidegateError {
  return new TidegateError('WORKSPACE_CORRUPT', `${path} is missing from the workspace or shorter than recorded`, {
    hint: 'Run again with --full to make it anew.',
  })
}
