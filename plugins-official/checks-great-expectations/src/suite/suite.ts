import { TidegateError } from 'tidegate'

/** Whose rules count where the two differ: 0.18 and before, or 1.0 and after. */
export type Dialect = '0.18' | '1'

export type Kwargs = Readonly<Record<string, unknown>>

/** One expectation of a suite, as the file writes it. */
export interface Expectation {
  readonly type: string
  readonly kwargs: Kwargs
  readonly meta: Kwargs
  readonly id: string | undefined
  /** `critical`, `warning` or `info`; 1.x only. */
  readonly severity: string | undefined
  readonly description: string | undefined
}

export interface Suite {
  readonly name: string
  readonly dialect: Dialect
  readonly meta: Kwargs
  readonly expectations: readonly Expectation[]
}

/**
 * Reads a suite as `ExpectationSuite.to_json_dict()` of Great Expectations writes it. The dialect is that of `meta.great_expectations_version`; without
 * one, `expectation_suite_name` or `expectation_type` say 0.18.
 * @throws `CONFIG_INVALID` where it is no suite.
 */
export function readSuite(given: unknown): Suite {
  if (!isRecord(given) || !Array.isArray(given['expectations'])) throw noSuite('it has no list "expectations"')
  const meta = isRecord(given['meta']) ? given['meta'] : {}
  const expectations = given['expectations'].map(readExpectation)
  const name = given['name'] ?? given['expectation_suite_name']
  return { name: typeof name === 'string' ? name : 'suite', dialect: dialectOf(given, meta), meta, expectations }
}

function readExpectation(given: unknown, place: number): Expectation {
  const type = isRecord(given) ? (given['type'] ?? given['expectation_type']) : undefined
  if (!isRecord(given) || typeof type !== 'string') throw noSuite(`expectation ${place + 1} has no type`)
  const { kwargs = {}, meta, id, severity, description, notes } = given as Record<string, unknown>
  if (!isRecord(kwargs)) throw noSuite(`the kwargs of expectation ${place + 1} (${type}) are no object`)
  const facts = isRecord(meta) ? meta : {}
  return {
    type,
    kwargs,
    meta: facts,
    id: textOf(id),
    severity: textOf(severity) ?? textOf(kwargs['severity']),
    description: textOf(description) ?? textOf(kwargs['description']) ?? noteOf(notes) ?? noteOf(facts['notes']),
  }
}

/** `meta.notes` is text, a list of lines, or `{ format, content }`. */
function noteOf(notes: unknown): string | undefined {
  if (typeof notes === 'string') return notes
  if (Array.isArray(notes)) return notes.filter((line) => typeof line === 'string').join('\n') || undefined
  return isRecord(notes) ? noteOf(notes['content']) : undefined
}

function dialectOf(given: Kwargs, meta: Kwargs): Dialect {
  const version = meta['great_expectations_version']
  if (typeof version === 'string') return version.startsWith('0.') ? '0.18' : '1'
  if ('expectation_suite_name' in given) return '0.18'
  const old = (given['expectations'] as readonly unknown[]).some((one) => isRecord(one) && 'expectation_type' in one)
  return old ? '0.18' : '1'
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function noSuite(why: string): TidegateError {
  return new TidegateError('CONFIG_INVALID', `This is no suite of Great Expectations: ${why}`, {
    hint: 'Give the object that stands in the JSON file of the suite: { name, expectations: [{ type, kwargs }] }.',
  })
}
