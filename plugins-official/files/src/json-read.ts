import { type Column, type Field, type LogicalType, type SourceChunk, types } from 'tidegate'
import type { CellReader, CellRules } from './block.ts'
import { createByteWindow } from './byte-window.ts'
import { createCellReader, unsupported } from './cell-readers.ts'
import { createValueCells } from './cells-value.ts'
import { openJsonArray } from './json-locate.ts'
import { NestedMismatch, toNestedValue } from './json-nested.ts'
import { createJsonArrayScanner, createNdjsonScanner } from './json-scan.ts'
import type { FieldRequest } from './place-fields.ts'
import { readRecords } from './read-records.ts'

export interface JsonReading {
  /** Where the array stands: keys from the outermost object inward. Undefined: no array, one object a line. */
  readonly at: readonly string[] | undefined
  /** Keys to read where no schema is given, as text. */
  readonly columns: readonly string[]
  readonly maxRecordBytes: number
  readonly windowBytes?: number
}

const windowBytes = 1 << 18

/** A stream of JSON text as typed batches and rejected rows. `shown` is how messages name it. */
export async function* readJson(
  chunks: AsyncIterable<Uint8Array>,
  shown: string,
  reading: JsonReading,
  request: FieldRequest & { readonly batchRows: number },
): AsyncIterable<SourceChunk> {
  const { at, maxRecordBytes } = reading
  const asked: readonly Field[] =
    request.schema?.fields ?? reading.columns.map((name) => ({ name, type: types.string, nullable: true }))
  const fields = asked
    .filter(({ name }) => request.columns?.includes(name) ?? true)
    .map((field) => (field.fallback === undefined ? field : { ...field, nullable: true }))
  const readers = fields.map(createJsonCells)
  const window = await createByteWindow(chunks, shown)
  try {
    const line = at === undefined ? 1 : await openJsonArray(window, at, shown, maxRecordBytes)
    const scanner =
      at === undefined
        ? createNdjsonScanner(fields, maxRecordBytes)
        : createJsonArrayScanner(fields, at.length > 0, maxRecordBytes)
    const positions = { cells: false, bytes: true }
    const cells = fields.map((_, i) => i)
    yield* readRecords(
      window,
      {
        scanner,
        fields,
        cells,
        readers,
        batchRows: request.batchRows,
        maxRecordBytes,
        windowBytes: reading.windowBytes ?? windowBytes,
        positions,
      },
      line,
    )
  } finally {
    await window.close()
  }
}

function createJsonCells(field: Field): CellReader<Column> {
  const rules: CellRules = {
    name: field.name,
    nullable: field.nullable,
    decimal: 46,
    thousands: -1,
    strict: field.format !== undefined,
    dateFormat: undefined,
    absence: 'null or missing',
    emptyText: false,
    isNull: () => false,
  }
  const { type } = field
  if (!isNested(type)) return createCellReader(field, rules, 'JSON')
  assertCarried(field, type)
  return createValueCells(field, rules, (text) => {
    try {
      return { value: toNestedValue(type, JSON.parse(text), '$') }
    } catch (error) {
      if (error instanceof NestedMismatch) return { why: `does not fit: ${error.message}` }
      throw error
    }
  })
}

export function isNested(type: LogicalType): boolean {
  return type.kind === 'list' || type.kind === 'struct'
}

/** @throws `TYPE_UNSUPPORTED` where binary stands in it. */
export function assertCarried(field: Field, type: LogicalType = field.type): void {
  if (type.kind === 'binary') throw unsupported(field, 'JSON')
  if (type.kind === 'list') assertCarried(field, type.of)
  if (type.kind === 'struct') for (const inner of type.fields) assertCarried(field, inner.type)
}
