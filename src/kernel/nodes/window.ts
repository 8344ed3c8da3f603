import { z } from 'zod'
import type { Key } from '../../plugins/measure.ts'
import { columnOf } from '../columns/batch.ts'
import { isValid, TemporalColumn } from '../columns/column.ts'
import { millisecondsOf } from '../define/units.ts'
import { TidegateError } from '../errors.ts'
import { type Field, typeName, types } from '../types.ts'

/** How event time is cut into windows. `size` is a fixed length such as `15 minutes` or `7 days`. */
export interface Window {
  readonly kind: 'tumbling'
  readonly size: string
}

/**
 * Windows of one length that follow each other without a gap, aligned to 1970-01-01T00:00Z (whole days begin at
 * midnight UTC).
 */
export function tumbling(size: string): Window {
  return Object.freeze({ kind: 'tumbling', size })
}

export const windowOption = z.object({
  kind: z.literal('tumbling'),
  size: z
    .string()
    .refine((size) => millisecondsOf(size) !== undefined, 'expected a fixed length such as "15 minutes" or "7 days"'),
})

/**
 * The key "begin (or end) of the window of `size` milliseconds that the time lies in"; null where the time is absent.
 */
export function windowKey(column: string, size: number, edge: 'start' | 'end'): Key {
  return {
    name: `window ${edge} of ${column}`,
    columns: [column],
    version: 1,
    parameters: { size, edge },
    create(schema) {
      const field = schema.fields.find((candidate) => candidate.name === column)
      requireTime(field, column)
      const shift = edge === 'end' ? size : 0
      return {
        result: { type: types.timestamp('ms', 'UTC'), nullable: field.nullable },
        of(batch) {
          const times = columnOf(batch, column)
          if (!(times instanceof TemporalColumn))
            throw new TidegateError('COLUMN_MISSING', `a batch has no column "${column}" of times`, {
              data: { column },
            })
          const values = new BigInt64Array(batch.length)
          for (let row = 0; row < batch.length; row++) {
            if (!isValid(times.validity, row)) continue
            values[row] = BigInt(Math.floor(times.milliseconds(row) / size) * size + shift)
          }
          return new TemporalColumn(types.timestamp('ms', 'UTC'), values, times.validity)
        },
      }
    },
  }
}

function requireTime(field: Field | undefined, column: string): asserts field is Field {
  if (field === undefined) {
    throw new TidegateError('COLUMN_MISSING', `there is no column "${column}" to take event time from`, {
      data: { column },
    })
  }
  if (field.type.kind === 'timestamp' || field.type.kind === 'date') return
  throw new TidegateError(
    'SCHEMA_MISMATCH',
    `event time is taken from "${column}", which is ${typeName(field.type)} and no time`,
    {
      hint: 'Declare the column as z.date() in the schema of its source.',
      data: { column, type: typeName(field.type) },
    },
  )
}
