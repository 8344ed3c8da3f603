import {
  type Batch,
  BytesColumn,
  type Column,
  defineSource,
  type Field,
  isTidegateError,
  type OpenRequest,
  type PartRef,
  type Place,
  type Source,
  sliceBatch,
  type TableSchema,
  TidegateError,
  type Workspace,
} from 'tidegate'
import { z } from 'zod'
import { readBuffers } from './arrow-body.ts'
import { buffersUnder, decodeColumn, type Placed, placeColumns, unsupported } from './arrow-columns.ts'
import { ArrowFault } from './arrow-flat.ts'
import { type ArrowContent, type BatchMessage, openArrow } from './arrow-message.ts'
import type { ArrowField } from './arrow-schema.ts'
import { describeAllParts } from './describe-all.ts'
import { discoverFiles, fileOf, locationOf } from './discover.ts'
import { type ByteFile, openPart } from './place-file.ts'
import { pathOption, placeShape } from './source-options.ts'

export const arrowOptions = z.strictObject({
  path: pathOption,
  ...placeShape,
  /** Only these columns of the files. Default: all of them. */
  columns: z.array(z.string().min(1)).min(1).optional(),
})

/**
 * Arrow IPC as a source, files (Feather version 2) and streams told apart by content, one part per file. Read batch by batch; of a batch only the
 * buffers of the columns that are needed, and values stay where the file has them wherever the layout allows. LZ4 and zstd inside are unpacked.
 * Without a `schema` its columns are those of the files, pinned at the first run.
 * @throws `SOURCE_EMPTY`, `SOURCE_NOT_FOUND`, `SOURCE_UNREADABLE`, `SOURCE_CHANGED`; `SOURCE_CORRUPT` for what is truncated, damaged or not Arrow;
 * `TYPE_UNSUPPORTED` naming the column (durations, intervals, unions, run-end encoding, list views).
 */
export const arrow = defineSource({
  name: 'arrow',
  version: 1,
  options: arrowOptions,
  schema: 'described',
  create: (given, _needs, place) => createArrowSource(given, place),
})

export function createArrowSource(
  given: {
    readonly path: string | readonly string[]
    readonly in?: Workspace | undefined
    readonly columns?: readonly string[] | undefined
  },
  place: Pick<Place, 'folder'>,
): Source {
  const opened = async <T>(part: PartRef, work: (content: ArrowContent, file: ByteFile) => Promise<T>): Promise<T> => {
    const file = await openPart(fileOf(place.folder, part), part, given.in)
    try {
      return await work(await openArrow(file), file)
    } catch (error) {
      await file.assertUnchanged()
      throw fault(error, part.id)
    } finally {
      await file.close()
    }
  }
  const describe = (part: PartRef) =>
    opened(part, async ({ fields }) => schemaOf(chosen(fields, given.columns, part.id)))
  return {
    listing: 'complete',
    location: locationOf(place.folder, given.path, given.in),
    discover: ({ known, signal }) =>
      discoverFiles({
        path: given.path,
        folder: place.folder,
        in: given.in,
        extensions: ['arrow', 'feather', 'ipc', 'arrows'],
        known,
        signal,
      }),
    describe,
    describeAll: (parts, request) => describeAllParts(parts, request, describe),
    async *open(part, request) {
      const file = await openPart(fileOf(place.folder, part), part, given.in)
      try {
        yield* readBatches(file, part, given.columns, request)
        await file.assertUnchanged()
      } catch (error) {
        if (error instanceof ArrowFault || error instanceof RangeError) await file.assertUnchanged()
        throw fault(error, part.id)
      } finally {
        await file.close()
      }
    },
  }
}

