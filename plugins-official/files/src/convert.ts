import { rm } from 'node:fs/promises'
import {
  type Batch,
  createContentHash,
  type Place,
  type Publication,
  type TableSchema,
  TidegateError,
  typeName,
} from 'tidegate'
import type { FileFormat } from './format.ts'

export interface Writing {
  readonly format: FileFormat & { readonly writer: NonNullable<FileFormat['writer']> }
  /** Validated options of the writer, as given without `path`. */
  readonly options: Readonly<Record<string, unknown>>
  /** Path of the file to write, relative to the place. */
  readonly path: string
  readonly schema: TableSchema
  readonly place: Place
  readonly signal: AbortSignal
}

/** What a pass over rows amounts to: their number and the hash of their content in order. */
export interface Content {
  readonly rows: number
  readonly hash: string
}

export interface Losses {
  /** Columns that do not come back as they were, by a rule of the format; their values are not compared. */
  readonly converted: readonly string[]
}

/** @throws `TYPE_UNSUPPORTED` naming all columns that the format cannot carry. */
export function assertCarried(schema: TableSchema, { format }: Pick<Writing, 'format'>): Losses {
  const refused = schema.fields.filter(({ type }) => format.writer.carries(type) === 'refused')
  if (refused.length > 0) {
    const list = refused.map(({ name, type }) => `"${name}" (${typeName(type)})`).join(', ')
    throw new TidegateError(
      'TYPE_UNSUPPORTED',
      `${format.name} cannot carry ${refused.length === 1 ? 'column' : 'columns'} ${list}`,
      {
        hint: 'Choose another format, or declare other types with --schema.',
        data: { format: format.name, columns: refused.map(({ name }) => name) },
      },
    )
  }
  return {
    converted: schema.fields.filter(({ type }) => format.writer.carries(type) === 'converted').map(({ name }) => name),
  }
}

/** Writes batches as one file, in bounded memory, and says what was written. Nothing is left behind where it fails. */
export async function writeBatches(
  batches: () => AsyncIterable<Batch>,
  writing: Writing,
  { converted }: Losses,
): Promise<Content> {
  const { format, options, path, schema, place, signal } = writing
  let content: Counted | undefined
  const counted = () => {
    content = countContent(batches(), schema, converted)
    return content.batches
  }
  const target = await format.writer.create({ ...options, path }, place)
  const publication: Publication = {
    pipeline: 'convert',
    node: path,
    snapshot: place.runId,
    schema,
    get rows() {
      return content?.rows() ?? 0
    },
    parts: [{ id: path, key: place.runId, rows: 0, batches: counted }],
    batches: counted,
    signal,
  }
  try {
    await target.commit(publication)
  } finally {
    await target.close?.()
  }
  return content?.done() ?? { rows: 0, hash: createContentHash().digest() }
}

/** Reads rows to their end, for their number and hash. */
export async function contentOf(
  batches: AsyncIterable<Batch>,
  schema: TableSchema,
  { converted }: Losses,
): Promise<Content> {
  const content = countContent(batches, schema, converted)
  for await (const _ of content.batches);
  return content.done()
}

interface Counted {
  readonly batches: AsyncIterable<Batch>
  rows(): number
  done(): Content
}

function countContent(batches: AsyncIterable<Batch>, schema: TableSchema, converted: readonly string[]): Counted {
  const hash = createContentHash()
  const kept = schema.fields.flatMap(({ name }, i) => (converted.includes(name) ? [] : [i]))
  const narrow = (batch: Batch): Batch => ({
    length: batch.length,
    schema: { fields: kept.map((i) => batch.schema.fields[i] as Batch['schema']['fields'][number]) },
    columns: kept.map((i) => batch.columns[i] as Batch['columns'][number]),
  })
  // Columns and types count in the hash also where there is no row.
  hash.add({ ...narrow({ schema, length: 0, columns: [] }), columns: [] })
  let rows = 0
  return {
    batches: (async function* () {
      for await (const batch of batches) {
        rows += batch.length
        hash.add(converted.length === 0 ? batch : narrow(batch))
        yield batch
      }
    })(),
    rows: () => rows,
    done: () => ({ rows, hash: hash.digest() }),
  }
}

/** @throws `OUTPUT_DIFFERS`, and removes the file, where what was read back is not what was written. */
export async function assertSame(written: Content, back: Content, file: string, shown: string): Promise<void> {
  if (written.rows === back.rows && written.hash === back.hash) return
  await rm(file, { force: true })
  const what =
    written.rows === back.rows
      ? `${back.rows} rows came back, as were written, but their content differs`
      : `${written.rows} rows were written, ${back.rows} came back`
  throw new TidegateError('OUTPUT_DIFFERS', `"${shown}" does not read back as it was written: ${what}`, {
    hint: 'The output was removed. Check the options of the output format, or choose another format; please report the case.',
    data: { written, back },
  })
}
