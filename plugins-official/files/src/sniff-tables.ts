import { findHeader } from './sniff-header.ts'
import { isTyped, kindOf } from './sniff-kind.ts'
import { findLayout, type ScoredLayout } from './sniff-layout.ts'
import { linesOf, type SplitRow, splitRows } from './sniff-split.ts'

/** A stretch of rows of one width: header and data, without what stands before and behind it. */
export interface FoundTable {
  readonly found: ScoredLayout
  readonly width: number
  /** Header first. Some of them may be of another width. */
  readonly rows: readonly SplitRow[]
  /** Lines in front of it that belong to no table; lines behind it. */
  readonly before: readonly number[]
  readonly behind: readonly number[]
  /** A row of names right in front of it that is one cell shorter than all others; it is not among `rows`. */
  readonly short?: SplitRow
}

interface Core {
  readonly found: ScoredLayout
  readonly width: number
  rows: SplitRow[]
  /** Rows of other widths in front of it; the gap before the segment it began in. */
  readonly loose: SplitRow[]
  readonly segment: number
}

const total =
  /^\s*(?:grand[ -]?total|total|sub-?total|sum|summe|gesamt|insgesamt|rows?|count|records?|source|quelle|note|end|eof)\b/i

/** The tables of a text: separated by blank lines or by a change of width, each with a layout of its own where the common one does not explain it. */
export function findTables(text: string): readonly FoundTable[] {
  const common = findLayout(text)
  const lines = linesOf(text)
  const segments = segmentsOf(text, lines, common)
  const cores: Core[] = []
  let loose: SplitRow[] = []
  const after = new Map<Core, SplitRow[]>()
  for (const [number, segment] of segments.entries()) {
    const { found, rows } = ownLayout(segment, lines, common)
    for (const run of runsOf(rows)) {
      const width = run[0]?.cells.length ?? 0
      const last = cores.at(-1)
      const joins =
        last !== undefined &&
        last.width === width &&
        sameLayout(last.found, found) &&
        loose.length <= Math.max(1, last.rows.length * 0.34) &&
        (last.segment === number || (loose.length === 0 && !startsAnew(last, run)))
      if (joins) {
        last.rows.push(...loose, ...run)
        loose = []
      } else if (width >= 2 && run.length >= 2) {
        cores.push({ found, width, rows: [...run], loose, segment: number })
        loose = []
      } else loose.push(...run)
    }
    if (loose.length > 0 && cores.length > 0 && number === (cores.at(-1) as Core).segment) {
      after.set(cores.at(-1) as Core, loose)
      loose = []
    }
  }
  const kept = withoutTitles(cores)
  if (kept.length === 0) return [wholeText(common, segments.flat())]
  const final = kept.map((core, i) => tableOf(core, after.get(core) ?? [], i === kept.length - 1 ? loose : []))
  return final
}

/** Runs of rows with blank lines (or rows without any value) between them. */
function segmentsOf(text: string, lines: readonly string[], { layout, comment }: ScoredLayout): SplitRow[][] {
  const segments: SplitRow[][] = [[]]
  let behind = 0
  for (const row of splitRows(text, layout, comment)) {
    const blank = lines.slice(behind, row.line - 1).some((line) => line.trim() === '')
    behind = row.lastLine
    const empty = row.cells.length > 1 && row.cells.every((cell) => cell.text.trim() === '' && !cell.quoted)
    if ((blank || empty) && (segments.at(-1) as SplitRow[]).length > 0) segments.push([])
    if (!empty) (segments.at(-1) as SplitRow[]).push(row)
  }
  return segments.filter((segment) => segment.length > 0)
}

/** The common layout where it cuts the segment into rows of one width, otherwise the one that explains the segment best. */
function ownLayout(
  rows: readonly SplitRow[],
  lines: readonly string[],
  common: ScoredLayout,
): { readonly found: ScoredLayout; readonly rows: readonly SplitRow[] } {
  const wide = rows.filter((row) => row.cells.length > 1).length
  if (rows.length < 2 || wide >= rows.length * 0.6) return { found: common, rows }
  const first = (rows[0] as SplitRow).line
  const text = lines.slice(first - 1, (rows.at(-1) as SplitRow).lastLine).join('\n')
  const own = findLayout(text)
  if (own.width < 2 || own.score < 2 || own.confidence < 0.5) return { found: common, rows }
  return { found: own, rows: splitRows(text, own.layout, own.comment, first) }
}

