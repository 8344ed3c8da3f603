import { type Batch, type Column, type TableSchema, TidegateError, typeName } from 'tidegate'
import { z } from 'zod'
import { numberKinds } from './column/doubles.ts'
import { blockRows, createNumberState, type NumberState } from './column/number-state.ts'
import { createTextState, type TextState } from './column/text-state.ts'
import { finishProfile } from './finish.ts'
import { addPair, type CoMoments, createCoMoments, joinCoMoments } from './sketch/moments.ts'
import { createSample, type Sample } from './table/sample.ts'
import type { Profile } from './types.ts'

/** What a profile may be told. */
export const profileOptions = z.strictObject({
  /** Rows of the sample that patterns, meanings, keys of several columns and dependencies are looked for in. */
  sample: z.int().min(1).max(100_000).default(4096),
  /** How many number columns, the first ones, are correlated with each other. */
  correlate: z.int().min(0).max(200).default(32),
  /** The greatest share of rows that may break a dependency between two columns. */
  dependencyError: z.number().min(0).max(0.5).default(0.01),
  /** Number of the first row, where a profiler sees a later part of a table and is merged: it decides which rows are sampled. */
  firstRow: z.int().min(0).default(0),
})

export type ProfileOptions = z.input<typeof profileOptions>

export type ColumnState = NumberState | TextState

/** A profile in the making: bounded memory however many rows are added, and mergeable with profilers of later rows. */
export interface Profiler {
  readonly schema: TableSchema
  readonly rows: number
  /** Rows of the pinned schema. @throws `SCHEMA_MISMATCH` for others. */
  add(batch: Batch): void
  /**
   * Joins a profiler of later rows, which is used up. Counts, distinct values, sketches and the sample are the same as if its rows had been added here; means,
   * deviations and correlations up to rounding; frequent values up to their stated error.
   */
  merge(later: Profiler): void
  finish(): Profile
}

interface Inside {
  readonly columns: readonly ColumnState[]
  readonly pairs: readonly CoMoments[]
  readonly sample: Sample
  flush(): void
}

const insides = new WeakMap<Profiler, Inside>()

export function createProfiler(schema: TableSchema, given: ProfileOptions = {}): Profiler {
  const options = profileOptions.parse(given)
  const columns: readonly ColumnState[] = schema.fields.map((field) =>
    numberKinds.has(field.type.kind) ? createNumberState(field) : createTextState(field),
  )
  const numbers = columns.filter((column) => column.kind === 'number')
  const correlated = numbers.slice(0, options.correlate)
  const pairs = correlated.flatMap((_, i) => correlated.slice(0, i).map(createCoMoments))
  const sample = createSample(options.sample)
  let rows = 0
  let full = 0

  function flush(): void {
    if (full === 0) return
    for (const column of numbers) column.flush(full)
    let pair = 0
    for (let i = 0; i < correlated.length; i++) {
      const a = correlated[i] as NumberState
      for (let j = 0; j < i; j++) {
        const b = correlated[j] as NumberState
        addPair(pairs[pair++] as CoMoments, a.centred, b.centred, full, a.shift, b.shift)
      }
    }
    full = 0
  }
  const profiler: Profiler = {
    schema,
    get rows() {
      return rows
    },
    add(batch) {
      assertSame(schema, batch.schema)
      columns.forEach((column, i) => {
        column.addColumn(batch.columns[i] as Column)
      })
      for (let from = 0; from < batch.length; ) {
        const to = Math.min(batch.length, from + blockRows - full)
        columns.forEach((column, i) => {
          if (column.kind === 'number') column.fill(batch.columns[i] as Column, from, to, full)
        })
        full += to - from
        from = to
        if (full === blockRows) flush()
      }
      sample.add(batch, options.firstRow + rows)
      rows += batch.length
    },
    merge(later) {
      assertSame(schema, later.schema)
      const more = insides.get(later)
      if (more === undefined || more.pairs.length !== pairs.length) {
        throw new TidegateError('CONFIG_INVALID', 'Profilers of other options cannot be merged', {
          hint: 'Create both with createProfiler and the same options, firstRow aside.',
        })
      }
      flush()
      more.flush()
      columns.forEach((column, i) => {
        const other = more.columns[i] as ColumnState
        if (column.kind === 'number') column.merge(other as NumberState)
        else column.merge(other as TextState)
      })
      pairs.forEach((pair, i) => {
        joinCoMoments(pair, more.pairs[i] as CoMoments)
      })
      sample.merge(more.sample)
      rows += later.rows
    },
    finish() {
      flush()
      const names = (from: readonly NumberState[]) => from.map(({ field }) => field.name)
      return finishProfile({
        rows,
        columns,
        sample: sample.columns(),
        pairs,
        correlated: names(correlated),
        left: names(numbers.slice(options.correlate)),
        dependencyError: options.dependencyError,
      })
    },
  }
  insides.set(profiler, { columns, pairs, sample, flush })
  return profiler
}

/** An all-null column stands for any type. */
function assertSame(pinned: TableSchema, given: TableSchema): void {
  const text = ({ fields }: TableSchema) => fields.map(({ name, type }) => `${name} ${typeName(type)}`).join(', ')
  const fits =
    pinned.fields.length === given.fields.length &&
    pinned.fields.every(({ name, type }, i) => {
      const other = given.fields[i]
      return name === other?.name && (other.type.kind === 'null' || typeName(type) === typeName(other.type))
    })
  if (fits) return
  throw new TidegateError('SCHEMA_MISMATCH', `A profile of (${text(pinned)}) was given rows of (${text(given)})`, {
    hint: 'Read all batches through one schema.',
  })
}
