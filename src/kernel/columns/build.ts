import type { Field, LogicalType } from '../types.ts'
import { buildDecimal } from './build-decimal.ts'
import { buildList, buildNull, buildStruct } from './build-nested.ts'
import { buildBoolean, buildFlat, buildInt64 } from './build-numbers.ts'
import { buildTemporal } from './build-temporal.ts'
import { buildBinary, buildString } from './build-text.ts'
import { type Column, isColumn } from './column.ts'
import { toArray } from './to-array.ts'
import type { Where } from './where.ts'

/**
 * A typed column from JavaScript values, as steps and generators make them. `undefined` is absent like `null`; nothing is lost silently:
 * - integers and floats take numbers and bigints, 64-bit integers beyond 2^53 only bigints and only where `sees` is `bigint`;
 * - float32 takes only numbers that float32 can hold (`Math.fround` rounds), decimal the shortest decimal text of a number (4.56 is exact at
 *   scale 2), bigints and decimal strings;
 * - date, time and timestamp take milliseconds (UTC, since 1970 or since midnight) or `Date`, and refuse fractions of their unit;
 * - string takes well-formed text, binary `Uint8Array`, list arrays, struct plain objects with no further keys.
 * A typed array of the type's own class is used as it is, without a copy.
 * @throws `TYPE_PRECISION` for a value that does not fit without loss, `SCHEMA_MISMATCH` for one of another kind; both name node, column, row.
 */
export function buildColumn(
  type: LogicalType,
  values: ArrayLike<unknown>,
  where: Where,
  sees: 'number' | 'bigint' = 'number',
): Column {
  const cells = isColumn(values) ? toArray(values) : values
  switch (type.kind) {
    case 'null':
      return buildNull(cells, where)
    case 'boolean':
      return buildBoolean(cells, where)
    case 'int':
      return type.bits === 64 ? buildInt64(type, cells, where, sees) : buildFlat(type, cells, where)
    case 'float':
      return buildFlat(type, cells, where)
    case 'decimal':
      return buildDecimal(type, cells, where)
    case 'string':
      return buildString(cells, where)
    case 'binary':
      return buildBinary(cells, where)
    case 'date':
    case 'time':
    case 'timestamp':
      return buildTemporal(type, cells, where)
    case 'list':
      return buildList(type, cells, where, sees, buildColumn)
    case 'struct':
      return buildStruct(type, cells, where, buildColumn)
  }
}

/** What the builders of nested types call for their elements. */
export type Build = typeof buildColumn

/** The column of `field` from JavaScript values. */
export function buildField(field: Field, values: ArrayLike<unknown>, node?: string): Column {
  return buildColumn(field.type, values, { node, column: field.name, meta: field.meta }, field.sees)
}
