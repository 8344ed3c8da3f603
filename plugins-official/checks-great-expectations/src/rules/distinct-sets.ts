import { cellJson } from '../cells/as-json.ts'
import { type Cell, keyOf } from '../cells/cells.ts'
import type { Plain } from '../suite/given.ts'
import { parseDate } from '../text/date-parse.ts'
import { collectDistinct, type Distinct } from './collect.ts'
import type { AggregateDefinition, Answer, Define } from './definition.ts'
import { ofColumn } from './statistics.ts'
import { keysFor, parsesTimes } from './values.ts'

type Kind = 'in' | 'contain' | 'equal'

/** What 1.x lists of values that should not be there, or are not. */
const listed = 20

const distinctSet =
  (kind: Kind): Define =>
  (given) => {
    const parses = parsesTimes(given)
    const old = given.dialect === '0.18'
    if (old && kind === 'equal') given.number('mostly', 1)
    if (!given.has('value_set') && !(old && kind === 'in')) given.refuse('needs value_set, a list of plain values')
    const wanted = given.plains('value_set') ?? []
    return ofColumn(given, collectDistinct, (distinct) => {
      const seen = parses ? asTimes(distinct) : distinct
      return old ? answerOld(kind, seen, wanted) : answerNew(kind, seen, wanted)
    }) as AggregateDefinition
  }

function compared({ values, found }: Distinct, wanted: readonly Plain[]) {
  const keys = keysFor(wanted, found)
  const here = new Set(values.map(({ cell }) => keyOf(cell)))
  return {
    extra: values.filter(({ cell }) => !keys.has(keyOf(cell))).map(({ cell }) => cellJson(cell, found.field)),
    missing: [...new Set(wanted)].filter((value) => !here.has([...keysFor([value], found)][0] as string)),
  }
}

/** 0.18 lists every value with its count. An empty set allows everything there. */
function answerOld(kind: Kind, distinct: Distinct, wanted: readonly Plain[]): Answer {
  const { extra, missing } = compared(distinct, wanted)
  const { values, found } = distinct
  const counts = values.map(({ cell, count }) => ({ value: cellJson(cell, found.field), count }))
  const inSet = extra.length === 0 || (kind === 'in' && wanted.length === 0)
  const success = kind === 'in' ? inSet : kind === 'contain' ? missing.length === 0 : inSet && missing.length === 0
  return { success, result: { observed_value: counts.map(({ value }) => value), details: { value_counts: counts } } }
}

function answerNew(kind: Kind, distinct: Distinct, wanted: readonly Plain[]): Answer {
  const { extra, missing } = compared(distinct, wanted)
  const about = { extra: kind !== 'contain', missing: kind !== 'in' }
  return {
    success: !(about.extra && extra.length > 0) && !(about.missing && missing.length > 0),
    result: {
      observed_value: null,
      ...(about.extra ? { unexpected_count: extra.length, partial_unexpected_list: extra.slice(0, listed) } : {}),
      ...(about.missing ? { missing_count: missing.length, partial_missing_list: missing.slice(0, listed) } : {}),
    },
  }
}

/** Texts read as times, where they are. */
function asTimes(distinct: Distinct): Distinct {
  if (distinct.family !== 'text') return distinct
  const field = { ...distinct.found.field, type: { kind: 'timestamp', unit: 'ms' } as const }
  const values = distinct.values.map(({ cell, count }) => ({
    cell: parseDate(String(cell)) ?? (cell as Exclude<Cell, null>),
    count,
  }))
  return { values, family: 'instant', found: { ...distinct.found, family: 'instant', field } }
}

export const distinctRules: Readonly<Record<string, Define>> = {
  expect_column_distinct_values_to_be_in_set: distinctSet('in'),
  expect_column_distinct_values_to_contain_set: distinctSet('contain'),
  expect_column_distinct_values_to_equal_set: distinctSet('equal'),
}
