import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { type Batch, type CommandContext, type RejectedRow, type TableSchema, TidegateError } from 'tidegate'
import { assertCarried, writeBatches } from '../convert.ts'
import { formatOfPath } from '../formats.ts'
import { openInput, optionsOf } from './input.ts'
import { createRejectTally, readRows } from './read-rows.ts'
import { rejectText, shownRejects } from './told.ts'

const resources = { memory: 512e6, threads: 2 }

/**
 * The rows of a file of any format, for other commands. `accept` is told the names of its columns and says through which schema they are read.
 * @throws `ROW_MALFORMED` naming the rows that cannot be read, and what the format's source throws.
 */
export async function* readTable(
  path: string,
  accept: (columns: readonly string[]) => TableSchema,
  context: CommandContext,
): AsyncGenerator<Batch> {
  const input = await openInput(path, {}, context, resources)
  const { signal } = context
  const { random } = context.place(resources)
  const tally = createRejectTally(shownRejects, (rejected) => {
    throw malformed(path, rejected)
  })
  try {
    for (const part of input.parts) {
      const { fields } = await input.source.describe(part, { signal, declared: false })
      const schema = accept(fields.map(({ name }) => name))
      yield* readRows({ source: input.source, parts: [part] }, { schema, signal, random }, tally)
    }
  } finally {
    await input.close()
  }
}

function malformed(path: string, rejected: readonly RejectedRow[]): TidegateError {
  const shown = rejected.slice(0, shownRejects).map((row) => `  - ${rejectText({ file: path, ...row })}`)
  return new TidegateError('ROW_MALFORMED', [`"${path}" holds rows that cannot be read:`, ...shown].join('\n'), {
    hint: 'Correct them; nothing was taken in.',
    data: { rejected: rejected.slice(0, shownRejects) },
  })
}

/**
 * Writes rows as a file of the format that its name says, whole or not at all, and returns their number.
 * @throws `USAGE` for a file that exists and formats that cannot be written, `TYPE_UNSUPPORTED`.
 */
export async function writeTable(
  path: string,
  schema: TableSchema,
  batches: () => AsyncIterable<Batch>,
  context: CommandContext,
  { force = false }: { readonly force?: boolean } = {},
): Promise<number> {
  const { cwd, signal } = context
  const file = resolve(cwd, path)
  const { writer, ...format } = await formatOfPath(path, context.load)
  if (writer === undefined)
    throw new TidegateError('USAGE', `Files of the format ${format.name} can be read, not written`, {
      hint: 'Name an output of another format, such as rows.csv.',
    })
  if (!force && existsSync(file))
    throw new TidegateError('USAGE', `"${path}" exists`, { hint: 'Give --force to replace it, or another name.' })
  const place = context.place(resources)
  const temporary = join(dirname(file), `.${place.runId}-${basename(file)}`)
  const { path: _, ...options } = optionsOf(writer.options, undefined, '', { path })
  const written = { format: { ...format, writer }, options, path: relative(cwd, temporary), schema, place, signal }
  try {
    await mkdir(dirname(file), { recursive: true })
    const { rows } = await writeBatches(batches, written, assertCarried(schema, written))
    await rename(temporary, file)
    return rows
  } finally {
    await rm(temporary, { force: true })
  }
}
