import { existsSync, statSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { type Command, type CommandContext, parseBytes, type TableSchema, TidegateError, typeName } from 'tidegate'
import { assertCarried, type Losses, type Writing } from '../convert.ts'
import type { FileFormat } from '../format.ts'
import { formatNamed, formatOfPath } from '../formats.ts'
import { convertFast, convertGuessed, convertStreamed, type Done, half, type Output } from './convert-ways.ts'
import { type Input, type InputOptions, openInput, optionsOf, schemaOf } from './input.ts'
import { createRejectTally, type Rejected, type RejectTally } from './read-rows.ts'
import { createRejectFile } from './reject-file.ts'
import { countText, rejectRecord, rejectText, rowsText, shownRejects } from './told.ts'

interface ConvertOptions extends InputOptions {
  readonly to?: string
  readonly toOption?: Readonly<Record<string, string>>
  readonly bad?: string
  readonly memory?: string
  readonly threads?: number
  readonly force?: boolean
}

/**
 * `tidegate convert <in> <out>`: any format to any other, in bounded memory. The output appears whole or not at all: it is written beside, read back,
 * compared by count and content, and renamed.
 */
export const convert: Command<ConvertOptions> = async ([from = '', to = ''], options, context) => {
  const { screen, cwd, signal } = context
  const bad = verdictOf(options.bad)
  const resources = { memory: parseBytes(options.memory ?? '1GB'), threads: options.threads ?? availableParallelism() }
  const target = await openOutput(to, options, context)
  const input = await openInput(from, options, context, half(resources))
  const file = resolve(cwd, to)
  const runId = context.place(resources).runId
  const beside = (name: string) => join(dirname(name), `.${runId}-${basename(name)}`)
  const temporary = beside(file)
  const rejects = bad === 'halt' ? undefined : createRejectFile(beside(`${file}.rejected.ndjson`))
  try {
    await mkdir(dirname(file), { recursive: true })
    const tally = createRejectTally(shownRejects, rejects === undefined ? haltAt(input) : rejects.add)
    const task = { input, output: target, tally, resources, context, temporary, to }
    const guessed = await convertGuessed(task)
    const { schema, from: known } =
      guessed === undefined ? await schemaOf(input, signal) : ({ ...guessed, from: 'inferred' } as const)
    const losses = assertCarried(schema, target)
    const conversion = { ...task, schema, losses }
    const done = guessed?.done ?? (await convertFast(conversion)) ?? (await convertStreamed(conversion))
    await rejects?.close()
    signal.throwIfAborted()
    await published(temporary, file)
    if (rejects !== undefined && tally.rows > 0) await published(rejects.file, `${file}.rejected.ndjson`)
    tell({ from, to, schema, known, done, losses, tally, bytes: statSync(file).size })
    return 0
  } finally {
    await rejects?.close().catch(() => undefined)
    await Promise.all(
      [temporary, ...(rejects === undefined ? [] : [rejects.file])].map((path) => rm(path, { force: true })),
    )
    await input.close()
  }

  function tell(given: {
    readonly from: string
    readonly to: string
    readonly schema: TableSchema
    readonly known: string
    readonly done: Done
    readonly losses: Losses
    readonly tally: RejectTally
    readonly bytes: number
  }): void {
    const { done, losses, tally } = given
    if (screen.json) {
      screen.record({
        from: given.from,
        to: given.to,
        formats: [input.format.name, target.format.name],
        rows: done.rows,
        bytes: given.bytes,
        types: given.known,
        fields: given.schema.fields.map(({ name, type, nullable }) => ({ name, type: typeName(type), nullable })),
        verified: { rows: done.rows, hash: done.hash, way: done.way, without: losses.converted },
        rejected: rejectRecord(tally),
      })
      return
    }
    const { paint } = screen
    const types = {
      declared: 'types declared',
      file: 'types of the file',
      inferred: 'types found by reading the values',
    }
    screen.lines(
      `${paint.bold(given.to)}  ${rowsText(done.rows)}, ${given.schema.fields.length} columns, ${countText(given.bytes)} bytes`,
      paint.dim(`read back and compared: the same rows; ${types[given.known as keyof typeof types]}`),
    )
    for (const name of losses.converted)
      screen.note(
        paint.yellow(`column "${name}" was converted as ${target.format.name} demands; its values were not compared`),
      )
    if (tally.rows === 0) return
    screen.note(paint.yellow(`${rowsText(tally.rows)} could not be read and stand in ${given.to}.rejected.ndjson:`))
    for (const row of tally.first) screen.note(`  ${rejectText(row)}`)
  }
}

async function openOutput(
  to: string,
  { to: name, toOption, force }: ConvertOptions,
  context: CommandContext,
): Promise<Output> {
  if (extname(to) === '')
    throw new TidegateError('USAGE', `"${to}" has no extension: the output of convert is one file`, {
      hint: 'Name a file, such as out/daily.parquet.',
    })
  const format = name === undefined ? await formatOfPath(to, context.load) : await formatNamed(name, context.load)
  if (!canWrite(format))
    throw new TidegateError('USAGE', `Files of the format ${format.name} can be read, not written`, {
      hint: 'Name an output of another format.',
    })
  const { path: _, ...options } = optionsOf(format.writer.options, toOption, '--to-option', { path: to })
  if (force !== true && existsSync(resolve(context.cwd, to)))
    throw new TidegateError('USAGE', `"${to}" exists`, { hint: 'Give --force to replace it, or another name.' })
  return { format, options }
}

function canWrite(format: FileFormat): format is Writing['format'] {
  return format.writer !== undefined
}

function verdictOf(text: string | undefined): 'halt' | 'quarantine' {
  if (text === undefined || text === 'halt' || text === 'quarantine') return text ?? 'halt'
  throw new TidegateError('USAGE', `--bad is "${text}"`, { hint: 'It is halt or quarantine.' })
}

/** Nothing is written where a row cannot be read. */
function haltAt(input: Input): (rejected: readonly Rejected[]) => void {
  return (rejected) => {
    const shown = rejected.slice(0, shownRejects).map((row) => `  - ${rejectText(row)}`)
    const more =
      rejected.length > shown.length
        ? [`  - and ${countText(rejected.length - shown.length)} more before reading stopped`]
        : []
    throw new TidegateError(
      'ROW_MALFORMED',
      [`"${input.path}" holds rows that cannot be read:`, ...shown, ...more].join('\n'),
      {
        hint: 'Correct them, or give --bad quarantine to set them aside; nothing was written.',
        data: { rejected: rejected.slice(0, shownRejects) },
      },
    )
  }
}

async function published(temporary: string, file: string): Promise<void> {
  const handle = await open(temporary, 'r+')
  await handle.sync().finally(() => handle.close())
  await rename(temporary, file)
}
