import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Batch, Place, TableSchema, Target, Workspace } from 'tidegate'
import { type Packing, packingOfName } from './compression.ts'
import { pack } from './compression-write.ts'
import type { Encoding } from './encoding.ts'
import { byteOrderMark, encodeText } from './encoding-write.ts'
import { createFileTarget } from './publish.ts'

/** Text of a file: what stands before, between and after its rows. */
export interface TextFormat {
  readonly extension: string
  /** Made once for each file. */
  begin(schema: TableSchema): { readonly head: string; rows(batch: Batch): string; readonly tail: string }
}

/** How and where text is written: options of the target. */
export interface TextWriting {
  readonly path: string
  readonly in?: Workspace | undefined
  readonly encoding?: Encoding
  readonly bom?: boolean
  readonly compression?: Packing | 'none' | undefined
}

const extensions: Readonly<Record<Packing, string>> = { gzip: 'gz', zstd: 'zst', brotli: 'br' }

/** A file (packed where its ending or `compression` says so) or a folder of files, streamed batch by batch. */
export function createTextTarget(given: TextWriting, place: Pick<Place, 'folder'>, format: TextFormat): Target {
  const { encoding = 'utf8' } = given
  const packing = given.compression ?? packingOfName(given.path) ?? 'none'
  return createFileTarget({
    path: given.path,
    place,
    in: given.in,
    extension: packing === 'none' ? format.extension : `${format.extension}.${extensions[packing]}`,
    async write(file, batches, { schema, signal }) {
      const { head, rows, tail } = format.begin(schema)
      const chunks = async function* () {
        if (given.bom === true) yield byteOrderMark(encoding)
        if (head !== '') yield encodeText(head, encoding)
        for await (const batch of batches) yield encodeText(rows(batch), encoding)
        if (tail !== '') yield encodeText(tail, encoding)
      }
      const source = Readable.from(packing === 'none' ? chunks() : pack(chunks(), packing), { objectMode: false })
      await pipeline(source, createWriteStream(file), { signal })
    },
  })
}
