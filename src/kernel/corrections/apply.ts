import { type Batch, columnOf, takeBatch } from '../columns/batch.ts'
import { TidegateError } from '../errors.ts'
import { hashJson } from '../hash/hash.ts'
import type { NodeAddress } from '../inspect/find-node.ts'
import type { Kernel } from '../kernel.ts'
import { didYouMean } from '../nearest.ts'
import type { Correction, Section } from '../parts/record.ts'
import { concatBatches } from '../schema/concat.ts'
import { conform } from '../schema/conform.ts'
import type { TableSchema } from '../types.ts'
import { type Current, changeSection } from './change-section.ts'
import { correctionSchema, currentRows, type KeyedRows } from './current-rows.ts'
import { type Life, putLives, readLives } from './lives.ts'
import { besideNames } from './rows.ts'
import { changedRows, wholeRows } from './whole-rows.ts'

/** What became of the rows of one set of corrections. */
export interface AppliedCorrections {
  /** The act that committed them, and its entry; no entry where no row was corrected. */
  readonly runId: string
  readonly entry: number | undefined
  /** The input part that the next run takes in, such as `corrections:1`. */
  readonly part: string | undefined
  readonly corrected: number
  /** Rows handed in as they stand in quarantine. */
  readonly unchanged: number
  /** Rows that new data has resolved meanwhile: they need no correction. */
  readonly resolved: number
}

/**
 * Corrected rows: `_key`, and columns of the node; what is left out keeps the value that it has. Whoever has them says which columns there are and is told
 * the schema to read them through. May be asked more than once.
 */
export type CorrectedRows = (
  accept: (columns: readonly string[]) => TableSchema,
) => AsyncIterable<Batch> | Iterable<Batch>

/**
 * Commits corrections of rows in quarantine, without running anything: the next run takes them in as a part of the gate's input.
 * @throws `CORRECTION_INVALID` for keys that no rejected row has or that stand there twice, for unknown columns, and for nodes whose gate follows a fold.
 */
export async function applyCorrectedRows(
  kernel: Kernel,
  address: NodeAddress,
  rows: CorrectedRows,
  options: { readonly by?: string | undefined; readonly signal?: AbortSignal } = {},
): Promise<AppliedCorrections> {
  const { signal = new AbortController().signal, by } = options
  const changed = await changeSection(
    kernel,
    address,
    async (current) => {
      refuse(current)
      const schema = correctionSchema(current.section.schema)
      const batches: Batch[] = []
      const accept = (columns: readonly string[]) => accepted(address.node, schema, columns)
      for await (const batch of rows(accept)) batches.push(batch)
      const given = gather(address.node, schema, batches)
      return commit(current, schema, given, by, signal)
    },
    signal,
  )
  const { part, ...counts } = changed.result
  return { runId: changed.runId, entry: changed.entry, part, ...counts }
}

function refuse({ state, section }: Current): void {
  const { node } = state
  if (node.shape === 'fold')
    throw invalid(node.name, `The gate of "${node.name}" follows a fold: its rows are made of many`, {
      hint: `Correct the rows that go in, in the quarantine of "${node.stream?.from}" or of a node before it.`,
    })
  const taken = section.schema.fields.find(({ name }) => besideNames.has(name))?.name
  if (taken !== undefined)
    throw invalid(node.name, `Node "${node.name}" has a column "${taken}" of its own, which corrections need`, {
      hint: 'Rename the column in the step before.',
    })
}

interface Given {
  readonly batch: Batch
  readonly keys: readonly string[]
}

/** The schema of the columns that were handed in. */
function accepted(node: string, { fields }: TableSchema, columns: readonly string[]): TableSchema {
  const known = fields.map(({ name }) => name)
  if (!columns.includes('_key'))
    throw invalid(node, 'The corrected rows have no column "_key"', {
      hint: `Keep the column that "tidegate quarantine export ${node}" writes: it says which row is corrected.`,
    })
  const unknown = columns.find((name) => !known.includes(name) && !besideNames.has(name))
  if (unknown !== undefined)
    throw invalid(node, `The corrected rows have a column "${unknown}", which node "${node}" has not`, {
      hint: didYouMean(unknown, known) ?? `Its columns: ${known.slice(1).join(', ')}.`,
    })
  return { fields: fields.filter(({ name }) => columns.includes(name)) }
}

