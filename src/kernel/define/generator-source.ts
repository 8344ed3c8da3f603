import type { ColumnTable } from 'arquero'
import type { PartRef, Source } from '../../plugins/source.ts'
import { sliceBatch } from '../columns/batch.ts'
import { toBatch } from '../columns/from-table.ts'
import type { Awaitable } from '../context.ts'
import { TidegateError } from '../errors.ts'
import type { Field, TableSchema } from '../types.ts'

interface Generation {
  /** The generator's name, for messages. */
  readonly name: string
  readonly fingerprint: string
  /** The physical schema of a declared one. */
  readonly schema: TableSchema | undefined
  /** Runs the generator from its beginning; each call gets the same random numbers. */
  readonly load: (signal: AbortSignal) => Awaitable<unknown>
}

/** A generator as a source: one part, `all`, that is new whenever the options are. */
export function generatorSource({ name, fingerprint, schema, load }: Generation): Source {
  const part: PartRef = { id: 'all', fingerprint }
  // Describing needs the first table; when it is the only one, reading does not make it again.
  let described: ColumnTable | undefined
  return {
    listing: 'complete',
    async *discover() {
      yield part
    },
    async describe(_, { signal }) {
      if (schema !== undefined) return schema
      const made = await load(signal)
      if (isTable(made)) described = made
      return schemaOf(name, tablesOf(name, made))
    },
    async *open(_, { schema: through, batchRows, signal }) {
      const made = described ?? (await load(signal))
      described = undefined
      for await (const table of tablesOf(name, made)) {
        signal.throwIfAborted()
        const batch = toBatch(
          table,
          through === undefined ? { node: name } : { node: name, schema: through, nulls: 'leave' },
        )
        for (let start = 0; start < batch.length; start += batchRows)
          yield sliceBatch(batch, start, Math.min(batch.length, start + batchRows))
      }
    },
  }
}

/**
 * Read until every column has shown a type; without a declared schema any column may lack values later, so all are
 * nullable.
 */
async function schemaOf(name: string, tables: AsyncIterable<ColumnTable>): Promise<TableSchema> {
  let fields: Field[] | undefined
  for await (const table of tables) {
    const found = toBatch(table, { node: name }).schema.fields
    fields =
      fields === undefined
        ? found.map((field) => ({ ...field, nullable: true }))
        : fields.map((field) => typed(field, found))
    if (fields.every(({ type }) => type.kind !== 'null')) break
  }
  if (fields !== undefined) return { fields }
  throw new TidegateError('STEP_NO_RESULT', `The generator ${name} made no table, so its columns are unknown.`, {
    hint: 'Yield at least one table (it may be empty), or declare a schema in defineGenerator.',
  })
}

function typed(field: Field, found: readonly Field[]): Field {
  const later = field.type.kind === 'null' ? found.find((candidate) => candidate.name === field.name) : undefined
  return later === undefined ? field : { ...later, nullable: true }
}

async function* tablesOf(name: string, made: unknown): AsyncIterable<ColumnTable> {
  if (isTable(made)) {
    yield made
    return
  }
  if (!isIterable(made)) throw noTable(name, made)
  for await (const table of made) {
    if (!isTable(table)) throw noTable(name, table)
    yield table
  }
}

/** By what it can do: a generator may bring its own copy of Arquero. */
function isTable(value: unknown): value is ColumnTable {
  return (
    typeof value === 'object' && value !== null && 'numRows' in value && 'columnNames' in value && 'column' in value
  )
}

function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)
}

function noTable(name: string, value: unknown): TidegateError {
  if (value === undefined) {
    return new TidegateError('STEP_NO_RESULT', `The generator ${name} returned nothing.`, {
      hint: 'Return table(...), or yield tables.',
    })
  }
  const what = value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value
  return new TidegateError('STEP_NOT_A_TABLE', `The generator ${name} returned ${what}, not a table.`, {
    hint: 'Return table(...), or yield tables.',
  })
}
