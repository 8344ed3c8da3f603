import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  type Batch,
  BytesColumn,
  type Column,
  defineTarget,
  type Place,
  type TableSchema,
  type Target,
  types,
  type Workspace,
} from 'tidegate'
import { z } from 'zod'
import { createFileTarget } from './publish.ts'
import { placeShape } from './source-options.ts'
import { type Body, bodyOf } from './to-arrow-columns.ts'
import { type Block, batchMessage, footer, schemaMessage } from './to-arrow-message.ts'
import { comesAsCodes, createWords } from './to-arrow-words.ts'

export const toArrowOptions = z.strictObject({
  /** With an extension (`out/daily.arrow`) one file, otherwise a folder. */
  path: z.string().min(1),
  ...placeShape,
  /** `file` can be read at any batch, `stream` from the beginning only. Default: `stream` where the path ends in `.arrows`, else `file`. */
  format: z.enum(['file', 'stream']).optional(),
})

/**
 * Publishes as Arrow IPC, which carries every type: one file replaced by rename, or a folder of immutable files with a manifest written last. Streamed
 * batch by batch. Text that comes as codes is written with a dictionary, which grows by delta batches.
 * @throws `TARGET_FAILED`; what was published before is then still there.
 */
export const toArrow = defineTarget({
  name: 'toArrow',
  options: toArrowOptions,
  create: (given, _needs, place) => createArrowTarget(given, place),
})

export function createArrowTarget(
  given: {
    readonly path: string
    readonly in?: Workspace | undefined
    readonly format?: 'file' | 'stream' | undefined
  },
  place: Pick<Place, 'folder'>,
): Target {
  const format = given.format ?? (given.path.toLowerCase().endsWith('.arrows') ? 'stream' : 'file')
  return createFileTarget({
    path: given.path,
    place,
    in: given.in,
    extension: format === 'file' ? 'arrow' : 'arrows',
    async write(file, batches, { schema, signal }) {
      const source = Readable.from(arrowBytes(schema, batches, format), { objectMode: false })
      await pipeline(source, createWriteStream(file), { signal })
    },
  })
}

/** Rows as the bytes of an Arrow file or stream. */
export async function* arrowBytes(
  schema: TableSchema,
  batches: AsyncIterable<Batch>,
  format: 'file' | 'stream',
): AsyncIterable<Uint8Array> {
  let position = 0
  const dictionaries: Block[] = []
  const records: Block[] = []
  const send = (bytes: Uint8Array) => {
    position += bytes.length
    return bytes
  }
  function* sendBatch(body: Body, metadata: Uint8Array, blocks: Block[]) {
    blocks.push({ at: position, metadata: metadata.length, body: body.length })
    yield send(metadata)
    for (const chunk of body.chunks) yield send(chunk)
  }
  if (format === 'file') yield send(Buffer.from('ARROW1\0\0', 'latin1'))
  let coded: (number | undefined)[] | undefined
  const words = schema.fields.map(createWords)
  const begun = new Set<number>()
  for await (const batch of batches) {
    if (batch.length === 0) continue
    if (coded === undefined) {
      coded = batch.columns.map((column, i) => (comesAsCodes(column) ? i : undefined))
      yield send(schemaMessage(schema, coded))
    }
    const columns: Column[] = []
    for (const [i, column] of batch.columns.entries()) {
      if (coded[i] === undefined) {
        columns.push(column)
        continue
      }
      const { codes, added } = (words[i] as (typeof words)[number]).encode(column)
      columns.push(codes)
      const news =
        added ?? (begun.has(i) ? undefined : new BytesColumn(types.string, new Int32Array(1), new Uint8Array(0)))
      if (news === undefined) continue
      const body = bodyOf([news], news.length)
      yield* sendBatch(body, batchMessage(body, { id: i, delta: begun.has(i) }), dictionaries)
      begun.add(i)
    }
    const body = bodyOf(columns, batch.length)
    yield* sendBatch(body, batchMessage(body), records)
  }
  if (coded === undefined) yield send(schemaMessage(schema, []))
  yield send(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0))
  if (format === 'file') yield send(footer(schema, coded ?? [], dictionaries, records))
}
