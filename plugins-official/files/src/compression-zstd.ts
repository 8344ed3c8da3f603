import { Readable } from 'node:stream'
import { Decompress } from 'fzstd'
import { unpackZstdNatively } from './compression-native.ts'
import { createXxh64 } from './compression-xxh64.ts'

// Zstandard, split into frames here and unpacked by Node from 22.15 on, before that by fzstd. RFC 8878: https://www.rfc-editor.org/rfc/rfc8878#section-3

/** What is wrong with zstd data, in words that follow the name of the file. */
export class ZstdFault extends Error {
  readonly reason: string
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause })
    this.reason = reason
  }
}

const magic = 0xfd2fb528
const largestWindow = 128 << 20
const largestBlock = 128 << 10

/** Frame after frame, block by block; checksums and sizes that frames state are checked. Zeros may follow. */
export async function* unpackZstd(packed: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const input = createInput(packed)
  try {
    let frames = 0
    while (await input.has(1)) {
      if (!(await input.has(4))) {
        if (frames > 0 && (await onlyZeros(input))) return
        throw truncated()
      }
      const word = input.peek().getUint32(0, true)
      if ((word & 0xfffffff0) >>> 0 === 0x184d2a50) {
        if (!(await input.has(8))) throw truncated()
        await skip(input, 8 + input.peek().getUint32(4, true))
      } else if (word === magic) yield* unpackFrame(input)
      else if (frames > 0 && (await onlyZeros(input))) return
      else throw new ZstdFault('is not a zstd file, or is followed by something else')
      frames++
    }
    if (frames === 0) throw truncated()
  } finally {
    await input.close()
  }
}

interface Frame {
  /** Bytes of its header. */
  readonly header: number
  readonly size: bigint | undefined
  readonly checksum: boolean
}

async function* unpackFrame(input: Input): AsyncIterable<Uint8Array> {
  const frame = await readHeader(input)
  yield* unpackZstdNatively === undefined ? unpackHere(input, frame) : unpackNative(input, frame)
}

/** The header, then block by block; the checksum comes with the last one. */
async function* piecesOf(
  input: Input,
  { header, checksum }: Frame,
): AsyncIterable<{ bytes: Uint8Array; last: boolean }> {
  yield { bytes: await input.take(header), last: false }
  for (let last = false; !last; ) {
    if (!(await input.has(3))) throw truncated()
    const view = input.peek()
    const word = view.getUint16(0, true) | (view.getUint8(2) << 16)
    last = (word & 1) === 1
    const kind = (word >> 1) & 3
    const length = word >> 3
    if (kind === 3 || length > largestBlock) throw damaged()
    const whole = 3 + (kind === 1 ? 1 : length) + (last && checksum ? 4 : 0)
    if (!(await input.has(whole))) throw truncated()
    yield { bytes: await input.take(whole), last }
  }
}

/** By the running Node, frame by frame: its versions do not agree on what may follow one. */
async function* unpackNative(input: Input, frame: Frame): AsyncIterable<Uint8Array> {
  const engine = (unpackZstdNatively as NonNullable<typeof unpackZstdNatively>)({ chunkSize: 1 << 19 })
  const pieces = async function* () {
    for await (const { bytes } of piecesOf(input, frame)) yield bytes
  }
  const source = Readable.from(pieces(), { objectMode: false })
  source.on('error', (error) => engine.destroy(error))
  source.pipe(engine)
  try {
    for await (const chunk of engine) yield chunk as Uint8Array
  } catch (cause) {
    throw /^(ZSTD|Z_|ERR_)/.test(String((cause as NodeJS.ErrnoException).code)) ? damaged(cause) : cause
  } finally {
    source.destroy()
    engine.destroy()
  }
}

async function* unpackHere(input: Input, frame: Frame): AsyncIterable<Uint8Array> {
  const hash = createXxh64()
  const made: Uint8Array[] = []
  let size = 0
  const inflate = new Decompress((chunk) => {
    if (chunk.length > 0) made.push(chunk)
  })
  for await (const { bytes, last } of piecesOf(input, frame)) {
    try {
      // The checksum is given to the decoder too, which reads over it.
      inflate.push(bytes, last)
    } catch (cause) {
      throw damaged(cause)
    }
    for (const chunk of made) {
      size += chunk.length
      if (frame.checksum) hash.update(chunk)
    }
    yield* made.splice(0)
    if (!last || !frame.checksum) continue
    if (new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4).getUint32(0, true) !== hash.low32())
      throw new ZstdFault('is damaged: its checksum does not match')
  }
  if (frame.size !== undefined && BigInt(size) !== frame.size)
    throw new ZstdFault('is damaged: it states another size than it holds')
}

async function readHeader(input: Input): Promise<Frame> {
  if (!(await input.has(5))) throw truncated()
  const descriptor = input.peek().getUint8(4)
  const single = (descriptor & 0x20) !== 0
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] as number
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] as number
  const at = 5 + (single ? 0 : 1)
  const header = at + dictionaryBytes + sizeBytes
  if (!(await input.has(header))) throw truncated()
  const view = input.peek()
  if ((descriptor & 8) !== 0) throw damaged()
  for (let i = 0; i < dictionaryBytes; i++)
    if (view.getUint8(at + i) !== 0) throw new ZstdFault('was packed with a zstd dictionary, which is not at hand')
  const where = at + dictionaryBytes
  const size =
    sizeBytes === 0
      ? undefined
      : sizeBytes === 1
        ? BigInt(view.getUint8(where))
        : sizeBytes === 2
          ? BigInt(view.getUint16(where, true) + 256)
          : sizeBytes === 4
            ? BigInt(view.getUint32(where, true))
            : view.getBigUint64(where, true)
  const window = single ? (size as bigint) : windowOf(view.getUint8(5))
  if (window > largestWindow) throw new ZstdFault('wants more than 128 MiB of memory to unpack')
  return { header, size, checksum: (descriptor & 4) !== 0 }
}

function windowOf(byte: number): bigint {
  const base = 1n << BigInt(10 + (byte >> 3))
  return base + (base >> 3n) * BigInt(byte & 7)
}

function damaged(cause?: unknown): ZstdFault {
  return new ZstdFault('is damaged: its zstd data does not unpack', cause)
}

function truncated(): ZstdFault {
  return new ZstdFault('is truncated: its zstd data ends early')
}

async function skip(input: Input, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; ) {
    if (!(await input.has(1))) throw truncated()
    left -= (await input.take(Math.min(left, input.held()))).length
  }
}

async function onlyZeros(input: Input): Promise<boolean> {
  while (await input.has(1)) if ((await input.take(input.held())).some((byte) => byte !== 0)) return false
  return true
}

interface Input {
  /** Whether so many bytes follow. */
  has(bytes: number): Promise<boolean>
  held(): number
  peek(): DataView
  /** So many bytes, which `has` found. */
  take(bytes: number): Promise<Uint8Array>
  close(): Promise<void>
}

function createInput(packed: AsyncIterable<Uint8Array>): Input {
  const stream = packed[Symbol.asyncIterator]()
  let bytes: Uint8Array = new Uint8Array(0)
  return {
    async has(wanted) {
      while (bytes.length < wanted) {
        const { done, value } = await stream.next()
        if (done === true) return false
        bytes = Buffer.concat([bytes, value])
      }
      return true
    },
    held: () => bytes.length,
    peek: () => new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
    async take(wanted) {
      const taken = bytes.subarray(0, wanted)
      bytes = bytes.subarray(wanted)
      return taken
    },
    async close() {
      await stream.return?.()
    },
  }
}
