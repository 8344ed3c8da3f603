import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { deflateRaw } from 'node:zlib'
import { createFileTarget, placeShape } from '@tidegate/files/toolkit'
import { type Batch, type Column, defineTarget, type Place, type Publication, type Target } from 'tidegate'
import { z } from 'zod'
import { avroSchemaOf, requireName } from './avro-schema.ts'
import { magic } from './container.ts'
import { columnWriter } from './encode.ts'
import { createOutput, type Output, writeBytes, writeInt, writeNumber } from './output.ts'

export const toAvroOptions = z.strictObject({
  /** With an extension (`out/daily.avro`) one file, otherwise a folder of files with a manifest. */
  path: z.string().min(1),
  ...placeShape,
  /** How blocks are packed. Default `deflate`. */
  codec: z.enum(['deflate', 'null']).default('deflate'),
  /** Name of the record in the schema. Default `Row`. */
  name: z.string().default('Row'),
})

export type ToAvroOptions = z.output<typeof toAvroOptions>

/**
 * Publishes as Avro object container files. The same rows give the same bytes: the sync marker is a hash of the snapshot. Every type is carried.
 * @throws `TARGET_FAILED`; `TYPE_PRECISION` for a timestamp in seconds beyond what milliseconds hold.
 */
export const toAvro = defineTarget({
  name: 'toAvro',
  options: toAvroOptions,
  create: (given, _needs, place) => createAvroTarget(given, place),
})

/** A block is closed when it holds so many bytes. */
const blockBytes = 256 << 10

export function createAvroTarget(given: ToAvroOptions, place: Pick<Place, 'folder'>): Target {
  requireName(given.name)
  return createFileTarget({
    path: given.path,
    place,
    in: given.in,
    extension: 'avro',
    async write(file, batches, publication) {
      const handle = await open(file, 'wx')
      try {
        await writeFile(handle, batches, publication, given)
      } finally {
        await handle.close()
      }
    },
  })
}

const pack = promisify<Uint8Array, Buffer>(deflateRaw)

async function writeFile(
  handle: FileHandle,
  batches: AsyncIterable<Batch>,
  { schema, snapshot, signal }: Publication,
  { codec, name }: ToAvroOptions,
): Promise<void> {
  const sync = createHash('sha256').update(snapshot).digest().subarray(0, 16)
  await handle.write(header(avroSchemaOf(schema, name), codec, sync))
  const out = createOutput()
  let rows = 0
  // The block before is packed and written while the next one is encoded.
  let before: Promise<void> = Promise.resolve()

  async function flush(): Promise<void> {
    const plain = out.bytes.slice(0, out.at)
    const count = rows
    out.at = 0
    rows = 0
    await before
    before = put(handle, plain, count, codec, sync)
    before.catch(() => undefined)
  }

  for await (const batch of batches) {
    signal.throwIfAborted()
    const writers = schema.fields.map((field, i) => columnWriter(field, batch.columns[i] as Column, out))
    for (let row = 0; row < batch.length; row++) {
      for (let w = 0; w < writers.length; w++) (writers[w] as (row: number) => void)(row)
      rows++
      // Rows without bytes (nothing but nulls) are counted too: readers refuse blocks that claim millions of them.
      if (out.at >= blockBytes || rows === 1 << 20) await flush()
    }
  }
  if (rows > 0) await flush()
  await before
}

async function put(
  handle: FileHandle,
  plain: Uint8Array,
  rows: number,
  codec: string,
  sync: Uint8Array,
): Promise<void> {
  const data = codec === 'deflate' ? await pack(plain) : plain
  const head = createOutput()
  writeNumber(head, rows)
  writeNumber(head, data.length)
  await handle.writev([taken(head), data, sync])
}

function header(schema: string, codec: string, sync: Uint8Array): Uint8Array {
  const out = createOutput()
  out.bytes.set(magic)
  out.at = magic.length
  writeInt(out, 2)
  for (const text of ['avro.schema', schema, 'avro.codec', codec]) {
    const bytes = Buffer.from(text)
    writeBytes(out, bytes, 0, bytes.length)
  }
  writeInt(out, 0)
  return Buffer.concat([taken(out), sync])
}

function taken(out: Output): Uint8Array {
  return out.bytes.subarray(0, out.at)
}
