import type { z } from 'zod'
import { type Batch, sliceBatch } from '../kernel/columns/batch.ts'
import type { Column } from '../kernel/columns/column.ts'
import type { Awaitable } from '../kernel/context.ts'
import { createRandom } from '../kernel/hash/random.ts'
import type { TableSchema } from '../kernel/types.ts'
import type { Check } from '../plugins/check.ts'
import { columnOfValues, encodingsOf, randomValues } from './columns.ts'
import { batchOfRows, type PlainRow } from './harness.ts'

export interface CheckSubject {
  /** The check, made anew each time. */
  readonly make: () => Awaitable<Check>
  /** Columns it can be used on; every one may hold absent values. */
  readonly schema: z.ZodObject
  /** A row check: rows that pass. Any other: a dataset that passes, or of which nothing is condemned. */
  readonly passing: readonly PlainRow[]
  /** A row check: rows that fail. Any other: a dataset that fails, or of which rows are condemned. */
  readonly failing: readonly PlainRow[]
  /** Absent values are unknown and pass; `fail` for a check that is about them. */
  readonly nulls?: 'pass' | 'fail'
}

export interface BoundCheck extends CheckSubject {
  readonly check: Check
  readonly physical: TableSchema
}

/** The given rows mixed, and rows of random values, for which nobody knows the answer. */
export function datasets({ physical, passing, failing }: BoundCheck): readonly Batch[] {
  const random = createRandom('rows')
  const given = [...passing, ...failing, ...passing]
  const mixed = Array.from({ length: 70 }, () => given[Math.floor(random() * given.length)] as PlainRow)
  const absent = mixed.map((row) =>
    Object.fromEntries(physical.fields.map(({ name }) => [name, random() < 0.3 ? null : row[name]])),
  )
  const columns = physical.fields.map((field) =>
    columnOfValues(
      field,
      randomValues(random, field.type, 65).map((value) => seen(field.sees, value)),
    ),
  )
  return [
    batchOfRows(physical, mixed),
    batchOfRows(physical, absent),
    { schema: physical, length: 65, columns },
    batchOfRows(physical, []),
  ]
}

/** 64-bit integers that are seen as numbers stay where numbers are exact. */
function seen(sees: 'bigint' | undefined, value: unknown): unknown {
  return typeof value === 'bigint' && sees === undefined ? BigInt.asIntN(40, value) % 2n ** 39n : value
}

export function cut(batch: Batch, size: number): readonly Batch[] {
  const pieces: Batch[] = []
  for (let start = 0; start < batch.length; start += size)
    pieces.push(sliceBatch(batch, start, Math.min(batch.length, start + size)))
  return pieces
}

/** The batch with each column in each form it may have, the others as they are, and with all of them cut out of longer ones. */
export function encodedForms(batch: Batch): ReadonlyMap<string, Batch> {
  const forms = new Map<string, Batch>()
  batch.columns.forEach((column, at) => {
    for (const [form, encoded] of encodingsOf(column)) {
      const columns = batch.columns.map((own, i): Column => (i === at ? encoded : own))
      forms.set(`${batch.schema.fields[at]?.name}: ${form}`, { ...batch, columns })
    }
  })
  return forms
}
