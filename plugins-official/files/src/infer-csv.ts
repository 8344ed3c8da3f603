import { nullTest } from './csv-dialect.ts'
import { type CsvReading, openWindow, readHeader } from './csv-read.ts'
import { createCsvScanner } from './csv-scan.ts'
import { type ColumnState, createColumnObserver, createColumnState, mergeColumnState } from './infer-column.ts'
import { type InferredColumn, inferColumn } from './infer-type.ts'
import { readRecords } from './read-records.ts'

/** Columns by name, in the order in which they were first met. */
export type ColumnStates = Map<string, ColumnState>

export interface Looked {
  /** Records that were looked at, and how many of them could not be read. */
  readonly rows: number
  readonly rejected: number
}

/** `rows: undefined` looks at all records. */
export async function observeCsv(
  chunks: AsyncIterable<Uint8Array>,
  shown: string,
  reading: CsvReading,
  into: ColumnStates,
  limit: number | undefined,
): Promise<Looked> {
  const window = await openWindow(chunks, shown, reading)
  try {
    const { names, line } = await readHeader(window, shown, reading)
    const scanner = createCsvScanner(reading.dialect, names.length, reading.maxRecordBytes, reading.ragged)
    const rules = {
      decimal: reading.decimal.charCodeAt(0),
      thousands: reading.thousands?.charCodeAt(0) ?? -1,
      isNull: nullTest(reading.dialect),
    }
    const states = names.map(createColumnState)
    const { dateFormat } = reading
    const readers = states.map((state, i) => {
      const given = typeof dateFormat === 'object' ? dateFormat[names[i] as string] : dateFormat
      return createColumnObserver(state, scanner.index, { ...rules, dateFormat: given }, shown)
    })
    const looked = { rows: 0, rejected: 0 }
    const chunked = readRecords(
      window,
      {
        scanner,
        fields: [],
        cells: names.map((_, i) => i),
        readers,
        batchRows: Math.min(limit ?? 65_536, 65_536),
        maxRecordBytes: reading.maxRecordBytes,
        windowBytes: reading.windowBytes ?? 1 << 18,
        positions: { cells: true, bytes: reading.bytePositions },
      },
      line,
    )
    for await (const chunk of chunked) {
      if ('rejected' in chunk) looked.rejected += chunk.rejected.length
      else looked.rows += (chunk as { readonly length: number }).length
      if (limit !== undefined && looked.rows + looked.rejected >= limit) break
    }
    for (const [i, name] of names.entries()) {
      const known = into.get(name)
      if (known === undefined) into.set(name, states[i] as ColumnState)
      else mergeColumnState(known, states[i] as ColumnState)
    }
    return looked
  } finally {
    await window.close()
  }
}

/** The columns with their types and the evidence for them. Patterns of dates that were given decide before what was found. */
export function inferColumns(
  states: ColumnStates,
  dateFormat?: string | Readonly<Record<string, string>>,
): readonly InferredColumn[] {
  return [...states].map(([name, state]) =>
    inferColumn(name, state, typeof dateFormat === 'object' ? dateFormat[name] : dateFormat),
  )
}
