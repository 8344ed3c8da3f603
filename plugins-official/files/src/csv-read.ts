import { type Field, type SourceChunk, TidegateError } from 'tidegate'
import { type CellRules, tagBits, textOf } from './block.ts'
import { type ByteWindow, createByteWindow } from './byte-window.ts'
import { createCellReader } from './cell-readers.ts'
import { type Dialect, nullTest } from './csv-dialect.ts'
import { skipLines, untilLine } from './csv-lines.ts'
import { joinedNames, uniqueNames } from './csv-names.ts'
import { createCsvScanner, type Ragged } from './csv-scan.ts'
import { type FieldRequest, placeFields } from './place-fields.ts'
import { readRecords } from './read-records.ts'

export interface CsvReading {
  readonly dialect: Dialect
  /**
   * True: the first record names the columns; `rowNames`: all but the first. A list: it names them, and the file has no header. False: they are
   * numbered.
   */
  readonly header: boolean | 'rowNames' | readonly string[]
  /** Records of the header, 1 where it is undefined. */
  readonly headerRows?: number | undefined
  /** Lines of the file to read, and how many of them come before the header. */
  readonly lines?: { readonly from: number; readonly to?: number | undefined } | undefined
  readonly skip?: number | undefined
  readonly ragged?: Ragged | undefined
  readonly decimal: '.' | ','
  readonly thousands?: string | undefined
  /** One pattern for all columns, or by name. */
  readonly dateFormat: string | Readonly<Record<string, string>> | undefined
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
  const window = await openWindow(chunks, shown, reading)
  try {
    const { names, raw, line } = await readHeader(window, shown, reading)
    const { fields, cells } = placeFields(names, request, shown, raw)
    const readers = fields.map((field) => createCellReader(field, cellRules(field, reading), 'CSV'))
    const scanner = createCsvScanner(reading.dialect, names.length, reading.maxRecordBytes, reading.ragged)
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

function cellRules(
  { name, nullable, format }: Field,
  { dialect, decimal, thousands, dateFormat }: CsvReading,
): CellRules {
  const given = typeof dateFormat === 'object' ? dateFormat[name] : dateFormat
  return {
    name,
    nullable,
    decimal: decimal.charCodeAt(0),
    thousands: thousands?.charCodeAt(0) ?? -1,
    dateFormat: format === undefined ? given : format === 'ISO' ? undefined : format,
    strict: format !== undefined,
    absence: 'empty',
    emptyText: true,
    isNull: nullTest(dialect),
  }
}

/** A window on the lines of the table, standing on its first one. */
export async function openWindow(
  chunks: AsyncIterable<Uint8Array>,
  shown: string,
  { lines }: CsvReading,
): Promise<ByteWindow> {
  return createByteWindow(lines?.to === undefined ? chunks : untilLine(chunks, lines.to), shown)
}

/** The names of the columns, in file order. @throws `SOURCE_CORRUPT` where the header is missing or cannot be split into cells. */
export async function readCsvNames(
  chunks: AsyncIterable<Uint8Array>,
  shown: string,
  reading: CsvReading,
): Promise<readonly string[]> {
  if (typeof reading.header === 'object') return uniqueNames(reading.header)
  const window = await openWindow(chunks, shown, reading)
  try {
    return (await readHeader(window, shown, reading)).names
  } finally {
    await window.close()
  }
}

export interface Header {
  /** Names that are all different (see `uniqueNames`), and as they were written. */
  readonly names: readonly string[]
  readonly raw: readonly string[]
  /** The line behind the header. */
  readonly line: number
}

/** Reads the header and moves the window behind it; without a header only what comes before the table is passed over. */
export async function readHeader(window: ByteWindow, shown: string, reading: CsvReading): Promise<Header> {
  const { header, headerRows = 1, lines, skip = 0 } = reading
  let line = await skipLines(window, (lines?.from ?? 1) - 1 + skip)
  if (typeof header === 'object') return { names: uniqueNames(header), raw: header, line }
  if (!header) {
    const { cells } = await readNameRecord(window, shown, reading, line)
    const raw = cells.map(() => '')
    return { names: uniqueNames(raw), raw, line }
  }
  const rows: (readonly string[])[] = []
  for (let row = 0; row < headerRows; row++) {
    const found = await readNameRecord(window, shown, reading, line)
    rows.push(found.cells)
    window.from = found.end
    line = found.line
  }
  const raw = header === 'rowNames' ? ['', ...joinedNames(rows)] : joinedNames(rows)
  return { names: uniqueNames(raw), raw, line }
}

/** The cells of the record the window stands on, and where the next one begins. */
async function readNameRecord(
  window: ByteWindow,
  shown: string,
  { dialect, maxRecordBytes }: CsvReading,
  firstLine: number,
): Promise<{ readonly cells: readonly string[]; readonly end: number; readonly line: number }> {
  const { index, scan } = createCsvScanner(dialect, 0, maxRecordBytes)
  for (;;) {
    scan(window.bytes, window.from, window.to, 1, window.last, firstLine)
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
        firstLine === 1
          ? 'is empty: its first line should name the columns'
          : `has no header: nothing stands from line ${firstLine} on`,
        'Fetch or write the file again, or set header: false (with a schema) when it holds rows only.',
      )
    await window.fill(Math.max(1, window.to - window.from))
  }
  const problem = index.problems[0]
  if (problem !== undefined)
    throw corrupt(
      shown,
      `has a header that cannot be read: ${problem.reason} (cell ${problem.cell + 1})`,
      'Check quote and delimiter.',
    )
  const cells: string[] = []
  for (let i = 0; i < index.cells; i++)
    cells.push(textOf(index.bytes, index.starts[i] as number, (index.ends[i] as number) >> tagBits))
  window.bytes = index.bytes
  const end = index.recordEnds[0] as number
  return {
    cells,
    end,
    line: (index.lines[0] as number) + lineBreaks(index.bytes, index.recordStarts[0] as number, end),
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
