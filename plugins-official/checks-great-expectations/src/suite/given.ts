import { type Dialect, isRecord, type Kwargs } from './suite.ts'

/** A value of a set or a bound. */
export type Plain = string | number | boolean | null

/**
 * The kwargs of one expectation. Each reader notes what it was asked for, so that what nobody asked for is known to be unknown; a value of another
 * type is refused and something harmless stands in for it until all refusals are raised together.
 */
export interface Given {
  readonly type: string
  readonly dialect: Dialect
  readonly kwargs: Kwargs
  refuse(why: string): void
  /** There and not null. */
  has(key: string): boolean
  value(key: string): unknown
  text(key: string, fallback?: string): string
  number(key: string, fallback?: number): number
  optionalNumber(key: string): number | undefined
  flag(key: string, fallback?: boolean): boolean
  oneOf<const W extends string>(key: string, words: readonly W[], fallback: W): W
  texts(key: string): readonly string[]
  plains(key: string): readonly Plain[] | undefined
  /** A number, or text for times and text. */
  bound(key: string): number | string | undefined
  unknown(): readonly string[]
}

/** Kwargs that say nothing about what is expected. */
const silent = ['batch_id', 'result_format', 'include_config', 'catch_exceptions', 'meta', 'notes', 'id', 'description']
const alsoSilent = ['severity', 'profiler_config', 'rendered_content', 'interactive_evaluation']

export function createGiven(type: string, dialect: Dialect, kwargs: Kwargs, refuse: (why: string) => void): Given {
  const asked = new Set<string>([...silent, ...alsoSilent])
  const value = (key: string) => {
    asked.add(key)
    return kwargs[key] ?? undefined
  }
  const wrong = (key: string, needs: string) => {
    const found = kwargs[key] ?? undefined
    refuse(found === undefined ? `needs ${key}, ${needs}` : `${key} is ${JSON.stringify(found)}, it takes ${needs}`)
  }
  const read = <T>(key: string, fits: (found: unknown) => found is T, needs: string, fallback: T, given?: T): T => {
    const found = value(key)
    if (found === undefined && given !== undefined) return given
    if (fits(found)) return found
    wrong(key, needs)
    return fallback
  }
  return {
    type,
    dialect,
    kwargs,
    refuse,
    value,
    has: (key) => value(key) !== undefined,
    text: (key, fallback) => read(key, isText, 'text', '', fallback),
    number: (key, fallback) => read(key, isNumber, 'a number', 0, fallback),
    optionalNumber: (key) => (value(key) === undefined ? undefined : read(key, isNumber, 'a number', 0)),
    flag: (key, fallback = false) => read(key, isFlag, 'true or false', fallback, fallback),
    oneOf: <const W extends string>(key: string, words: readonly W[], fallback: W) =>
      read(key, (found): found is W => words.includes(found as W), words.join(', '), fallback, fallback),
    texts: (key) => read(key, isTexts, 'a list of texts', []),
    plains: (key) => (value(key) === undefined ? undefined : read(key, isPlains, 'a list of plain values', [])),
    bound: (key) => (value(key) === undefined ? undefined : read(key, isBound, 'a number, a time or text', 0)),
    unknown: () => Object.keys(kwargs).filter((key) => !asked.has(key) && kwargs[key] != null),
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}
function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean'
}
function isBound(value: unknown): value is number | string {
  return typeof value === 'number' || typeof value === 'string'
}
function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText)
}
function isPlains(value: unknown): value is readonly Plain[] {
  return Array.isArray(value) && value.every((one) => one === null || isBound(one) || isFlag(one))
}

/** `{ quantiles, value_ranges }` and other objects among the kwargs. */
export function recordOf(given: Given, key: string): Readonly<Record<string, unknown>> {
  const found = given.value(key)
  if (isRecord(found)) return found
  given.refuse(found === undefined ? `needs ${key}` : `${key} is ${JSON.stringify(found)}, it takes an object`)
  return {}
}
