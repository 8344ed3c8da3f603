import { isTidegateError, type TableSchema } from 'tidegate'
import { csvSourceOptions, readingOf } from './csv.ts'
import { type ColumnStates, inferColumns, type Looked, observeCsv } from './infer-csv.ts'
import type { ColumnEvidence } from './infer-type.ts'
import { findHeader } from './sniff-header.ts'
import { isTyped, kindOf } from './sniff-kind.ts'
import { findNulls, findNumbers } from './sniff-numbers.ts'
import { type PasteValue, paste } from './sniff-paste.ts'
import { linesOf, type SplitRow } from './sniff-split.ts'
import { type FoundTable, findTables } from './sniff-tables.ts'

/** One table of a file: where it stands, how it is spelt, what its columns hold, and the source to paste. JSON. */
export interface SniffedTable {
  /** First line (that of the header) and last line of the table; null where the sample ended before the table did. */
  readonly lines: { readonly from: number; readonly to: number | null }
  /** Records of the sample that were read with these options, and those that could not be. */
  readonly rows: number
  readonly rejected: number
  /** 0 to 1, the product of what is known of delimiter, header and numbers. */
  readonly confidence: number
  readonly evidence: readonly string[]
  /** Lines that belong to no table: titles in front of it, sums and remarks behind it. */
  readonly preamble: readonly number[]
  readonly footer: readonly number[]
  /** Options that differ from the default, for `csv`, `json` or `ndjson`. */
  readonly options: Readonly<Record<string, PasteValue>>
  readonly columns: readonly ColumnEvidence[]
  readonly schema: TableSchema
  readonly typescript: string
  readonly yaml: string
}

/** The tables of a CSV text. `common`: options that all of them share (path, encoding). `whole`: the text is all of the file. */
export async function sniffCsv(
  text: string,
  common: Readonly<Record<string, PasteValue>>,
  whole: boolean,
): Promise<readonly SniffedTable[]> {
  // Spreadsheet programs read the delimiter from such a line; it is no row.
  const [mark] = separatorLine.exec(text) ?? []
  const found = findTables(mark === undefined ? text : text.slice(mark.length))
    .filter(({ rows }) => rows.length > 0)
    .map((table, i) => (mark === undefined || i > 0 ? table : { ...table, before: [1, ...table.before] }))
  const tables: SniffedTable[] = []
  for (const [i, table] of found.slice(0, mostTables).entries()) {
    const described = await describeTable(text, table, common, i, found.length, whole)
    const more = i === mostTables - 1 ? found.length - mostTables : 0
    tables.push(
      more === 0
        ? described
        : { ...described, evidence: [...described.evidence, `${more} more tables follow: they are not described`] },
    )
  }
  return tables
}

/** Each is read once more to tell its types: what looks like more tables than this is no list of tables. */
const mostTables = 50
const separatorLine = /^sep=[^\r\n](?=[\r\n])/i

