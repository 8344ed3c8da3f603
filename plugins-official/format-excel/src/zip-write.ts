import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { crc32, createDeflateRaw } from 'node:zlib'

/** A zip file, written entry by entry in bounded memory (PKWARE APPNOTE 6.3.10, without zip64: an entry may hold 4 GB). */
export interface ZipWriter {
  /** Packs the pieces of text as one file. */
  add(name: string, pieces: AsyncIterable<string> | Iterable<string>): Promise<void>
  finish(): Promise<void>
}

interface Written {
  readonly name: Buffer
  readonly offset: number
  readonly crc: number
  readonly packed: number
  readonly plain: number
}

const most = 0xffffffff
/** 1980-01-01, the earliest date a zip can state: equal content makes equal bytes. */
const date = 0x21

export function createZipWriter(handle: FileHandle): ZipWriter {
  const entries: Written[] = []
  let at = 0

  async function put(bytes: Uint8Array): Promise<void> {
    await handle.write(bytes, 0, bytes.length, at)
    at += bytes.length
  }

  return {
    async add(name, pieces) {
      const offset = at
      const label = Buffer.from(name)
      await put(Buffer.concat([Buffer.alloc(30), label]))
      let crc = 0
      let plain = 0
      let packed = 0
      async function* bytes(): AsyncIterable<Uint8Array> {
        for await (const piece of pieces) {
          const chunk = Buffer.from(piece)
          crc = crc32(chunk, crc)
          plain += chunk.length
          yield chunk
        }
      }
      const source = Readable.from(bytes(), { objectMode: false })
      const deflate = createDeflateRaw({ chunkSize: 1 << 18 })
      source.on('error', (error) => deflate.destroy(error))
      source.pipe(deflate)
      try {
        for await (const chunk of deflate) {
          packed += (chunk as Uint8Array).length
          await put(chunk as Uint8Array)
        }
      } finally {
        source.destroy()
        deflate.destroy()
      }
      if (plain > most || at > most) throw new Error(`"${name}" is larger than 4 GB`)
      const entry = { name: label, offset, crc, packed, plain }
      entries.push(entry)
      const head = Buffer.alloc(30)
      head.writeUInt32LE(0x04034b50)
      describe(head, 4, entry)
      await handle.write(head, 0, head.length, offset)
    },
    async finish() {
      const start = at
      for (const entry of entries) {
        const head = Buffer.alloc(46)
        head.writeUInt32LE(0x02014b50)
        head.writeUInt16LE(20, 4)
        describe(head, 6, entry)
        head.writeUInt32LE(entry.offset, 42)
        await put(Buffer.concat([head, entry.name]))
      }
      const end = Buffer.alloc(22)
      end.writeUInt32LE(0x06054b50)
      end.writeUInt16LE(entries.length, 8)
      end.writeUInt16LE(entries.length, 10)
      end.writeUInt32LE(at - start, 12)
      end.writeUInt32LE(start, 16)
      await put(end)
    },
  }
}

/** What the header of an entry and its line in the directory have in common. */
function describe(head: Buffer, from: number, { name, crc, packed, plain }: Written): void {
  head.writeUInt16LE(20, from)
  head.writeUInt16LE(0x0800, from + 2) // names in UTF-8
  head.writeUInt16LE(8, from + 4) // deflate
  head.writeUInt16LE(date, from + 8)
  head.writeUInt32LE(crc, from + 10)
  head.writeUInt32LE(packed, from + 14)
  head.writeUInt32LE(plain, from + 18)
  head.writeUInt16LE(name.length, from + 22)
}
