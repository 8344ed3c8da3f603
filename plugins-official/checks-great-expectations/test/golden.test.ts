import { describe, expect, test } from 'vitest'
import { ask, type Case, cases, goldenOf, type Told, type Version } from './golden-data.ts'

/** Where we say something else than Great Expectations, on purpose; every one of them stands in docs/checks/great-expectations.md. */
type Ours = 'refused' | 'answers' | 'raises'
const deviations: readonly (readonly [string, Ours, (version: Version, one: Case, told: Told) => boolean])[] = [
  ['expectations of 1.x in a suite of 0.18', 'answers', (_, __, told) => told.refused?.endsWith('not found') === true],
  [
    'kwargs that no data could meet',
    'refused',
    (_, { kwargs }, told) => told.raised === true && Number(kwargs['min_value']) > Number(kwargs['max_value']),
  ],
  ['names of types that do not exist', 'refused', (_, { kwargs }) => kwargs['type_'] === 'Nonsense'],
  [
    'bounds of text for text',
    'answers',
    (_, { kwargs }, told) =>
      told.refused !== undefined && typeof kwargs['min_value'] === 'string' && kwargs['column'] === 's',
  ],
  [
    'parse_strings_as_datetimes is a kwarg of 0.18',
    'refused',
    (version, { kwargs }) => version === '1' && kwargs['parse_strings_as_datetimes'] === true,
  ],
  [
    'times are ordered',
    'answers',
    (_, { type, kwargs }, told) => told.raised === true && kwargs['column'] === 't' && /creasing$/.test(type),
  ],
  [
    'bounds of times as text',
    'answers',
    (_, { kwargs }, told) =>
      told.raised === true && kwargs['column'] === 't' && typeof kwargs['min_value'] === 'string',
  ],
  [
    'text that is no JSON does not match a schema',
    'answers',
    (_, { type }, told) => told.raised === true && type.endsWith('match_json_schema'),
  ],
  ['patterns of LIKE', 'answers', (_, { type }, told) => told.raised === true && type.includes('_like_pattern')],
  [
    'times are listed as ISO 8601',
    'answers',
    (_, { type, kwargs }) => kwargs['column'] === 't' && type.endsWith('most_common_value_to_be_in_set'),
  ],
  [
    'text that looks like a date is text',
    'answers',
    (version, { kwargs }, told) => version === '1' && told.raised === true && kwargs['column'] === 'iso',
  ],
  [
    'object and str are names of text',
    'answers',
    (version, { kwargs }) =>
      version === '1' && kwargs['column'] === 's' && (kwargs['type_'] === 'object' || 'type_list' in kwargs),
  ],
  [
    'absent text beside parse_strings_as_datetimes',
    'answers',
    (_, { kwargs }, told) => told.raised === true && kwargs['parse_strings_as_datetimes'] === true,
  ],
  [
    'both bounds of a length strict',
    'answers',
    (version, { kwargs }, told) =>
      version === '0.18' && told.raised === true && kwargs['strict_min'] === true && kwargs['strict_max'] === true,
  ],
  [
    'pairs in a set beside rows that are left out',
    'answers',
    (version, { type }, told) =>
      version === '0.18' && told.raised === true && type.endsWith('pair_values_to_be_in_set'),
  ],
]

/** NaN is null; floats agree to 12 digits; lists that Python makes of sets come in any order. */
function plain(value: unknown, key = '', type = ''): unknown {
  if (value === 'NaN') return null
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(12))
  if (Array.isArray(value)) {
    const list = value.map((one) => plain(one))
    return key === 'partial_missing_list' || (key === 'observed_value' && type === 'expect_table_columns_to_match_set')
      ? list.map((one) => JSON.stringify(one)).sort()
      : list
  }
  if (typeof value !== 'object' || value === null) return value
  const told = value as Readonly<Record<string, unknown>>
  // Equal nulls are one entry here; in Python every NaN stands for itself, and null beside text drops the list.
  const drop = JSON.stringify(told['partial_unexpected_list'] ?? '').includes('null')
    ? ['partial_unexpected_counts']
    : []
  return Object.fromEntries(
    Object.entries(told)
      .filter(([name]) => !drop.includes(name))
      .map(([name, one]) => [name, plain(one, name, type)]),
  )
}

for (const version of ['0.18', '1'] as const) {
  describe(`what Great Expectations ${version} says`, () => {
    const golden = goldenOf(version)
    test.each(
      cases.map((one, i) => [`${i} ${one.table} ${one.type} ${JSON.stringify(one.kwargs)}`, one, golden[i]!] as const),
    )('%s', async (_, one, byFormat) => {
      for (const [format, told] of Object.entries(byFormat)) {
        const ours = await ask(version, one, format)
        const other = deviations.find(([, , applies]) => applies(version, one, told))
        if (other === undefined) expect(plain(ours, '', one.type)).toEqual(plain(told, '', one.type))
        else
          expect([other[0], 'refused' in ours ? 'refused' : ours.raised ? 'raises' : 'answers']).toEqual([
            other[0],
            other[1],
          ])
        expect(plain(await ask(version, one, format, 3))).toEqual(plain(ours))
      }
    })
  })
}