async function describeTable(
  text: string,
  table: FoundTable,
  common: Readonly<Record<string, PasteValue>>,
  number: number,
  of: number,
  whole: boolean,
): Promise<SniffedTable> {
  const { found, width, rows, before, behind, short } = table
  const { delimiter, quote, escape: escaper } = found.layout
  const header = short === undefined ? findHeader(rows) : { rows: 0, confidence: 0.9, evidence: shortEvidence(short) }
  const data = rows.slice(header.rows)
  const numbers = findNumbers(data, width, delimiter)
  const nulls = findNulls(data, width, (cell) => isTyped(kindOf(cell)))
  const first = (short ?? rows[0])?.line ?? 1
  const spare = short !== undefined && rows.every((row) => row.cells.at(-1)?.text === '')
  const last = rows.at(-1)?.lastLine ?? 1
  const open = !whole && number === of - 1
  const ends = !open && (number < of - 1 || behind.length > 0)
  const ragged = rows.filter((row) => row.cells.length !== width)
  const options: Record<string, PasteValue> = {
    ...(delimiter === ',' ? {} : { delimiter }),
    // A quote that never begins a cell means nothing: turn it off where it stands inside cells.
    ...(quote === '"' || (quote === null && !text.includes('"')) ? {} : { quote }),
    ...(escaper === null || escaper === quote ? {} : { escape: escaper }),
    ...(found.comment === null ? {} : { comment: found.comment }),
    ...(number > 0 || ends
      ? { lines: { from: first, ...(ends ? { to: last } : {}) } }
      : before.length > 0
        ? { skip: first - 1 }
        : {}),
    ...(short !== undefined ? (spare ? { ragged: 'trim' } : { header: 'rowNames' }) : {}),
    ...(short === undefined && header.rows === 0 ? { header: false } : {}),
    ...(header.rows > 1 ? { headerRows: header.rows } : {}),
    ...(needsTrim(data) ? { trim: true } : {}),
    ...(numbers.decimal === '.' ? {} : { decimal: numbers.decimal }),
    ...(numbers.thousands === undefined ? {} : { thousands: numbers.thousands }),
    ...(nulls.length === 0 ? {} : { nulls: ['', ...nulls] }),
  }
  const read = await inferText(text, { ...common, ...options })
  const formats = Object.fromEntries(
    read.schema.fields.flatMap(({ name, format }) => (isPattern(format) ? [[name, format as string]] : [])),
  )
  const same = new Set(Object.values(formats))
  if (same.size === 1) options['dateFormat'] = [...same][0] as string
  else if (same.size > 1) options['dateFormat'] = formats
  const all = { ...common, ...options }
  return {
    lines: { from: first, to: open ? null : last },
    rows: read.rows,
    rejected: read.rejected,
    confidence:
      read.fault === undefined ? Math.round(found.confidence * header.confidence * numbers.confidence * 100) / 100 : 0,
    evidence: [
      ...(read.fault === undefined ? [] : [`cannot be read so: ${read.fault}`]),
      ...found.evidence,
      ...(found.comment === null ? [] : [commentEvidence(text, found.comment)]),
      `header: ${header.evidence}`,
      ...(numbers.confidence === 1 ? [] : [`numbers: ${numbers.evidence}`]),
      ...(nulls.length === 0 ? [] : [`nothing is spelt ${nulls.map((text) => JSON.stringify(text)).join(', ')}`]),
      ...(before.length === 0 ? [] : [`lines before the table: ${before.join(', ')}`]),
      ...(behind.length === 0 ? [] : [`lines behind the table: ${behind.join(', ')}`]),
      ...(ragged.length === 0
        ? []
        : [
            `${ragged.length} rows have another width than ${width}, the first in line ${(ragged[0] as SplitRow).line}: see the option ragged`,
          ]),
    ],
    preamble: before,
    footer: behind,
    options: all,
    columns: read.columns,
    schema: read.schema,
    ...paste('csv', all, read.schema),
  }
}

function shortEvidence({ line, cells }: SplitRow): string {
  return `line ${line} holds ${cells.length} names, one less than all rows below have cells`
}

function commentEvidence(text: string, mark: string): string {
  const count = linesOf(text).filter((line) => line.startsWith(mark)).length
  return `${count} ${count === 1 ? 'line begins' : 'lines begin'} with "${mark}" and ${count === 1 ? 'is' : 'are'} taken as comments, not as records`
}

function isPattern(format: string | undefined): boolean {
  return format !== undefined && format !== 'ISO' && format !== 'plain' && format !== 'json'
}

/** Values behind spaces, or quotes behind spaces: they are meant without them. */
function needsTrim(rows: readonly SplitRow[]): boolean {
  return rows
    .slice(0, 500)
    .some(({ cells }) =>
      cells.some(
        ({ text, quoted, spaced }) => spaced || (!quoted && text !== text.trim() && isTyped(kindOf(text.trim()))),
      ),
    )
}

/** Reads the sample as the source would: what is told is what will be read. */
async function inferText(text: string, options: Readonly<Record<string, PasteValue>>) {
  const reading = readingOf(csvSourceOptions.parse({ ...options, encoding: 'utf8' }))
  const states: ColumnStates = new Map()
  const chunks = (async function* () {
    yield new TextEncoder().encode(text)
  })()
  let looked: Looked = { rows: 0, rejected: 0 }
  let fault: string | undefined
  try {
    looked = await observeCsv(chunks, String(options['path']), reading, states, undefined)
  } catch (error) {
    if (!isTidegateError(error)) throw error
    fault = error.message
  }
  const columns = inferColumns(states, reading.dateFormat)
  return {
    fault,
    rows: looked.rows,
    rejected: looked.rejected,
    columns: columns.map(({ evidence }) => evidence),
    schema: { fields: columns.map(({ field }) => field) },
  }
}
