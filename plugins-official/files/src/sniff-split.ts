/** How cells stand in lines, as the sniffer tries it. */
export interface Layout {
  readonly delimiter: string
  readonly quote: string | null
  /** The quote itself where it is doubled. */
  readonly escape: string | null
}

export interface SplitCell {
  readonly text: string
  readonly quoted: boolean
  /** The quote stood behind spaces. */
  readonly spaced: boolean
}

export interface SplitRow {
  /** First and last line, counted from 1. */
  readonly line: number
  readonly lastLine: number
  readonly cells: readonly SplitCell[]
  /** Text behind a closing quote, or a quote that is never closed. */
  readonly broken: boolean
}

/** Records of a short text by the rules of the reader (RFC 4180); blank lines and lines that begin with `comment` are no records. */
export function splitRows(
  text: string,
  layout: Layout,
  comment: string | null,
  firstLine = 1,
  most = Infinity,
): SplitRow[] {
  const { delimiter, quote, escape: escaper } = layout
  const rows: SplitRow[] = []
  let line = firstLine
  let p = 0
  while (p < text.length && rows.length < most) {
    const begin = p
    const ends = lineEnd(text, p)
    if (ends === p || (comment !== null && text.startsWith(comment, p))) {
      p = behind(text, ends)
      line++
      continue
    }
    const cells: SplitCell[] = []
    const firstOfRow = line
    let broken = false
    for (;;) {
      let spaces = p
      while (delimiter !== ' ' && text[spaces] === ' ') spaces++
      const spaced = quote !== null && spaces > p && text[spaces] === quote
      if (spaced) p = spaces
      if (quote !== null && text[p] === quote) {
        let cell = ''
        let q = p + 1
        let closed = false
        for (; q < text.length; q++) {
          const char = text[q] as string
          if (escaper === quote && char === quote && text[q + 1] === quote) cell += text[++q]
          else if (escaper !== quote && char === escaper && q + 1 < text.length) cell += text[++q]
          else if (char === quote) {
            closed = true
            break
          } else {
            if (char === '\n' || (char === '\r' && text[q + 1] !== '\n')) line++
            cell += char
          }
        }
        p = q + 1
        while (spaced && text[p] === ' ') p++
        broken ||= !closed
        if (p < text.length && text[p] !== delimiter && text[p] !== '\n' && text[p] !== '\r') {
          broken = true
          while (p < text.length && text[p] !== delimiter && text[p] !== '\n' && text[p] !== '\r') p++
        }
        cells.push({ text: cell, quoted: true, spaced })
      } else {
        const from = p
        while (p < text.length && text[p] !== delimiter && text[p] !== '\n' && text[p] !== '\r') p++
        cells.push({ text: text.slice(from, p), quoted: false, spaced: false })
      }
      if (p < text.length && text[p] === delimiter) p++
      else break
    }
    rows.push({ line: firstOfRow, lastLine: line, cells, broken })
    p = behind(text, Math.min(p, text.length))
    line++
    if (p === begin) break
  }
  return rows
}

function lineEnd(text: string, from: number): number {
  let p = from
  while (p < text.length && text[p] !== '\n' && text[p] !== '\r') p++
  return p
}

function behind(text: string, p: number): number {
  if (text[p] === '\r' && text[p + 1] === '\n') return p + 2
  return p < text.length ? p + 1 : p
}

/** The lines of a text without their ends. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r\n|\n|\r/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}