/** What was handed in as one batch of the columns that it has. */
function gather(node: string, schema: TableSchema, batches: readonly Batch[]): Given {
  const found = batches[0]?.schema.fields.map(({ name }) => name) ?? ['_key']
  const fields = schema.fields.filter(({ name }) => found.includes(name))
  const batch = concatBatches(
    { fields },
    batches.map((own) => conform(own, { fields }, { node, nulls: 'leave' })),
  )
  const keys = Array.from({ length: batch.length }, (_, row) => String(columnOf(batch, '_key')?.at(row) ?? ''))
  const seen = new Set<string>()
  const twice = keys.find((key) => key !== '' && seen.size === seen.add(key).size)
  if (twice !== undefined)
    throw invalid(node, `The corrected rows have the key "${twice}" twice`, { hint: 'Keep one row of each key.' })
  return { batch, keys }
}

async function commit(
  current: Current,
  schema: TableSchema,
  given: Given,
  by: string | undefined,
  signal: AbortSignal,
): Promise<{ readonly section: Section | undefined; readonly result: Omit<AppliedCorrections, 'runId' | 'entry'> }> {
  const { engine, section, now, attempt, state } = current
  const lives = await readLives(engine.store, section.quarantine)
  const strange = given.keys.filter((key) => !lives.has(key))
  if (strange.length > 0)
    throw invalid(
      state.node.name,
      `No row in the quarantine of "${state.node.name}" has the key ${strange
        .slice(0, 3)
        .map((key) => `"${key}"`)
        .join(', ')}${strange.length > 3 ? `, and ${strange.length - 3} more` : ''}`,
      { hint: `Keys stand in the column "_key" that "tidegate quarantine export ${state.node.name}" writes.` },
    )
  const rejected = (key: string) => lives.get(key)?.last === undefined
  const rows = given.keys.flatMap((key, row) => (rejected(key) ? [row] : []))
  const keys = new Set(rows.map((row) => given.keys[row] as string))
  const before = await currentRows(current, lives, keys, signal)
  refuseHalf(current, given.batch, before)
  const taken = takeBatch(given.batch, Int32Array.from(rows))
  const whole = wholeRows(schema, taken, [...keys], before)
  const changed = changedRows(schema, whole, before)
  const counts = { unchanged: rows.length - changed.length, resolved: given.keys.length - rows.length }
  if (changed.length === 0) return { section: undefined, result: { part: undefined, corrected: 0, ...counts } }
  const id = nextPart(section.corrections ?? [])
  const name = hashJson([section.pipeline, section.node, id, now.runId, attempt])
  const writer = engine.store.writeData(`${name}.correction`, schema)
  const corrected = takeBatch(whole, Int32Array.from(changed))
  await writer.add(corrected)
  const data = await writer.finish()
  const own: Correction = { id, data, ...now, ...(by === undefined ? {} : { by }), pending: true }
  const marked = new Map(lives)
  for (const key of columnOf(corrected, '_key') as Iterable<unknown>)
    marked.set(String(key), {
      ...(lives.get(String(key)) as Life),
      status: 'corrected',
      changed: now,
      why: undefined,
      by,
    })
  return {
    section: {
      ...section,
      corrections: [...(section.corrections ?? []), own],
      quarantine: await putLives(engine.store, marked),
    },
    result: { part: id, corrected: changed.length, ...counts },
  }
}

/** A row that could not be parsed has no values to keep: what is left out would be absent, and the raw text would no longer stand for it. */
function refuseHalf({ section }: Current, given: Batch, { batches, at }: KeyedRows): void {
  const missing = section.schema.fields.filter(({ name, nullable }) => !nullable && columnOf(given, name) === undefined)
  if (missing.length === 0) return
  for (const [key, [index, row]] of at) {
    const raw = columnOf(batches[index] as Batch, '_raw')?.at(row) ?? null
    if (raw === null) continue
    const names = missing.map(({ name }) => `"${name}"`).join(', ')
    throw invalid(
      section.node,
      `The row with the key "${key}" could not be parsed, and its correction has no ${names}`,
      {
        hint: 'Correct such rows by whole rows: every column of the node that may not be null.',
      },
    )
  }
}

function nextPart(corrections: readonly Correction[]): string {
  const numbers = corrections.map(({ id }) => Number(id.slice(id.indexOf(':') + 1)))
  return `corrections:${Math.max(0, ...numbers) + 1}`
}

function invalid(node: string, message: string, { hint }: { readonly hint: string }): TidegateError {
  return new TidegateError('CORRECTION_INVALID', message, { hint, data: { node } })
}
