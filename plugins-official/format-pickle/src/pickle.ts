import {
  discoverFiles,
  fileOf,
  locationOf,
  pathOption,
  placeShape,
  readFileBytes,
  sourceCompression,
  withPacked,
} from '@tidegate/files/toolkit'
import { defineSource, type PartRef, type Place, type Source, TidegateError, types } from 'tidegate'
import { z } from 'zod'
import type { PickleTable } from './columns.ts'
import type { Budget } from './convert.ts'
import { createInput } from './input.ts'
import { runPickle } from './machine.ts'
import { fieldsOf, readTable } from './read.ts'
import { tableOf } from './table.ts'
import { PyDict, type PyValue } from './values.ts'

export const pickleOptions = z.strictObject({
  /** A file, a folder, a glob, or a list of these. */
  path: pathOption,
  ...placeShape,
  /** `auto` (default): gzip and zstd are recognised by their first bytes, brotli by its extension. */
  compression: sourceCompression,
  /** Names of the columns of tuples and arrays, in order; of dicts, the keys to read. */
  columns: z.array(z.string()).min(1).optional(),
  /** Keys on the way to the table inside of dicts: `data.rows`. Default: the value itself. */
  at: z.string().min(1).optional(),
  /** A pickle is held in memory: a larger one (unpacked) is refused. Default 256 MiB. */
  maxBytes: z
    .int()
    .min(16)
    .max(1 << 30)
    .default(256 << 20),
})

export type PickleOptions = z.output<typeof pickleOptions>

/**
 * Python pickles (protocols 0 to 5) as a source, one part per file: lists of dicts, dicts of lists, lists of tuples, numpy arrays, DataFrames. Nothing in a
 * pickle is ever run: it may name classes that hold data, and any other name is refused.
 * @throws `SOURCE_UNSAFE` naming the class or function; `SOURCE_CORRUPT` with the byte for what is damaged, or holds no table; `SOURCE_UNREADABLE` for
 * what needs more memory than the run may use; `SCHEMA_MIXED` without a schema; `SOURCE_EMPTY`, `SOURCE_NOT_FOUND`, `SOURCE_CHANGED`, `COLUMN_MISSING`.
 */
export const pickle = defineSource({
  name: 'pickle',
  version: 1,
  schema: 'described',
  options: pickleOptions,
  create: (given, _needs, place) => createPickleSource(given, place),
})

interface Loaded {
  readonly table: PickleTable
  readonly budget: Budget
}

const leastMemory = 64 << 20

export function createPickleSource(given: PickleOptions, place: Pick<Place, 'folder' | 'memory'>): Source {
  async function load(part: PartRef, signal: AbortSignal): Promise<Loaded> {
    const bytes = await readWhole(part, signal)
    const damaged = (what: string, at: number): never => {
      throw corrupt(part.id, `is damaged at byte ${at}: it ${what}`, 'Write the file again.', { byte: at })
    }
    if (bytes.length === 0) throw corrupt(part.id, 'is empty', 'Write the file again.')
    const memory = Math.max(leastMemory, place.memory)
    const value = runPickle(createInput(bytes, damaged), {
      memory,
      tooLarge: () => {
        throw tooLarge(part.id, `holds values that need more than ${memory} bytes of memory`)
      },
      refuse: (name) => {
        throw unsafe(part.id, name)
      },
    })
    const inner = walk(value, given.at?.split('.') ?? [], part.id)
    const table = tableOf(inner, given.columns)
    if (typeof table === 'string')
      throw corrupt(
        part.id,
        `holds no table but ${table}`,
        'A table is a list of dicts, a dict of lists, a DataFrame, or tuples with columns: [...].',
      )
    return { table, budget: budgetOf(part.id, bytes.length) }
  }

  async function readWhole(part: PartRef, signal: AbortSignal): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of readFileBytes(fileOf(place.folder, part), part, given.compression, signal, given.in)) {
      size += chunk.length
      if (size > given.maxBytes) throw tooLarge(part.id, `is larger than maxBytes (${given.maxBytes})`)
      chunks.push(chunk.slice())
    }
    return Buffer.concat(chunks, size)
  }

  return {
    listing: 'complete',
    location: locationOf(place.folder, given.path, given.in),
    discover: ({ known, signal }) =>
      discoverFiles({
        path: given.path,
        folder: place.folder,
        in: given.in,
        extensions: withPacked(['pkl', 'pickle']),
        known,
        signal,
      }),
    async describe(part, { signal, declared }) {
      const { table, budget } = await load(part, signal)
      if (declared !== true) return { fields: fieldsOf(table, part.id, budget) }
      // A column of type null fits whatever type is declared; numpy arrays have types of their own.
      return {
        fields: table.columns.map(({ name, native }) => ({
          name,
          type: native?.().type ?? types.null,
          nullable: true,
        })),
      }
    },
    async *open(part, request) {
      const { table, budget } = await load(part, request.signal)
      yield* readTable(table, part.id, budget, request)
    },
  }
}

function walk(value: PyValue, keys: readonly string[], shown: string): PyValue {
  let inner: PyValue | undefined = value
  for (const key of keys) {
    inner = inner instanceof PyDict ? inner.get(key) : undefined
    if (inner === undefined)
      throw corrupt(
        shown,
        `holds nothing at '${keys.join('.')}'`,
        `There is no dict with a key "${key}" on the way: check the option at.`,
      )
  }
  return inner
}

/** Values may stand in several places of a pickle; 64 looks for each byte are more than any honest file needs. */
function budgetOf(shown: string, bytes: number): Budget {
  let left = 1e6 + bytes * 64
  return {
    visit() {
      if (--left < 0)
        throw corrupt(
          shown,
          'holds values that repeat each other without end',
          'It was made to be larger than it looks: do not read it.',
        )
    },
    tooDeep() {
      throw corrupt(
        shown,
        'nests lists and dicts deeper than 32 levels, or a list holds itself',
        'Flatten it before it is pickled.',
      )
    },
  }
}

function corrupt(shown: string, what: string, hint: string, data: object = {}): TidegateError {
  return new TidegateError('SOURCE_CORRUPT', `"${shown}" ${what}`, { hint, data: { path: shown, ...data } })
}

function tooLarge(shown: string, what: string): TidegateError {
  return new TidegateError('SOURCE_UNREADABLE', `"${shown}" ${what}`, {
    hint: 'Raise the limit, or write the data as Parquet, which is read piece by piece.',
    data: { path: shown },
  })
}

function unsafe(shown: string, name: string): TidegateError {
  return new TidegateError(
    'SOURCE_UNSAFE',
    `"${shown}" names ${name}, which a pickle of data does not need; nothing was run`,
    {
      hint: 'If you trust the file, load it in Python and write plain lists, dicts or Parquet.',
      data: { path: shown, name },
    },
  )
}
