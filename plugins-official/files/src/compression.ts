import { once } from 'node:events'
import type { Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip } from 'node:zlib'
import { TidegateError } from 'tidegate'
import { z } from 'zod'
import type { Engine } from './compression-native.ts'
import { unpackZstd, ZstdFault } from './compression-zstd.ts'

export const packings = ['gzip', 'zstd', 'brotli'] as const
export type Packing = (typeof packings)[number]

/** `auto` (default): gzip and zstd are recognised by their first bytes, brotli by the extension `.br` or `.brotli`. */
export const sourceCompression = z.enum(['auto', ...packings, 'none']).default('auto')
export type Compression = z.output<typeof sourceCompression>

/** What stands behind the extension of a packed file. */
export const packedExtensions: Readonly<Record<string, Packing>> = {
  gz: 'gzip',
  gzip: 'gzip',
  zst: 'zstd',
  zstd: 'zstd',
  br: 'brotli',
  brotli: 'brotli',
}

/** `data.csv.gz` is gzip; undefined for names without such an ending. */
export function packingOfName(name: string): Packing | undefined {
  const extension = /\.([^./]+)$/.exec(name.toLowerCase())?.[1] ?? ''
  return Object.hasOwn(packedExtensions, extension) ? packedExtensions[extension] : undefined
}

/** `['csv']` becomes `['csv', 'csv.gz', 'csv.zst', ...]`: the files that count inside a folder. */
export function withPacked(extensions: readonly string[]): readonly string[] {
  return extensions.flatMap((own) => [own, ...Object.keys(packedExtensions).map((packed) => `${own}.${packed}`)])
}

/** What a file is packed with, from its first bytes and its name. */
export function packingOf(head: Uint8Array, name: string, compression: Compression): Packing | undefined {
  if (compression === 'none') return undefined
  if (compression !== 'auto') return compression
  const [a, b, c, d] = head
  if (a === 0x1f && b === 0x8b) return 'gzip'
  if (b === 0xb5 && c === 0x2f && d === 0xfd && a === 0x28) return 'zstd'
  // A skippable frame, which may stand before the others.
  if (a !== undefined && (a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd'
  return packingOfName(name) === 'brotli' ? 'brotli' : undefined
}

const outputBytes = 1 << 19

/**
 * The content of a packed stream, in chunks of at most about 512 KiB, in bounded memory however large it becomes. Several gzip members or zstd frames
 * one after another are read as one; zeros may follow them, nothing else.
 * @throws `SOURCE_CORRUPT` for what is damaged, ends early, goes on behind its end, or wants a zstd window of more than 128 MiB.
 */
export async function* unpack(
  packed: AsyncIterable<Uint8Array>,
  packing: Packing,
  shown: string,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const options = { chunkSize: outputBytes }
  const engine: Engine | undefined =
    packing === 'gzip' ? createGunzip(options) : packing === 'brotli' ? createBrotliDecompress(options) : undefined
  if (engine === undefined) {
    try {
      yield* unpackZstd(packed)
    } catch (cause) {
      signal.throwIfAborted()
      throw cause instanceof ZstdFault ? damaged(shown, packing, cause.reason, cause) : cause
    }
    return
  }
  const feeding = createFeed(packed, engine)
  try {
    for await (const chunk of engine) {
      signal.throwIfAborted()
      yield chunk as Uint8Array
    }
    const meaningful = await feeding.rest()
    if (meaningful > engine.bytesWritten)
      throw damaged(
        shown,
        packing,
        `has ${meaningful - engine.bytesWritten} more bytes behind the end of its ${packing} data`,
      )
  } catch (cause) {
    signal.throwIfAborted()
    const code = String((cause as NodeJS.ErrnoException).code ?? '')
    if (
      !/^(Z_|ERR__ERROR|ERR_BROTLI|ZSTD_|ERR_ZLIB|ERR_PADDING|ERR_)/.test(code) ||
      code === 'ERR_STREAM_PREMATURE_CLOSE'
    )
      throw cause
    throw damaged(shown, packing, reasonOf(code, String(cause), packing), cause)
  } finally {
    engine.destroy()
    await feeding.stop()
  }
}

/** Writes into the engine what it takes, and notes where the last byte that is not zero stands. */
function createFeed(packed: AsyncIterable<Uint8Array>, engine: Transform) {
  let meaningful = 0
  let total = 0
  let over = false
  engine.once('end', () => {
    over = true
  })
  engine.once('close', () => {
    over = true
  })
  const stream = packed[Symbol.asyncIterator]()
  const run = async () => {
    for (let next = await stream.next(); next.done !== true; next = await stream.next()) {
      let last = next.value.length - 1
      while (last >= 0 && next.value[last] === 0) last--
      if (last >= 0) meaningful = total + last + 1
      total += next.value.length
      if (over) {
        if (engine.destroyed && !engine.readableEnded) return
        continue
      }
      // zlib works on a chunk after it was handed over, while its buffer is filled again: each needs a copy of its own.
      if (!engine.write(Buffer.from(next.value)))
        await Promise.race([once(engine, 'drain'), once(engine, 'close'), once(engine, 'end')]).catch(() => undefined)
    }
    if (!over) engine.end()
  }
  const running = run().catch((error: Error) => {
    engine.destroy(error)
    throw error
  })
  running.catch(() => undefined)
  return {
    /** Bytes up to the last that is not zero, once everything is read. */
    async rest() {
      await running
      return meaningful
    },
    async stop() {
      over = true
      await running.catch(() => undefined)
      await stream.return?.()
    },
  }
}

function reasonOf(code: string, text: string, packing: Packing): string {
  if (code === 'Z_BUF_ERROR' || /unexpected end/i.test(text)) return `is truncated: its ${packing} data ends early`
  if (code === 'Z_HEADER_ERROR' || /header|prefix_unknown|magic|unknown frame/i.test(`${code} ${text}`))
    return `is not a ${packing} file, or is followed by something else`
  if (/window/i.test(`${code} ${text}`)) return 'wants more than 128 MiB of memory to unpack'
  return `is damaged: its ${packing} data does not unpack`
}

function damaged(shown: string, packing: Packing, reason: string, cause?: unknown): TidegateError {
  return new TidegateError('SOURCE_CORRUPT', `"${shown}" ${reason}`, {
    hint: 'Fetch or write the file again; a file should be written beside and renamed into place when it is complete.',
    data: { path: shown, compression: packing },
    ...(cause === undefined ? {} : { cause }),
  })
}
