import { createBits, hasBit, rowsSet, setBit } from '../bits.ts'
import { type Batch, columnOf, takeBatch } from '../columns/batch.ts'
import { buildField } from '../columns/build.ts'
import { quarantineSchema } from '../gate/quarantine.ts'
import type { OutputPart, QuarantineStatus, Section } from '../parts/record.ts'
import type { Store } from '../parts/store.ts'
import { readOutput } from '../run/dataset.ts'
import { conform } from '../schema/conform.ts'
import { type Field, type TableSchema, types } from '../types.ts'
import type { Life, Moment } from './lives.ts'

const instant = { kind: 'timestamp', unit: 'ms', zone: 'UTC' } as const

/** What stands beside the columns of `node.quarantine` where people look at it. */
const story: readonly Field[] = [
  { name: '_status', type: types.string, nullable: false },
  { name: '_first_seen', type: instant, nullable: false },
  { name: '_first_run', type: types.string, nullable: false },
  { name: '_last_seen', type: instant, nullable: false },
  { name: '_last_run', type: types.string, nullable: false },
  { name: '_why', type: types.string, nullable: true },
  { name: '_by', type: types.string, nullable: true },
]

/** Names that are no columns of a node's rows where people hand in what they corrected. */
export const besideNames: ReadonlySet<string> = new Set([
  ...['_key', '_reasons', '_part', '_row', '_raw'],
  ...story.map(({ name }) => name),
])

/** `node.quarantine` as it is: where a value is absent, no fallback of the schema stands in for it. */
function valueSchema(schema: TableSchema): TableSchema {
  return { fields: quarantineSchema(schema).fields.map(({ fallback: _, ...field }) => field) }
}

/** The columns of the node, nullable, what quarantine puts beside them, and the life of the row. */
export function storySchema(section: Section): TableSchema {
  return { fields: [...valueSchema(section.schema).fields, ...story] }
}

/**
 * The rejected rows of a section in part order, each once: with the values that it came with or, where its correction was rejected as well, with the
 * corrected ones. Rows that are no longer rejected come last, as far as they are asked for: their values are gone with the data that they came with.
 */
export async function* storyRows(
  store: Store,
  section: Section,
  lives: ReadonlyMap<string, Life>,
  wanted: (life: Life, key: string) => boolean,
  signal: AbortSignal,
): AsyncIterable<Batch> {
  const seen: Moment = { runId: section.runId, at: section.at }
  for (const part of section.parts) {
    for await (const { batch, corrected, keys } of quarantinedRows(store, section, part, signal)) {
      const found = createBits(batch.length)
      for (let row = 0; row < batch.length; row++) {
        const life = lives.get(keys[row] as string)
        // The correction of this row was rejected in its turn, and stands for it.
        const twice = corrected(row) && life?.status !== 'replayed'
        if (life !== undefined && !twice && wanted(life, keys[row] as string)) setBit(found, row)
      }
      const rows = rowsSet(found, batch.length)
      if (rows.length === 0) continue
      const taken = takeBatch(batch, rows)
      yield withStory(
        taken,
        Array.from(rows, (row) => lives.get(keys[row] as string) as Life),
        seen,
      )
    }
  }
  const gone = [...lives].filter(([key, life]) => life.last !== undefined && wanted(life, key))
  if (gone.length > 0)
    yield withStory(
      closedRows(section.schema, gone),
      gone.map(([, life]) => life),
      seen,
    )
}

/** The rows that a part has in quarantine, also those that a correction stands for. */
async function* quarantinedRows(store: Store, section: Section, part: OutputPart, signal: AbortSignal) {
  const { keys, corrected } = part.aside ?? {}
  const bits = corrected === undefined ? undefined : Buffer.from(corrected.bits, 'base64')
  const whole = { ...part, aside: keys === undefined ? {} : { keys } }
  let first = 0
  for await (const stored of readOutput(store, whole, 'quarantine', { signal })) {
    const start = first
    first += stored.length
    const batch = conform(stored, valueSchema(section.schema), { node: section.node, nulls: 'leave' })
    yield {
      batch,
      keys: Array.from(columnOf(batch, '_key') as Iterable<unknown>, String),
      corrected: (row: number) => bits !== undefined && hasBit(bits, start + row),
    }
  }
}

function withStory(batch: Batch, lives: readonly Life[], seen: Moment): Batch {
  const values: Readonly<Record<string, readonly unknown[]>> = {
    _status: lives.map((life) => life.status),
    _first_seen: lives.map((life) => life.first.at),
    _first_run: lives.map((life) => life.first.runId),
    _last_seen: lives.map((life) => (life.last ?? seen).at),
    _last_run: lives.map((life) => (life.last ?? seen).runId),
    _why: lives.map((life) => life.why ?? null),
    _by: lives.map((life) => life.by ?? null),
  }
  return {
    schema: { fields: [...batch.schema.fields, ...story] },
    length: batch.length,
    columns: [...batch.columns, ...story.map((field) => buildField(field, values[field.name] as readonly unknown[]))],
  }
}

function closedRows(schema: TableSchema, closed: readonly (readonly [string, Life])[]): Batch {
  const { fields } = valueSchema(schema)
  const known: Readonly<Record<string, readonly unknown[]>> = {
    _key: closed.map(([key]) => key),
    _reasons: closed.map(([, life]) => life.reasons),
    _part: closed.map(([, life]) => life.part),
    _row: closed.map(([, life]) => life.row),
  }
  const nothing = closed.map(() => null)
  return {
    schema: { fields },
    length: closed.length,
    columns: fields.map((field) => buildField(field, known[field.name] ?? nothing)),
  }
}

/** How many rows have each status. */
export function statusCounts(section: Section): Readonly<Record<QuarantineStatus, number>> {
  const rows = section.quarantine?.rows ?? {}
  return {
    open: rows.open ?? 0,
    corrected: rows.corrected ?? 0,
    replayed: rows.replayed ?? 0,
    dismissed: rows.dismissed ?? 0,
    'resolved by new data': rows['resolved by new data'] ?? 0,
  }
}
