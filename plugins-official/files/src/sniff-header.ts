import { isTyped, kindOf } from './sniff-kind.ts'
import type { SplitRow } from './sniff-split.ts'

export interface FoundHeader {
  /** Rows of names: 0 for none. */
  readonly rows: number
  readonly confidence: number
  readonly evidence: string
}

/**
 * Whether the first rows name the columns: in a column of numbers, dates, times or booleans a name is none of these. Where all columns are text, names
 * are all different, none is empty, none comes back below, and none looks like the values below it.
 */
export function findHeader(rows: readonly SplitRow[]): FoundHeader {
  const [first, ...others] = rows
  if (first === undefined) return { rows: 0, confidence: 0, evidence: 'there is no row' }
  const names = first.cells.map(({ text }) => text.trim())
  const data = others.slice(0, 200).filter((row) => row.cells.length === names.length)
  const typed = names.flatMap((_, i) => (isTypedColumn(data, i) ? [i] : []))
  const kind = (row: SplitRow, cell: number) => kindOf(row.cells[cell]?.text ?? '')
  const filled = names.filter((name) => name !== '').length
  if (data.length === 0)
    return names.some((name) => isTyped(kindOf(name)))
      ? { rows: 0, confidence: 0.6, evidence: 'the only row holds values' }
      : { rows: 1, confidence: 0.5, evidence: 'there is a single row, and it holds names' }
  if (areYears(first, data)) return { rows: 1, confidence: 0.7, evidence: 'the first row holds names and years' }
  if (typed.length > 0) {
    const values = typed.filter((i) => isTyped(kind(first, i)))
    if (values.length > 0) {
      const share = values.length / typed.length
      return {
        rows: 0,
        confidence: Math.max(0.6, share),
        evidence: `the first row holds a value where others do: "${names[values[0] as number]}"`,
      }
    }
    const depth = depthOf(rows, typed)
    const named = typed.filter((i) => names[i] !== '')
    if (named.length === 0 && filled < names.length / 2)
      return { rows: 0, confidence: 0.6, evidence: 'the first row names no column of values' }
    return {
      rows: depth,
      confidence: named.length > 1 || typed.length === 1 ? 0.98 : 0.9,
      evidence: `"${names[(named[0] ?? typed[0]) as number]}" stands above values of another kind${depth > 1 ? `, ${depth} rows deep` : ''}`,
    }
  }
  return textHeader(names, data)
}

function isTypedColumn(data: readonly SplitRow[], column: number): boolean {
  let values = 0
  let rest = 0
  for (const { cells } of data) {
    const kind = kindOf(cells[column]?.text ?? '')
    if (isTyped(kind)) values++
    else if (kind !== 'empty' && kind !== 'absent') rest++
  }
  return values > 0 && rest <= values * 0.1
}

/** How many rows from the top hold no value in any column of values. */
function depthOf(rows: readonly SplitRow[], typed: readonly number[]): number {
  let depth = 1
  while (depth < Math.min(4, rows.length - 1)) {
    const { cells } = rows[depth] as SplitRow
    const texts = typed.map((i) => kindOf(cells[i]?.text ?? ''))
    if (texts.some((kind) => isTyped(kind) || kind === 'empty' || kind === 'absent')) break
    depth++
  }
  return depth
}

function areYears(first: SplitRow, data: readonly SplitRow[]): boolean {
  const years = first.cells.map(({ text }) => /^(?:19|20)\d\d$/.test(text.trim()))
  const count = years.filter(Boolean).length
  if (count < 2 || years[0] === true || isTyped(kindOf(first.cells[0]?.text ?? ''))) return false
  if (first.cells.some(({ text }, i) => years[i] === false && isTyped(kindOf(text)))) return false
  const below = data.flatMap(({ cells }) => cells.filter((_, i) => years[i] === true).map(({ text }) => text.trim()))
  return below.filter((text) => /^(?:19|20)\d\d$/.test(text)).length < below.length / 2
}

function textHeader(names: readonly string[], data: readonly SplitRow[]): FoundHeader {
  if (names.some((name) => name === '')) return { rows: 0, confidence: 0.6, evidence: 'the first row has empty cells' }
  if (new Set(names).size < names.length)
    return { rows: 0, confidence: 0.6, evidence: 'the first row holds a text twice' }
  const back = names.find((name, i) => data.some(({ cells }) => cells[i]?.text.trim() === name))
  if (back !== undefined)
    return { rows: 0, confidence: 0.8, evidence: `"${back}" of the first row comes back below it` }
  if (names.some((name) => isTyped(kindOf(name))))
    return { rows: 0, confidence: 0.7, evidence: 'the first row holds a value' }
  // Codes of one length, addresses and the like do not look like their name.
  for (const [i, name] of names.entries()) {
    const texts = data.map(({ cells }) => cells[i]?.text.trim() ?? '').filter((text) => text !== '')
    if (texts.length < 2) continue
    const shapes = new Set(texts.map(shapeOf))
    if (shapes.size === 1) {
      const alike = shapes.has(shapeOf(name))
      return alike
        ? { rows: 0, confidence: 0.7, evidence: `"${name}" is of the same form as all texts below it` }
        : { rows: 1, confidence: 0.85, evidence: `"${name}" is of another form than all texts below it` }
    }
  }
  const plain = names.filter((name) => /^[\p{L}_][\p{L}\p{N}_ .()%#/-]*$/u.test(name) && name.length <= 64).length
  return plain === names.length
    ? { rows: 1, confidence: 0.6, evidence: 'the texts of the first row are all different and do not come back' }
    : { rows: 0, confidence: 0.5, evidence: 'the first row does not look like names' }
}

/** Length and kinds of characters: `DE` and `FR` are alike. */
function shapeOf(text: string): string {
  const kinds = text
    .replace(/\p{Lu}/gu, 'A')
    .replace(/\p{Ll}/gu, 'a')
    .replace(/\d/g, '0')
  return text.includes('@') ? '@' : kinds
}
