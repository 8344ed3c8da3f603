import { availableParallelism } from 'node:os'
import { type Batch, type Command, concatBatches, Int64Column, sliceBatch, typeName } from 'tidegate'
import { type InputOptions, openInput, schemaOf } from './input.ts'
import { createRejectTally, readRows } from './read-rows.ts'
import { rejectRecord, shownRejects, tellRejects } from './told.ts'

/** `tidegate head <file>`: the first rows. Rows that could not be read before them are told, and make it end with 1. */
export const head: Command<InputOptions & { readonly rows: number }> = async ([word = ''], options, context) => {
  const { screen, signal } = context
  const resources = { memory: 512e6, threads: availableParallelism() }
  const input = await openInput(word, options, context, resources)
  try {
    const { schema } = await schemaOf(input, signal)
    const tally = createRejectTally(shownRejects)
    const batches: Batch[] = []
    let rows = 0
    const { random } = context.place(resources)
    const request = { schema, signal, random, batchRows: Math.max(1, Math.min(options.rows, 65_536)) }
    for await (const batch of readRows(input, request, tally)) {
      batches.push(sliceBatch(batch, 0, Math.min(batch.length, options.rows - rows)))
      rows += (batches.at(-1) as Batch).length
      if (rows >= options.rows) break
    }
    const shown = withNumbers(concatBatches(schema, batches))
    if (screen.json) {
      const fields = schema.fields.map(({ name, type, nullable }) => ({ name, type: typeName(type), nullable }))
      screen.record({
        file: input.path,
        format: input.format.name,
        schema: fields,
        rows: screen.batchRecords(shown),
        rejected: rejectRecord(tally),
      })
    } else if (schema.fields.length === 0) screen.lines(`${input.path} has no columns.`)
    else screen.batch(shown)
    return tellRejects(screen, tally)
  } finally {
    await input.close()
  }
}

/** 64-bit integers as numbers where all that are shown are exact. */
function withNumbers(batch: Batch): Batch {
  const columns = batch.columns.map((column) =>
    column instanceof Int64Column && column.firstInexact() < 0 ? column.seenAs('number') : column,
  )
  return { ...batch, columns }
}
