import { discoverFiles, fileOf, locationOf, pathOption, placeShape, readFileBytes } from '@tidegate/files/toolkit'
import { defineSource, type PartRef, type Place, type Source } from 'tidegate'
import { z } from 'zod'
import { openAvro } from './container.ts'
import { offered, readAvro } from './read.ts'

export const avroOptions = z.strictObject({
  /** A file, a folder, a glob, or a list of these. */
  path: pathOption,
  ...placeShape,
  /** Only these columns are offered; the others may be of types that cannot be read. Default: all. */
  columns: z.array(z.string()).min(1).optional(),
  /** A block that claims or unpacks to more bytes is refused. Default 64 MiB. */
  maxBlockBytes: z
    .int()
    .min(1024)
    .max(1 << 30)
    .default(64 << 20),
})

export type AvroOptions = z.output<typeof avroOptions>

/**
 * Avro object container files as a source, one part per file, read block by block; only the columns needed are decoded. Types are those of the file;
 * a `schema` narrows and names them.
 * @throws `SOURCE_EMPTY`, `SOURCE_NOT_FOUND`, `SOURCE_UNREADABLE`, `SOURCE_CHANGED`; `SOURCE_CORRUPT` with the byte for what is truncated, damaged or
 * no Avro; `TYPE_UNSUPPORTED` naming the column (unions of several types, recursion, decimals of more than 38 digits) or the codec.
 */
export const avro = defineSource({
  name: 'avro',
  version: 1,
  schema: 'described',
  options: avroOptions,
  create: (given, _needs, place) => createAvroSource(given, place),
})

export function createAvroSource(given: AvroOptions, place: Pick<Place, 'folder'>): Source {
  const open = (part: PartRef, signal: AbortSignal) =>
    openAvro(readFileBytes(fileOf(place.folder, part), part, 'none', signal, given.in), part.id)
  return {
    listing: 'complete',
    location: locationOf(place.folder, given.path, given.in),
    discover: ({ known, signal }) =>
      discoverFiles({ path: given.path, folder: place.folder, in: given.in, extensions: ['avro'], known, signal }),
    async describe(part, { signal }) {
      const file = await open(part, signal)
      try {
        return { fields: offered(file.header.record, given.columns, part.id) }
      } finally {
        await file.close()
      }
    },
    async *open(part, request) {
      const file = await open(part, request.signal)
      yield* readAvro(file, part.id, given, request)
    },
  }
}
