import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import type { Command } from 'tidegate'
import { parquetRows } from '../parquet-count.ts'
import { type Input, type InputOptions, openInput, schemaOf } from './input.ts'
import { createRejectTally, readRows } from './read-rows.ts'
import { rejectRecord, rowsText, shownRejects, tellRejects } from './told.ts'

/**
 * `tidegate count <file>`: rows, from footers where the format has them. Otherwise records are found without reading their cells: those that are no
 * record are told; with `--schema` those as well whose cells do not fit.
 */
export const count: Command<InputOptions> = async ([word = ''], options, context) => {
  const { screen, signal } = context
  const resources = { memory: 512e6, threads: availableParallelism() }
  const input = await openInput(word, options, context, resources)
  try {
    const tally = createRejectTally(shownRejects)
    const footers =
      input.format.name === 'parquet' && input.declared === undefined && input.options['filter'] === undefined
    const rows = footers
      ? await parquetRows(
          input.parts.map(({ id }) => resolve(context.cwd, id)),
          resources,
        )
      : await counted()
    if (screen.json) {
      screen.record({
        file: input.path,
        format: input.format.name,
        files: input.parts.length,
        rows,
        rejected: rejectRecord(tally),
      })
    } else {
      const files = input.parts.length === 1 ? '' : ` in ${input.parts.length} files`
      screen.lines(`${rowsText(rows)}${files}`)
    }
    return tellRejects(screen, tally)

    async function counted(): Promise<number> {
      const { random } = context.place(resources)
      const request = { signal, random, ...(await wanted(input, signal)) }
      let sum = 0
      for await (const batch of readRows(input, request, tally)) sum += batch.length
      return sum
    }
  } finally {
    await input.close()
  }
}

/** Without a declared schema no cell has to be read. */
async function wanted(input: Input, signal: AbortSignal) {
  if (input.declared !== undefined) return { schema: (await schemaOf(input, signal)).schema }
  const [part] = input.parts
  const schema = part === undefined ? { fields: [] } : await input.source.describe(part, { signal, declared: true })
  return { schema, columns: [] }
}