function runsOf(rows: readonly SplitRow[]): SplitRow[][] {
  const runs: SplitRow[][] = []
  for (const row of rows) {
    const last = runs.at(-1)
    if (last !== undefined && last[0]?.cells.length === row.cells.length) last.push(row)
    else runs.push([row])
  }
  return runs
}

function sameLayout(a: ScoredLayout, b: ScoredLayout): boolean {
  return a.layout.delimiter === b.layout.delimiter && a.layout.quote === b.layout.quote
}

/** Behind a blank line, rows that begin with names of their own are another table. */
function startsAnew(last: Core, rows: readonly SplitRow[]): boolean {
  const texts = (row: SplitRow | undefined) => row?.cells.map(({ text }) => text).join('\0')
  if (texts(last.rows[0]) === texts(rows[0])) return true
  const found = findHeader(rows)
  return found.rows > 0 && found.confidence >= 0.8
}

/** Two lines of a title may have as many cells as each other: a table has more of them, unless nothing else is there. */
function withoutTitles(cores: readonly Core[]): readonly Core[] {
  const kept: Core[] = []
  let titles: SplitRow[] = []
  for (const [i, core] of cores.entries()) {
    const next = cores[i + 1]
    if (next !== undefined && core.rows.length < 3 && next.rows.length > core.rows.length && core.width < next.width) {
      titles.push(...core.loose, ...core.rows)
      continue
    }
    kept.push(titles.length === 0 ? core : { ...core, loose: [...titles, ...core.loose] })
    titles = []
  }
  return kept
}

function tableOf(core: Core, after: readonly SplitRow[], rest: readonly SplitRow[]): FoundTable {
  const before = [...core.loose]
  const rows = [...core.rows]
  const filled = (row: SplitRow) => row.cells.filter(({ text }) => text.trim() !== '').length
  // Spreadsheets pad titles and remarks to the width of the table.
  while (rows.length > 2 && core.width >= 3 && filled(rows[0] as SplitRow) === 1 && filled(rows[1] as SplitRow) !== 1)
    before.push(rows.shift() as SplitRow)
  const ragged = after.filter((row) => !isFooter(row, core.width))
  const behind = after.filter((row) => isFooter(row, core.width))
  const inside =
    ragged.length > 0 && behind.length > 0 && (ragged.at(-1) as SplitRow).line > (behind[0] as SplitRow).line
  rows.push(...(inside ? after : ragged))
  const footer: SplitRow[] = inside ? [] : [...behind]
  while (rows.length > 2 && core.width >= 2 && isFooter(rows.at(-1) as SplitRow, core.width))
    footer.unshift(rows.pop() as SplitRow)
  const lines = (from: readonly SplitRow[]) => from.map(({ line }) => line)
  const short = shortHeader(before.at(-1), rows, core.width)
  if (short !== undefined) before.pop()
  return {
    found: core.found,
    width: core.width,
    rows,
    before: lines(before),
    behind: lines([...footer, ...rest]),
    ...(short === undefined ? {} : { short }),
  }
}

/** Names without that of the first column (row names of R), or without one for what stands behind a delimiter too many. */
function shortHeader(row: SplitRow | undefined, rows: readonly SplitRow[], width: number): SplitRow | undefined {
  if (row === undefined || width < 3 || row.cells.length !== width - 1 || row.lastLine + 1 !== rows[0]?.line) return
  const names = row.cells.map(({ text }) => text.trim())
  const named = names.every((name) => name !== '' && !isTyped(kindOf(name))) && new Set(names).size === names.length
  const { rows: own, confidence } = findHeader(rows)
  return named && (own === 0 || confidence < 0.8) ? row : undefined
}

/** `Total;;42`, or a remark of one cell below a wide table. */
function isFooter(row: SplitRow, width: number): boolean {
  const [first] = row.cells
  if (total.test(first?.text ?? ''))
    return row.cells.some(({ text }) => text.trim() === '') || row.cells.length !== width
  return (
    width >= 3 && row.cells.filter(({ text }) => text.trim() !== '').length === 1 && (first?.text.trim() ?? '') !== ''
  )
}

function wholeText(found: ScoredLayout, rows: readonly SplitRow[]): FoundTable {
  const width = rows.reduce((most, row) => Math.max(most, row.cells.length), 1)
  return { found, width: found.width === 1 ? 1 : width, rows, before: [], behind: [] }
}
