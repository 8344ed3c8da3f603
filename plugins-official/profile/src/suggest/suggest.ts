import { shapes } from '../column/meaning.ts'
import { looseShape } from '../column/patterns.ts'
import type { ColumnProfile, Profile } from '../types.ts'
import { roundOutward } from './round.ts'
import { shapePattern } from './shape-pattern.ts'
import { cleanShare, countText, type Suggestion } from './suggestion.ts'

/** What a suggestion may be told. */
export interface SuggestOptions {
  /** Fewer values than this show nothing. Default 100. */
  readonly least?: number
  /** Suggestions that are less sure are left out. Default 0: all of them. */
  readonly confidence?: number
}

/**
 * Rules that a profile suggests, by column, each with its confidence and evidence. They hold for what was profiled as far as the profile knows it: see
 * `suggestChecks` for rules that were also tried on rows they were not drawn from.
 */
export function suggest(profile: Profile, { least = 100, confidence = 0 }: SuggestOptions = {}): readonly Suggestion[] {
  const { rows } = profile
  if (rows < least) return []
  const found = profile.columns.flatMap((column) => [
    ...presence(column, rows),
    ...(column.count < least || column.masked ? [] : values(column)),
  ])
  return [...found, ...keys(profile), ...size(rows)].filter((suggestion) => suggestion.confidence >= confidence)
}

function presence({ name, nulls, count }: ColumnProfile, rows: number): Suggestion[] {
  if (nulls === 0) {
    const evidence = `${countText(rows)} rows, none null`
    return [{ rule: { check: 'notNull', column: name }, confidence: cleanShare(rows), evidence }]
  }
  // Three standard deviations below the share seen, rounded down to a whole percent.
  const share = count / rows
  const atLeast = Math.floor(100 * (share - 3 * Math.sqrt((share * (1 - share)) / rows))) / 100
  if (atLeast < 0.9) return []
  const evidence = `${countText(nulls)} of ${countText(rows)} rows null`
  return [{ rule: { check: 'notNull', column: name, atLeast }, confidence: atLeast, evidence }]
}

function values(column: ColumnProfile): Suggestion[] {
  const listed = members(column)
  const shaped = listed.length > 0 ? listed : shape(column)
  return [...bounds(column), ...shaped]
}

/** Not for identifiers and for what only grows: the next value lies outside. Not for times, which do. */
function bounds({ name, type, count, numbers, min, max, distinct }: ColumnProfile): Suggestion[] {
  if (type.kind !== 'int' && type.kind !== 'float' && type.kind !== 'decimal') return []
  if (numbers === undefined || numbers.nan + numbers.infinite > 0 || distinct.count < 2) return []
  if (numbers.order === 'strictly increasing' || numbers.order === 'increasing') return []
  if (numbers.integers && distinct.count * (1 + 3 * distinct.error) >= count) return []
  const low = Number(min)
  const high = Number(max)
  if (!Number.isSafeInteger(Math.trunc(low)) || !Number.isSafeInteger(Math.trunc(high))) return []
  const rule = { check: 'between', column: name, ...roundOutward(low, high) } as const
  if (!(rule.min <= low && high <= rule.max)) return []
  const evidence = `${countText(count)} values from ${String(min)} to ${String(max)}`
  return [{ rule, confidence: cleanShare(count), evidence }]
}

/** A closed list: few values, each seen often. Those unseen weigh as much as those seen once (Good, Biometrika 40, 1953). */
function members({ name, type, count, distinct, top }: ColumnProfile): Suggestion[] {
  if (type.kind !== 'string' || distinct.method !== 'exact' || top?.method !== 'exact') return []
  const { values } = top
  if (distinct.count < 2 || distinct.count !== values.length || count < 20 * distinct.count) return []
  const rarest = values.at(-1)?.count ?? 0
  if (rarest < 5 || values.some(({ value }) => String(value).length > 60 || String(value).endsWith('…'))) return []
  const evidence = `${countText(count)} values, ${distinct.count} different, the rarest ${countText(rarest)} times`
  const list = values.map(({ value }) => String(value)).sort()
  return [{ rule: { check: 'oneOf', column: name, values: list }, confidence: cleanShare(count), evidence }]
}

/** One shape that all examined values have: that of a known meaning, else letters and digits. */
function shape({ name, type, text, meaning, distinct }: ColumnProfile): Suggestion[] {
  if (type.kind !== 'string' || text === undefined || meaning === undefined || distinct.count < 20) return []
  const made = (pattern: RegExp, what: string): Suggestion => ({
    rule: { check: 'matches', column: name, pattern },
    confidence: cleanShare(meaning.examined),
    evidence: `${countText(meaning.examined)} ${text.basis === 'sample' ? 'sampled ' : ''}values, all ${what}`,
  })
  const known = Object.hasOwn(shapes, meaning.name) ? shapes[meaning.name as keyof typeof shapes] : undefined
  if (known !== undefined && meaning.share === 1) return [made(known, `look like ${meaning.name}`)]
  const wanted = new Set(text.patterns.map(({ pattern }) => looseShape(pattern.replaceAll('+', ''))))
  const [first] = text.patterns
  const whole = text.patterns.reduce((sum, { share }) => sum + share, 0)
  if (first === undefined || wanted.size !== 1 || whole < 1 - 1e-9 || meaning.name !== 'code') return []
  const shown = text.patterns.length === 1 ? first.pattern : looseShape(first.pattern.replaceAll('+', ''))
  const pattern = shapePattern(shown)
  return pattern === undefined ? [] : [made(pattern, `of the shape ${shown}`)]
}

function keys({ rows, keys: found, columns }: Profile): Suggestion[] {
  const kindOf = (name: string) => columns.find((column) => column.name === name)
  const single = found.filter((key) => {
    const [column] = key.columns.map(kindOf)
    return key.columns.length === 1 && (column?.type.kind === 'int' || column?.type.kind === 'string')
  })
  // Several columns are a key by chance where each of them has many values: one suggestion, of the fewest columns, and only where no column is one.
  const chosen = single.length > 0 ? single : found.filter((key) => key.columns.length > 1).slice(0, 1)
  const evidence = (basis: string) =>
    basis === 'sample' ? 'no two rows of the sample alike' : `${countText(rows)} rows, no two alike`
  return chosen.map(({ columns: names, basis }) => ({
    rule: { check: 'unique', columns: names },
    confidence: names.length === 1 ? cleanShare(rows) : 0.5,
    evidence: evidence(basis),
  }))
}

function size(rows: number): Suggestion[] {
  if (rows < 2) return []
  const unit = 10 ** Math.floor(Math.log10(rows / 2))
  const rule = { check: 'rowCount', min: Math.floor(rows / 2 / unit) * unit } as const
  return [{ rule, confidence: 0.5, evidence: `${countText(rows)} rows in one table; half of them, rounded down` }]
}
