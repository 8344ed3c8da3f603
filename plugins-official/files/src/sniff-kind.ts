/**
 * What a cell looks like to the sniffer, which does not know yet how numbers and dates are spelt here. After the types of G. J. J. van den Burg, A.
 * Nazabal, C. Sutton, "Wrangling Messy CSV Files by Detecting Row and Type Patterns", Data Mining and Knowledge Discovery 33 (2019), section 4.2.
 */
export type CellKind =
  | 'empty'
  | 'absent'
  | 'number'
  | 'date'
  | 'time'
  | 'boolean'
  | 'address'
  | 'word'
  | 'text'
  | 'unknown'

const kinds: readonly (readonly [kind: CellKind, pattern: RegExp])[] = [
  ['empty', /^$/],
  [
    'number',
    /^[+-]?(?:[$€£]\s?)?(?:0|[1-9]\d*|[1-9]\d{0,2}(?:[,. '_\u00a0\u202f]\d{3})+)?(?:(?<=\d)[.,]|[.](?=\d))?\d*(?:[eE][+-]?\d{1,3})?(?:\s?[%€$£])?$/,
  ],
  ['date', /^\d{1,2}([/.-])\d{1,2}\1(?:\d{4}|\d{2})(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp][Mm])?)?$/],
  ['date', /^\d{4}([/.-])\d{1,2}\1\d{1,2}(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/],
  ['time', /^\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp][Mm])?$/],
  ['absent', /^(?:NA|N\/A|n\/a|na|null|NULL|None|\\N|#N\/A|NaN|nan|-|\?)$/],
  ['boolean', /^(?:true|false|yes|no)$/i],
  [
    'address',
    /^(?:[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:https?|ftp):\/\/[^\s"]+|[\w-]+(?:\.[\w-]+){2,}|\/?[\w.-]+(?:\/[\w.-]+)+)$/,
  ],
  ['word', /^[\p{L}\p{N}_#][\p{L}\p{N}_.#-]*$/u],
  ['text', /^[\p{L}\p{N}(#&][^"|;\t{}<>^~=]*$/u],
]

const known = new Map<string, CellKind>()

export function kindOf(text: string): CellKind {
  const memo = known.get(text)
  if (memo !== undefined) return memo
  const cell = text.trim()
  const found = cell.length > 2000 ? 'text' : (kinds.find(([, pattern]) => pattern.test(cell))?.[0] ?? 'unknown')
  if (known.size > 10_000) known.clear()
  known.set(text, found)
  return found
}

/** How much a cell of that kind speaks for the way it was cut out: text may be anything, cells that fit nothing are cut wrongly. */
export const weights: Readonly<Record<CellKind, number>> = {
  empty: 0.9,
  absent: 1,
  number: 1,
  date: 1,
  time: 1,
  boolean: 1,
  address: 1,
  word: 0.95,
  text: 0.8,
  unknown: 0.05,
}

/** Kinds that a name of a column seldom is. */
export function isTyped(kind: CellKind): boolean {
  return kind === 'number' || kind === 'date' || kind === 'time' || kind === 'boolean'
}
