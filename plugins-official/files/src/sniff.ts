import { resolve } from 'node:path'
import { isTidegateError, type Workspace } from 'tidegate'
import { readFileBytes } from './byte-stream.ts'
import { type Compression, type Packing, packingOf } from './compression.ts'
import { type Encoding, toUtf8 } from './encoding.ts'
import { type SniffedTable, sniffCsv } from './sniff-csv.ts'
import { type FoundEncoding, findEncoding } from './sniff-encoding.ts'
import { isJson, sniffJson } from './sniff-json.ts'

export type { SniffedTable } from './sniff-csv.ts'
export type { FoundEncoding } from './sniff-encoding.ts'

export interface SniffOptions {
  /** Bytes of unpacked content to look at, from the beginning. Default 1 MiB; `whole` for all of it. */
  readonly sample?: number | 'whole'
  readonly compression?: Compression
  /** Taken as it is instead of found out. */
  readonly encoding?: Encoding
  /** Where the file lies; default the disk. */
  readonly in?: Workspace
  /** How the options name the file. Default: the path. */
  readonly path?: string
  readonly signal?: AbortSignal
}

/** What a file of text is, as far as its beginning tells. JSON. */
export interface SniffReport {
  readonly path: string
  readonly format: 'csv' | 'json' | 'ndjson' | 'empty'
  /** That of the first table; 0 without one: an empty file, or JSON without an array of objects. */
  readonly confidence: number
  readonly packed: Packing | null
  /** Bytes looked at, and whether these are all there are. */
  readonly sample: { readonly bytes: number; readonly whole: boolean }
  readonly encoding: FoundEncoding
  /** How many lines end with each of them in the sample. */
  readonly lineEnds: { readonly lf: number; readonly crlf: number; readonly cr: number }
  readonly tables: readonly SniffedTable[]
}

const sampleBytes = 1 << 20

/**
 * Looks at the beginning of a file and tells its format, encoding, dialect, tables and columns with confidence and evidence, and the source to paste.
 * @throws `SOURCE_NOT_FOUND`, `SOURCE_UNREADABLE`, `SOURCE_CORRUPT` for damaged packing.
 */
export async function sniffFile(file: string, options: SniffOptions = {}): Promise<SniffReport> {
  const { sample = sampleBytes, signal = new AbortController().signal, compression = 'auto' } = options
  const most = sample === 'whole' ? Number.POSITIVE_INFINITY : sample
  const kept: Uint8Array[] = []
  let size = 0
  const id = options.in === undefined ? (options.path ?? file) : file
  const part = { id, fingerprint: '' }
  for await (const chunk of readFileBytes(resolve(file), part, compression, signal, options.in)) {
    kept.push(Uint8Array.from(chunk))
    size += chunk.length
    if (size > most) break
  }
  const bytes = Buffer.concat(kept)
  let packed: Packing | null = null
  for await (const chunk of readFileBytes(resolve(file), part, 'none', signal, options.in)) {
    packed = packingOf(chunk.subarray(0, 4), file, compression) ?? null
    break
  }
  return sniffBytes(bytes.subarray(0, Math.min(most, size)), {
    ...options,
    path: options.path ?? file,
    packed,
    whole: size <= most,
  })
}

/** `sniffFile` for unpacked bytes at hand. `whole`: they are all of the file. */
export async function sniffBytes(
  given: Uint8Array,
  options: Pick<SniffOptions, 'encoding'> & {
    readonly path: string
    readonly whole: boolean
    readonly packed?: Packing | null
  },
): Promise<SniffReport> {
  const { path, whole, packed = null } = options
  const encoding =
    options.encoding === undefined
      ? findEncoding(given, whole)
      : { name: options.encoding, marked: false, confidence: 1, evidence: 'as stated' }
  const decoded = await decode(given, encoding, whole)
  const common = {
    path,
    ...(encoding.marked || encoding.name === 'utf8' ? {} : { encoding: encoding.name }),
  }
  const sample = { bytes: given.length, whole }
  const shared = { path, packed, sample, encoding, lineEnds: countLineEnds(decoded) }
  const text = new TextDecoder('utf-8', { ignoreBOM: false }).decode(decoded)
  if (text.trim() === '') return { ...shared, format: 'empty', confidence: 0, tables: [] }
  const json = await attempt(() => sniffJson(withoutMark(decoded), common, whole))
  if (json !== undefined && json.table.rows > 0)
    return { ...shared, format: json.format, confidence: json.table.confidence, tables: [json.table] }
  if (isJson(withoutMark(decoded), whole)) return { ...shared, format: 'json', confidence: 0, tables: [] }
  // What the sample cuts off in the middle of a line says nothing.
  const cut = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1
  const tables = await sniffCsv(whole || cut === 0 ? text : text.slice(0, cut), common, whole)
  return { ...shared, format: 'csv', confidence: tables[0]?.confidence ?? 0, tables }
}

async function decode(bytes: Uint8Array, { name }: FoundEncoding, whole: boolean): Promise<Uint8Array> {
  const even = !whole && name.startsWith('utf16') ? bytes.subarray(0, bytes.length & ~1) : bytes
  const chunks = (async function* () {
    yield Uint8Array.from(even)
  })()
  const out: Uint8Array[] = []
  for await (const chunk of toUtf8(chunks, name, 'sample')) out.push(Uint8Array.from(chunk))
  return Buffer.concat(out)
}

function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes
}

/** Text that begins like JSON and is none is read as CSV. */
async function attempt<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch (error) {
    if (isTidegateError(error)) return undefined
    throw error
  }
}

function countLineEnds(bytes: Uint8Array): SniffReport['lineEnds'] {
  const count = { lf: 0, crlf: 0, cr: 0 }
  for (let p = 0; p < bytes.length; p++) {
    if (bytes[p] === 10) count.lf++
    else if (bytes[p] === 13 && bytes[p + 1] === 10) {
      count.crlf++
      p++
    } else if (bytes[p] === 13) count.cr++
  }
  return count
}
