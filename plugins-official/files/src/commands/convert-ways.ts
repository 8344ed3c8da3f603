import { relative, resolve } from 'node:path'
import { type CommandContext, type PartRef, type TableSchema, TidegateError } from 'tidegate'
import { assertSame, type Content, contentOf, type Losses, type Writing, writeBatches } from '../convert.ts'
import { convertInside, guessOf } from '../convert-fast.ts'
import { createCsvSource, csvSourceOptions } from '../csv.ts'
import type { CsvShape } from '../csv-language.ts'
import { type Input, type Resources, settled } from './input.ts'
import { createRejectTally, type Rejected, type RejectTally, readRows } from './read-rows.ts'
import { rejectText, shownRejects } from './told.ts'

export type Output = Pick<Writing, 'format' | 'options'>

export interface Conversion {
  readonly input: Input
  readonly schema: TableSchema
  readonly output: Output
  readonly losses: Losses
  readonly tally: RejectTally
  readonly resources: Resources
  readonly context: CommandContext
  /** Absolute path of what is written, before it gets its name. */
  readonly temporary: string
  /** The output as people typed it. */
  readonly to: string
}

/** How a conversion went about it: `inside` DuckDB, or `streamed` through our own reader. */
export interface Done {
  readonly rows: number
  readonly way: 'inside' | 'streamed'
  readonly hash: string
}

/** Source and target work at the same time. */
export function half({ memory, threads }: Resources): Resources {
  return { memory: memory * 0.4, threads }
}

/** Options that are what they are by default, but for those named. */
function isPlain(given: object, plain: object, but: readonly string[]): boolean {
  const rest = (options: object) => JSON.stringify(Object.entries(options).filter(([key]) => !but.includes(key)))
  return rest(given) === rest(plain)
}

/** The one file, where formats and options do not rule the fast way out. */
function fastPart({ input, output, to }: Pick<Conversion, 'input' | 'output' | 'to'>): PartRef | undefined {
  const { format, options } = output
  const [part, ...more] = input.parts
  if (part === undefined || more.length > 0 || format.name !== 'parquet') return undefined
  if (input.format.name !== 'csv' && input.format.name !== 'tsv') return undefined
  const plainInput = input.format.reader?.options.parse({ path: input.options['path'] }) ?? {}
  if (!isPlain(input.options, plainInput, ['path', 'delimiter'])) return undefined
  const { path: _, ...plainOutput } = format.writer.options.parse({ path: to })
  return isPlain(options, plainOutput, ['compression', 'rowGroupRows']) ? part : undefined
}

/** Rows from which types are guessed. */
const sampleRows = 20_000

/**
 * Types by the first rows, and the fast way with them in a language so narrow that all values together would give these very types. Undefined where
 * the sample leaves anything open or a later row does not fit: then the whole file has to be looked at.
 */
export async function convertGuessed(
  conversion: Omit<Conversion, 'schema' | 'losses'>,
): Promise<{ readonly schema: TableSchema; readonly done: Done } | undefined> {
  const { input, context, resources } = conversion
  const part = input.declared === undefined ? fastPart(conversion) : undefined
  if (part === undefined) return undefined
  const options = csvSourceOptions.parse({ ...input.options, infer: { rows: sampleRows } })
  const source = createCsvSource(options, context.place(half(resources)))
  const guess = guessOf(await source.infer([part], context.signal))
  if (guess === undefined) return undefined
  const schema = { fields: guess.schema.fields.map(settled) }
  const done = await convertFast({ ...conversion, schema }, { empty: guess.empty })
  return done === undefined ? undefined : { schema, done }
}

/** The fast way, where it is certain to give what the other gives; undefined: it was not taken, or led nowhere. */
export async function convertFast(
  conversion: Omit<Conversion, 'losses'>,
  guessed?: CsvShape['guessed'],
): Promise<Done | undefined> {
  const { input, schema, output, resources, temporary, to, context } = conversion
  const { options } = output
  const part = fastPart(conversion)
  if (part === undefined) return undefined
  const result = await convertInside({
    csv: resolve(context.cwd, part.id),
    parquet: temporary,
    schema,
    ...(guessed === undefined ? {} : { guessed }),
    delimiter: String(input.options['delimiter']),
    compression: String(options['compression']),
    rowGroupRows: groupFitting(Number(options['rowGroupRows']), resources.memory, schema.fields.length),
    ...resources,
    signal: context.signal,
  })
  if (result === undefined) return undefined
  const { rows, read, written, rowsWritten } = result
  await assertSame({ rows, hash: read }, { rows: rowsWritten, hash: written }, temporary, to)
  return { rows, hash: read, way: 'inside' }
}

