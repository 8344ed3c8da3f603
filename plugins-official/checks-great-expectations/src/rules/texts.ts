import { type Cell, type Found, mismatch } from '../cells/cells.ts'
import { within } from '../cells/order.ts'
import type { Given } from '../suite/given.ts'
import { parseDate } from '../text/date-parse.ts'
import { jsonSchema } from '../text/json-schema.ts'
import { likeRegex, pythonRegex } from '../text/python-regex.ts'
import { pythonText } from '../text/python-text.ts'
import { strptime } from '../text/strptime.ts'
import type { Define } from './definition.ts'
import { type Holds, perCell } from './per-cell.ts'
import { readBounds } from './range.ts'

/** Looks at the text of a cell, as Python's `str` gives it. */
function perText(given: Given, holds: (text: string) => boolean) {
  return perCell(
    given,
    ({ field }) =>
      (cell) =>
        holds(pythonText(cell, field)),
  )
}

/** Looks at text and at nothing else. */
function perString(given: Given, holds: (text: string) => boolean) {
  return perCell(given, (found) => strings(found, given, holds))
}

function strings(found: Found, given: Given, holds: (text: string) => boolean): Holds {
  if (found.family !== 'text') throw mismatch(given.type, found, 'a column of text')
  return (cell: Exclude<Cell, null>) => holds(cell as string)
}

/** Makes something of a kwarg, or refuses it. */
function made<T>(given: Given, what: string, make: () => T, fallback: T): T {
  try {
    return make()
  } catch (error) {
    given.refuse(`${what}: ${(error as Error).message} is not understood`)
    return fallback
  }
}

const lengths: Define = (given) => {
  const { min, max, strictMin, strictMax } = readBounds(given, true)
  for (const bound of [min, max])
    if (typeof bound === 'string') given.refuse(`a length is compared with ${JSON.stringify(bound)}`)
  const range = { min, max, strictMin, strictMax }
  return perText(given, (text) => within(codePoints(text), range))
}

const lengthEquals: Define = (given) => {
  const value = given.number('value')
  if (given.dialect === '0.18') given.flag('parse_strings_as_datetimes')
  return perText(given, (text) => codePoints(text) === value)
}

function codePoints(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; at++) {
    count++
    const unit = text.charCodeAt(at)
    if (unit >= 0xd800 && unit < 0xdc00) at++
  }
  return count
}

const never = /(?!)/

function regexes(given: Given, sources: readonly string[]): readonly RegExp[] {
  if (sources.length === 0) given.refuse('its list of patterns is empty')
  return sources.map((source) => made(given, `the regex ${JSON.stringify(source)}`, () => pythonRegex(source), never))
}

const regex =
  (wanted: boolean): Define =>
  (given) => {
    const [found = never] = regexes(given, [given.text('regex', given.dialect === '0.18' ? '(?s).*' : undefined)])
    return perText(given, (text) => found.test(text) === wanted)
  }

const regexList: Define = (given) => {
  const found = regexes(given, given.texts('regex_list'))
  const all = given.oneOf('match_on', ['any', 'all'], 'any') === 'all'
  return perText(given, (text) => (all ? found.every((one) => one.test(text)) : found.some((one) => one.test(text))))
}

const noRegexOfList: Define = (given) => {
  const found = regexes(given, given.texts('regex_list'))
  return perText(given, (text) => !found.some((one) => one.test(text)))
}

/** Great Expectations has these for SQL alone; here they mean what they mean there. */
const like =
  (wanted: boolean): Define =>
  (given) => {
    const pattern = likeRegex(given.text('like_pattern'), escapeOf(given))
    return perString(given, (text) => pattern.test(text) === wanted)
  }

const likeList =
  (wanted: boolean): Define =>
  (given) => {
    const escaping = escapeOf(given)
    const patterns = given.texts('like_pattern_list').map((pattern) => likeRegex(pattern, escaping))
    if (patterns.length === 0) given.refuse('its list of patterns is empty')
    const all = wanted && given.oneOf('match_on', ['any', 'all'], 'any') === 'all'
    return perString(given, (text) =>
      all ? patterns.every((one) => one.test(text)) : patterns.some((one) => one.test(text)) === wanted,
    )
  }

function escapeOf(given: Given): string | undefined {
  if (!given.has('escape')) return undefined
  const escaping = given.text('escape')
  if ([...escaping].length !== 1) given.refuse(`escape is ${JSON.stringify(escaping)}, it takes one character`)
  return escaping
}

const strftime: Define = (given) => {
  const reads = made(
    given,
    'strftime_format',
    () => strptime(given.text('strftime_format')),
    () => false,
  )
  return perString(given, reads)
}

const parseable: Define = (given) => perString(given, (text) => parseDate(text) !== undefined)

const json: Define = (given) => perString(given, (text) => read(text) !== undefined)

const matchesSchema: Define = (given) => {
  const schema = given.value('json_schema')
  if (schema === undefined) given.refuse('needs json_schema')
  const holds = made(
    given,
    'json_schema',
    () => jsonSchema(schema ?? true),
    () => false,
  )
  return perString(given, (text) => {
    const found = read(text)
    return found !== undefined && holds(found.value)
  })
}

function read(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

export const textRules: Readonly<Record<string, Define>> = {
  expect_column_value_lengths_to_be_between: lengths,
  expect_column_value_lengths_to_equal: lengthEquals,
  expect_column_values_to_match_regex: regex(true),
  expect_column_values_to_not_match_regex: regex(false),
  expect_column_values_to_match_regex_list: regexList,
  expect_column_values_to_not_match_regex_list: noRegexOfList,
  expect_column_values_to_match_like_pattern: like(true),
  expect_column_values_to_not_match_like_pattern: like(false),
  expect_column_values_to_match_like_pattern_list: likeList(true),
  expect_column_values_to_not_match_like_pattern_list: likeList(false),
  expect_column_values_to_match_strftime_format: strftime,
  expect_column_values_to_be_dateutil_parseable: parseable,
  expect_column_values_to_be_json_parseable: json,
  expect_column_values_to_match_json_schema: matchesSchema,
}
