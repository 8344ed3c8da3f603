import { isTyped, kindOf, weights } from './sniff-kind.ts'
import { type Layout, linesOf, type SplitRow, splitRows } from './sniff-split.ts'

export interface ScoredLayout {
  readonly layout: Layout
  readonly comment: string | null
  /** Consistency of rows times the share of cells that look like something. */
  readonly score: number
  readonly rows: number
  /** The number of cells that most rows have. */
  readonly width: number
  /** 0 to 1: how far it lies ahead of the next best delimiter, and how well its own rows agree. */
  readonly confidence: number
  readonly evidence: readonly string[]
}

/** Delimiters in the order in which they are believed where two explain a file alike. */
const common: readonly (readonly [delimiter: string, prior: number])[] = [
  [',', 1],
  [';', 1],
  ['\t', 1],
  ['|', 1],
  [':', 0.75],
  [' ', 0.6],
]
const comments = ['#', '%', '!'] as const
const most = 500

/**
 * The delimiter, quote and escape that explain a text best: the consistency measure Q = P x T of van den Burg et al. (2019): P rewards many rows of
 * one width and wide ones, and divides by the number of different widths; T is the share of cells that look like a type.
 */
export function findLayout(text: string): ScoredLayout {
  const comment = commentOf(text)
  const tried = candidates(text).map((layout) => ({
    layout,
    ...rate(splitRows(text, layout, comment, 1, most), layout),
  }))
  tried.sort((a, b) => b.score - a.score)
  const [best] = tried as [(typeof tried)[number]]
  const rival = tried.find(({ layout, width }) => layout.delimiter !== best.layout.delimiter && width > 1)
  const lead = best.score <= 0 ? 0 : 1 - (rival?.score ?? 0) / best.score
  const sure = best.width === 1 ? 0.5 : Math.min(1, 0.4 + lead) * (0.5 + best.agree / 2)
  return {
    layout: best.layout,
    comment: comment !== null && isHeader(text, comment, best.layout, best.width) ? null : comment,
    score: best.score,
    rows: best.rows,
    width: best.width,
    confidence: Math.round(sure * 100) / 100,
    evidence: [
      `${shown(best.layout.delimiter)} gives ${best.width} ${best.width === 1 ? 'cell' : 'cells'} in ${Math.round(best.agree * best.rows)} of ${best.rows} rows, ${Math.round(best.typed * 100)} % of the cells look like a value (score ${best.score.toFixed(2)})`,
      ...(rival === undefined ? [] : [`next best: ${shown(rival.layout.delimiter)} (score ${rival.score.toFixed(2)})`]),
    ],
  }
}

export function shown(delimiter: string): string {
  return delimiter === '\t' ? 'tab' : delimiter === ' ' ? 'space' : `"${delimiter}"`
}

interface Rate {
  readonly score: number
  readonly rows: number
  readonly width: number
  /** Share of rows of that width; share of cells that look like something. */
  readonly agree: number
  readonly typed: number
}

function rate(rows: readonly SplitRow[], { delimiter, quote }: Layout): Rate {
  if (rows.length === 0) return { score: 0, rows: 0, width: 1, agree: 0, typed: 0 }
  const widths = new Map<number, number>()
  let weight = 0
  let cells = 0
  let broken = 0
  let values = 0
  for (const row of rows) {
    widths.set(row.cells.length, (widths.get(row.cells.length) ?? 0) + 1)
    if (row.broken) broken++
    for (const { text, quoted } of row.cells) {
      const kind = kindOf(text)
      // In quotes anything may stand, and that it stood there is evidence by itself.
      if (isTyped(kind)) values++
      weight += row.broken ? 0 : quoted ? Math.max(0.95, weights[kind]) : weights[kind]
      cells++
    }
  }
  let pattern = 0
  for (const [length, count] of widths) pattern += (count * Math.max(0.05, length - 1)) / length
  const [width, count] = [...widths].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0] as [number, number]
  const typed = weight / cells
  const prior = common.find(([own]) => own === delimiter)?.[1] ?? 0.7
  // Prose has spaces and colons too: such a mark counts where it cuts out numbers or dates in nearly every row.
  const usual = ',;\t|'.includes(delimiter)
  const doubtful = !usual && (count < rows.length * 0.8 || values < cells * 0.1)
  const punished = (1 - broken / rows.length) * (doubtful ? 0.001 : 1)
  // Squared: a share of cells that are cut wrongly says more than a further column does.
  const score =
    (pattern / widths.size / rows.length) * 10 * typed ** 2 * prior * punished * (quote === null ? 0.999 : 1)
  return { score, rows: rows.length, width, agree: count / rows.length, typed }
}

function candidates(text: string): readonly Layout[] {
  const head = text.slice(0, 1 << 16)
  const others = otherDelimiters(head)
  const layouts: Layout[] = []
  for (const delimiter of [...common.map(([own]) => own), ...others]) {
    if (!head.includes(delimiter) && delimiter !== ',') continue
    const around = (quote: string) =>
      head.startsWith(quote) || new RegExp(`(?:^|[\\r\\n${escaped(delimiter)}])${quote}`).test(head)
    layouts.push({ delimiter, quote: null, escape: null })
    for (const quote of ['"', "'"]) {
      if (!around(quote)) continue
      layouts.push({ delimiter, quote, escape: quote })
      if (head.includes(`\\${quote}`)) layouts.push({ delimiter, quote, escape: '\\' })
    }
  }
  return layouts
}

/** Further marks that stand in most lines equally often. */
function otherDelimiters(head: string): readonly string[] {
  const lines = linesOf(head)
    .filter((line) => line !== '')
    .slice(0, 100)
  return [...'^~!*=/\\@$%&+\u0001\u001f\u001e'].filter((mark) => {
    const counts = lines.map((line) => line.split(mark).length - 1)
    const [first] = [...new Set(counts)]
      .map((n) => [n, counts.filter((own) => own === n).length])
      .sort((a, b) => (b[1] as number) - (a[1] as number))
    return first !== undefined && (first[0] as number) > 0 && (first[1] as number) >= lines.length * 0.8
  })
}

function escaped(char: string): string {
  return /[\\\]^-]/.test(char) ? `\\${char}` : char
}

/** A mark that some lines begin with, but not most. */
function commentOf(text: string): string | null {
  const lines = linesOf(text.slice(0, 1 << 18)).filter((line) => line !== '')
  for (const mark of comments) {
    const count = lines.filter((line) => line.startsWith(mark)).length
    if (count > 0 && count < Math.max(2, lines.length * 0.5)) return mark
  }
  return null
}

/** `#id,name`: a single line with the mark, as wide as all others and before them, names the columns. */
function isHeader(text: string, comment: string, layout: Layout, width: number): boolean {
  const marked = splitRows(text, layout, null, 1, most).filter(({ cells: [first] }) => first?.text.startsWith(comment))
  const others = splitRows(text, layout, comment, 1, 1)
  return (
    width > 1 &&
    marked.length === 1 &&
    marked[0]?.cells.length === width &&
    marked[0].line < (others[0]?.line ?? Infinity)
  )
}