function boundedOptions({ format, options }: Output, { memory }: Resources): Output['options'] {
  if (format.name !== 'parquet') return options
  return { ...options, rowGroupRows: rowGroupOf(Number(options['rowGroupRows']), memory) }
}

/** Bytes that a cell of a row group takes while all threads collect, compress and write theirs, generously. */
const groupedCellBytes = 800

/** The same for DuckDB alone, where nothing else is held and few columns leave room for more rows. */
function groupFitting(rows: number, memory: number, columns: number): number {
  const least = rowGroupOf(rows, memory)
  return Math.max(least, Math.min(rows, 2048 * Math.floor(memory / groupedCellBytes / columns / 2048)))
}

/** The usual row group, smaller where two of them for each thread would be half of what there is. */
function rowGroupOf(rows: number, memory: number): number {
  return rows === 122_880 && memory < 800e6 ? (memory < 400e6 ? 30_720 : 61_440) : rows
}

/** Any format to any other, batch by batch, written and read back. */
export async function convertStreamed(conversion: Conversion): Promise<Done> {
  const { input, schema, output, losses, tally, resources, context, temporary, to } = conversion
  const { signal, cwd } = context
  const place = context.place(half(resources))
  const path = relative(cwd, temporary)
  const request = { schema, signal, random: place.random, batchRows: batchRows(resources) }
  const batches = () => readRows(input, request, tally)
  const options = boundedOptions(output, resources)
  const writing = { format: output.format, options, path, schema: plainSchema(schema), place, signal }
  const written = await writeBatches(batches, writing, losses)
  const back = await readBack({ ...conversion, schema: plainSchema(schema) }, place, path)
  await assertSame(written, back, temporary, to)
  return { ...written, way: 'streamed' }
}

/** How the input spelt its values is nothing to the output. */
function plainSchema({ fields }: TableSchema): TableSchema {
  return { fields: fields.map(({ format: _, ...field }) => field) }
}

/** Less memory, smaller batches: a batch stands several times in memory while it is read, hashed and written. */
function batchRows({ memory }: Resources): number {
  return memory >= 256e6 ? 65_536 : memory >= 64e6 ? 16_384 : 4096
}

async function readBack(
  { output, schema, losses, context, resources }: Conversion,
  place: Writing['place'],
  path: string,
): Promise<Content> {
  const { format, options } = output
  const { reader } = format
  if (reader === undefined) throw new TidegateError('TYPE_UNSUPPORTED', `${format.name} cannot be read back`)
  // The dialect that was written; what only writers know is left out.
  const shared = Object.entries(options).filter(([key, value]) => key in reader.options.shape && value !== undefined)
  const names = schema.fields.map(({ name }) => name)
  const given: Record<string, unknown> = { ...Object.fromEntries(shared), path }
  if (given['header'] === false) given['header'] = names
  if ('columns' in reader.options.shape) given['columns'] = names
  const source = await reader.create(reader.options.parse(given), place)
  try {
    const part = { id: path, fingerprint: '' }
    const tally = createRejectTally(shownRejects, (rejected) => {
      throw differs(rejected)
    })
    const request = { schema, signal: context.signal, random: place.random, batchRows: batchRows(resources) }
    return await contentOf(readRows({ source, parts: [part] }, request, tally), schema, losses)
  } finally {
    await source.close?.()
  }
}

function differs([row]: readonly Rejected[]): TidegateError {
  return new TidegateError(
    'OUTPUT_DIFFERS',
    `What was written does not read back: ${row === undefined ? '' : rejectText(row)}`,
    {
      hint: 'The output was removed. Check the options of the output format, or choose another format.',
    },
  )
}
