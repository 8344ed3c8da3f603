import { type Column, type Field, ValuesColumn } from 'tidegate'
import { createDecimalReader } from './column-decimal.ts'
import { createBooleanReader, createFloatReader, createIntReader, createLongReader } from './column-numbers.ts'
import { createBinaryReader, createEnumReader, createTextReader, createUuidReader } from './column-text.ts'
import type { Cursor } from './cursor.ts'
import { decimalOf, isUuid, meaningOf } from './logical.ts'
import { createPresence } from './presence.ts'
import type { AvroType } from './schema.ts'
import { branchOf } from './skip.ts'
import { valueReader } from './values.ts'

/** Decodes one column of a record, value after value, straight into the buffers of a typed column. */
export interface ColumnReader {
  /** Makes room for rows [0, rows). */
  reserve(rows: number): void
  /** Decodes the value under the cursor as `row`. */
  read(row: number): void
  absent(row: number): void
  /** The first `rows` rows. Begins anew. */
  take(rows: number): Column
}

/** `wanted`: the field as the caller wants it; what counts of it is how it sees 64-bit integers. */
export function createColumnReader(
  type: AvroType,
  c: Cursor,
  column: string,
  shown: string,
  wanted: Field | undefined,
): ColumnReader {
  if (type.kind === 'union') {
    const only = type.branches.find(({ kind }) => kind !== 'null')
    if (only !== undefined) {
      const reader = createColumnReader(only, c, column, shown, wanted)
      return type.branches.length === 1 ? behindTag(reader, c) : nullable(reader, type.branches, c)
    }
  }
  if (type.kind === 'union' || type.kind === 'null') return createNullReader(type, c)
  if (type.kind === 'array' || type.kind === 'map' || type.kind === 'record')
    return createNestedReader(type, c, column, shown, wanted)
  if (type.kind === 'enum') return createEnumReader(type, c)
  const decimal = decimalOf(type)
  if (decimal !== undefined)
    return createDecimalReader(decimal, type.kind === 'fixed' ? type.size : undefined, c, column)
  const meant = meaningOf(type, column, shown).type
  switch (type.kind) {
    case 'boolean':
      return createBooleanReader(c)
    case 'int':
      return createIntReader(meant, c)
    case 'long':
      return createLongReader(meant, c, wanted?.sees)
    case 'float':
    case 'double':
      return createFloatReader(type.kind, c)
    case 'string':
      return createTextReader(c, column)
    case 'bytes':
      return createBinaryReader(undefined, c)
    case 'fixed':
      return isUuid(type) ? createUuidReader(c) : createBinaryReader(type.size, c)
  }
}

function nullable(reader: ColumnReader, branches: readonly AvroType[], c: Cursor): ColumnReader {
  const tag = branches.findIndex(({ kind }) => kind === 'null') * 2
  const only = 2 - tag
  return {
    ...reader,
    read(row) {
      const byte = c.bytes[c.at] as number
      if (byte === only) {
        c.at++
        reader.read(row)
      } else if (byte === tag) {
        c.at++
        reader.absent(row)
      } else if (branchOf(branches, c).kind === 'null') reader.absent(row)
      else reader.read(row)
    },
  }
}

/** A union of one type still says which one. */
function behindTag(reader: ColumnReader, c: Cursor): ColumnReader {
  return {
    ...reader,
    read(row) {
      branchOf([0], c)
      reader.read(row)
    },
  }
}

function createNullReader(type: AvroType, c: Cursor): ColumnReader {
  return {
    reserve() {},
    read() {
      if (type.kind === 'union') branchOf(type.branches, c)
    },
    absent() {},
    take: (rows) =>
      new ValuesColumn({ kind: 'null' }, new Array<null>(rows).fill(null), new Uint8Array((rows + 7) >> 3)),
  }
}

function createNestedReader(
  type: AvroType,
  c: Cursor,
  column: string,
  shown: string,
  wanted: Field | undefined,
): ColumnReader {
  const meant = meaningOf(type, column, shown).type
  const read = valueReader(type, c, column, wanted?.type, wanted?.sees)
  const presence = createPresence()
  let values: unknown[] = []
  return {
    reserve() {},
    read(row) {
      values[row] = read()
    },
    absent(row) {
      values[row] = null
      presence.absent(row)
    },
    take(rows) {
      const own = values
      values = []
      return new ValuesColumn(meant, own, presence.take(rows), wanted?.sees ?? 'number')
    },
  }
}
