import { type Column, type SourceChunk, TidegateError } from 'tidegate'
import { type CellReader, tagBits, textOf } from './block.ts'
import { type ByteWindow, createByteWindow } from './byte-window.ts'
import { createCellReader } from './cell-readers.ts'
import { type Dialect, nullTest } from './csv-dialect.ts'
import { createCsvScanner } from './csv-scan.ts'
import { type FieldRequest, placeFields } from './place-fields.ts'
import { readRecords } from './read-records.ts'

export interface CsvReading {
  readonly dialect: Dialect
  /** True: the first record names the columns. A list: it names them, and the file has no header. */
  readonly header: true | readonly string[]
  readonly decimal: '.' | ','
  readonly dateFormat: string | undefined
  readonly maxRecordBytes: number
  readonly windowBytes?: number
  /** Whether the bytes are those of the file, so that positions in it can be told. */
  readonly bytePositions: boolean
}

export interface CsvRequest extends FieldRequest {
  readonly batchRows: number
}

const windowBytes = 1 << 18

/** A stream of CSV text (UTF-8) as typed batches and rejected rows. `shown` is how messages name it. */
export async function* readCsv(
  chunks: AsyncIterable<Uint8Array>,
  shown: string,
  reading: CsvReading,
  request: CsvRequest,
): AsyncIterable<SourceChunk> {
  const window = await createByteWindow(chunks, shown)
  try {
    const { names, line } = await readHeader(window, shown, reading)
    const { fields, cells } = placeFields(names, request, shown)
    const isNull = nullTest(reading.dialect)
    const readers = fields.map((field): CellReader<Column> => {
      const nullable = field.nullable
      return createCellReader(
        field,
        {
          name: field.name,
          nullable,
          decimal: reading.decimal.charCodeAt(0),
          dateFormat: reading.dateFormat,
          absence: 'empty',
          emptyText: true,
          isNull,
        },
        'CSV',
      )
    })
    const scanner = createCsvScanner(reading.dialect, names.length, reading.maxRecordBytes)
    const positions = { cells: true, bytes: reading.bytePositions }
    const { maxRecordBytes } = reading
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

/** The names of the columns, in file order. @throws `SOURCE_CORRUPT` where the header is missing or cannot be split into cells. */
export async function readCsvNames(
  chunks: AsyncIterable<Uint8Array>,
  shown: string,
  reading: CsvReading,
): Promise<readonly string[]> {
  if (reading.header !== true) return reading.header
  const window = await createByteWindow(chunks, shown)
  try {
    return (await readHeader(window, shown, reading)).names
  } finally {
    await window.close()
  }
}

async function readHeader(
  window: ByteWindow,
  shown: string,
  { header, dialect, maxRecordBytes }: CsvReading,
): Promise<{ readonly names: readonly string[]; readonly line: number }> {
  if (header !== true) return { names: header, line: 1 }
  const { index, scan } = createCsvScanner(dialect, 0, maxRecordBytes)
  for (;;) {
    scan(window.bytes, window.from, window.to, 1, window.last, 1)
    if (index.records > 0) break
    if (window.to - index.next > maxRecordBytes)
      throw corrupt(
        shown,
        `has no header: its first line is longer than ${maxRecordBytes} bytes`,
        'Check quote and delimiter.',
      )
    if (window.last)
      throw corrupt(
        shown,
        'is empty: its first line should name the columns',
        'Fetch or write the file again, or set header: false when it holds rows only.',
      )
    await window.fill(1)
  }
  const problem = index.problems[0]
  if (problem !== undefined)
    throw corrupt(
      shown,
      `has a header that cannot be read: ${problem.reason} (cell ${problem.cell + 1})`,
      'Check quote and delimiter.',
    )
  const names: string[] = []
  for (let i = 0; i < index.cells; i++)
    names.push(textOf(index.bytes, index.starts[i] as number, (index.ends[i] as number) >> tagBits))
  window.bytes = index.bytes
  window.from = index.recordEnds[0] as number
  return {
    names,
    line: (index.lines[0] as number) + lineBreaks(window.bytes, index.recordStarts[0] as number, window.from),
  }
}

function lineBreaks(bytes: Uint8Array, start: number, end: number): number {
  let breaks = 0
  for (let p = start; p < end; p++) if (bytes[p] === 10 || (bytes[p] === 13 && bytes[p + 1] !== 10)) breaks++
  return breaks
}

function corrupt(shown: string, what: string, hint: string): TidegateError {
  return new TidegateError('SOURCE_CORRUPT', `"${shown}" ${what}`, { hint, data: { path: shown } })
}