async function* readBatches(
  file: ByteFile,
  part: PartRef,
  columns: readonly string[] | undefined,
  { schema, columns: needed, batchRows, signal }: OpenRequest,
): AsyncIterable<Batch> {
  const content = await openArrow(file)
  const asked = new Map(schema?.fields.map((field) => [field.name, field]))
  const wanted = chosen(content.fields, columns, part.id).filter(
    ({ name }) => (needed?.includes(name) ?? true) && (schema === undefined || asked.has(name)),
  )
  const own = schemaOf(wanted)
  const fields = own.fields.map((field): Field => {
    const sees = asked.get(field.name)?.sees
    return sees === undefined ? field : { ...field, sees }
  })
  const dictionaries = new Map<string, Column>()
  const words = dictionaryFields(wanted)
  for await (const message of content.messages()) {
    signal.throwIfAborted()
    if (message.dictionary !== undefined) {
      const field = words.get(message.dictionary.id)
      if (field !== undefined) await readDictionary(file, message, field, dictionaries)
      continue
    }
    const all = placeColumns(content.fields, message)
    const placed = wanted.map((field) => all[content.fields.indexOf(field)] as Placed)
    for (const { node, field } of placed)
      if (message.nodes[node]?.length !== message.rows)
        throw new ArrowFault(`has a batch of ${message.rows} rows with another number in the column "${field.name}"`)
    const buffers = await readBuffers(file, message, placed.flatMap(buffersUnder))
    const batch = {
      schema: { fields },
      length: message.rows,
      columns: placed.map((column, i) =>
        decodeColumn(column, { message, buffers, dictionaries, sees: fields[i]?.sees }),
      ),
    }
    if (batch.length > 0 && batch.length <= batchRows) yield batch
    else
      for (let start = 0; start < batch.length; start += batchRows) {
        signal.throwIfAborted()
        yield sliceBatch(batch, start, Math.min(batch.length, start + batchRows))
      }
  }
}

/** The columns that are read, none of them twice. */
function chosen(
  fields: readonly ArrowField[],
  columns: readonly string[] | undefined,
  shown: string,
): readonly ArrowField[] {
  const missing = columns?.find((name) => !fields.some((field) => field.name === name))
  if (missing !== undefined) {
    throw new TidegateError('COLUMN_MISSING', `"${shown}" has no column "${missing}"`, {
      hint: `Its columns are ${fields.map(({ name }) => name).join(', ')}.`,
      data: { column: missing, path: shown },
    })
  }
  const found = columns === undefined ? fields : fields.filter(({ name }) => columns.includes(name))
  const names = new Set<string>()
  for (const { name } of found) {
    if (names.has(name))
      throw new TidegateError('SCHEMA_MISMATCH', `"${shown}" has several columns named "${name}"`, {
        hint: 'Rename one in the file, or leave the name out of `columns`.',
        data: { column: name, path: shown },
      })
    names.add(name)
  }
  return found
}

function schemaOf(fields: readonly ArrowField[]): TableSchema {
  return {
    fields: fields.map((field) => {
      if (field.type === undefined) throw unsupported(field)
      return { name: field.name, type: field.type, nullable: field.nullable }
    }),
  }
}

/** The fields that dictionaries hold values of, by the dictionary's id. */
function dictionaryFields(fields: readonly ArrowField[]): ReadonlyMap<string, ArrowField> {
  const found = new Map<string, ArrowField>()
  const visit = (field: ArrowField): void => {
    if (field.dictionary !== undefined) found.set(field.dictionary.id, field)
    field.children.forEach(visit)
  }
  fields.forEach(visit)
  return found
}

async function readDictionary(
  file: ByteFile,
  message: BatchMessage,
  field: ArrowField,
  dictionaries: Map<string, Column>,
): Promise<void> {
  const { id, delta } = message.dictionary as NonNullable<BatchMessage['dictionary']>
  const [placed] = placeColumns([field], message) as [Placed]
  const buffers = await readBuffers(file, message, buffersUnder(placed))
  const words = decodeColumn(placed, { message, buffers, dictionaries }, true)
  const before = delta ? dictionaries.get(id) : undefined
  if (before === undefined) dictionaries.set(id, words)
  else if (before instanceof BytesColumn && words instanceof BytesColumn && before.type.kind === 'string')
    dictionaries.set(id, BytesColumn.ofStrings([...before.strings(), ...words.strings()]))
  else
    throw new TidegateError(
      'TYPE_UNSUPPORTED',
      `Arrow: the dictionary of column "${field.name}" grows, and is not of text`,
      {
        hint: 'Write it without a dictionary.',
        data: { column: field.name },
      },
    )
}

/** What reading met, as the fault of the file. */
function fault(error: unknown, shown: string): unknown {
  if (isTidegateError(error) || !(error instanceof ArrowFault || error instanceof RangeError)) return error
  const reason = error instanceof ArrowFault ? error.message : 'is damaged: its metadata points beyond its end'
  return new TidegateError('SOURCE_CORRUPT', `"${shown}" ${reason}`, {
    hint: 'Fetch or write the file again; a file should be written beside and renamed into place when it is complete.',
    data: { path: shown },
    cause: error,
  })
}
