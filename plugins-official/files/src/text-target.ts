import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Batch, Place, TableSchema, Target } from 'tidegate'
import { createFileTarget } from './publish.ts'

/** Text of a file: what stands before, between and after its rows. */
export interface TextFormat {
  readonly extension: string
  readonly encoding: 'utf8' | 'latin1'
  /** Made once for each file. */
  begin(schema: TableSchema): { readonly head: string; rows(batch: Batch): string; readonly tail: string }
}

/** A file (`.gz`: packed) or a folder of files, streamed batch by batch. */
export function createTextTarget(path: string, place: Pick<Place, 'folder'>, format: TextFormat): Target {
  const packed = path.toLowerCase().endsWith('.gz')
  return createFileTarget({
    path,
    place,
    extension: format.extension,
    async write(file, batches, { schema, signal }) {
      const { head, rows, tail } = format.begin(schema)
      const chunks = async function* () {
        if (head !== '') yield Buffer.from(head, format.encoding)
        for await (const batch of batches) yield Buffer.from(rows(batch), format.encoding)
        if (tail !== '') yield Buffer.from(tail, format.encoding)
      }
      const source = Readable.from(chunks(), { objectMode: false })
      const sink = createWriteStream(file)
      await (packed ? pipeline(source, createGzip(), sink, { signal }) : pipeline(source, sink, { signal }))
    },
  })
}
