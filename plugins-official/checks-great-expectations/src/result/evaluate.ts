import { type Batch, isTidegateError, type TableSchema } from 'tidegate'
import { type Counts, collectCounts } from '../rules/collect.ts'
import {
  type AggregateDefinition,
  type Answer,
  expected,
  type RowDefinition,
  unexpected,
  type WholeDefinition,
} from '../rules/definition.ts'
import { openDomain } from '../rules/domain.ts'
import type { Defined } from '../suite/define-suite.ts'
import type { Dialect } from '../suite/suite.ts'
import { createFoundRows } from './found-rows.ts'
import { hidesAny, withoutValues } from './hidden.ts'
import { mapAnswer } from './map-result.ts'
import { countOf, createMarks } from './marks.ts'
import type { ResultFormat } from './result-format.ts'

/** One expectation on its way through the data. */
export interface Evaluation {
  /** `start` is the number of the batch's first row. */
  add(batch: Batch, start: number): void
  /** When all rows were seen: whether it has to see them again to list what it found. */
  settle(): boolean
  again(batch: Batch, start: number): void
  answer(): Answer | Failed
}

/** A question that could not be asked: the error, in place of an answer. */
export interface Failed extends Answer {
  readonly error: Error
}

export interface Setting {
  readonly schema: TableSchema
  readonly format: Required<ResultFormat>
  readonly dialect: Dialect
  /** Rows of the tables that the suite names besides its own. */
  readonly others: Readonly<Record<string, number>>
}

/** What cannot be asked of these columns fails alone; the others are asked on. */
export function evaluate(defined: Defined, setting: Setting): Evaluation {
  let failed: Failed | undefined
  const attempt = <T>(act: () => T): T | undefined => {
    if (failed !== undefined) return undefined
    try {
      return act()
    } catch (error) {
      if (!isTidegateError(error)) throw error
      failed = { success: false, result: {}, error }
      return undefined
    }
  }
  const inner = attempt(() => opened(defined, setting))
  return {
    add: (batch, start) => attempt(() => inner?.add(batch, start)),
    settle: () => attempt(() => inner?.settle()) ?? false,
    again: (batch, start) => attempt(() => inner?.again(batch, start)),
    answer: () => attempt(() => inner?.answer()) ?? (failed as Failed),
  }
}

function opened({ expectation: { type }, definition }: Defined, setting: Setting): Evaluation {
  const chosen = definition.kind === 'by schema' ? definition.choose(setting.schema) : definition
  if (chosen.kind === 'row') return ofRows(chosen, setting, type)
  if (chosen.kind === 'whole') return ofWhole(chosen, setting, type)
  if (chosen.kind === 'aggregate') return ofAggregate(chosen, setting, type)
  const other = setting.others[chosen.table] as number
  const answer = (counts: unknown): Answer => {
    const { rows } = counts as Counts
    return { success: rows === other, result: { observed_value: { self: rows, other } } }
  }
  return ofAggregate({ ...chosen, kind: 'aggregate', open: collectCounts, answer }, setting, type)
}

function ofRows(definition: RowDefinition, { schema, format, dialect }: Setting, check: string): Evaluation {
  const domain = openDomain(definition, schema, check)
  const judge = definition.open(schema)
  const found = createFoundRows(definition, schema, format, dialect, check)
  return {
    add(batch, start) {
      const states = domain(batch)
      found.count(states)
      judge(batch, states)
      found.list(batch, states, start)
    },
    settle: () => false,
    again: () => undefined,
    answer: () => mapAnswer(found.finish(), definition, format),
  }
}

/** Keeps `width` bytes of each row to judge; rows that turn out unexpected are looked at again for their values. */
function ofWhole(definition: WholeDefinition, { schema, format, dialect }: Setting, check: string): Evaluation {
  const domain = openDomain(definition, schema, check)
  const mark = definition.open(schema)
  const found = createFoundRows(definition, schema, format, dialect, check)
  const marks = createMarks(definition.width)
  let verdicts: Uint8Array = new Uint8Array(0)
  let next = 0
  return {
    add(batch) {
      const states = domain(batch)
      found.count(states)
      mark(batch, states, marks.room(countOf(states)))
    },
    settle() {
      verdicts = definition.decide(marks.view(), marks.rows())
      return verdicts.includes(1)
    },
    again(batch, start) {
      const states = domain(batch)
      for (let row = 0; row < states.length; row++)
        if (states[row] === expected && verdicts[next++] === 1) states[row] = unexpected
      found.list(batch, states, start)
    },
    answer: () => mapAnswer(found.finish(), definition, format),
  }
}

function ofAggregate(definition: AggregateDefinition, { schema, format }: Setting, check: string): Evaluation {
  const { columns, condition } = definition
  const domain = openDomain({ columns, ignore: 'any', condition }, schema, check)
  const collector = definition.open(schema)
  return {
    add: (batch) => collector.add(batch, domain(batch)),
    settle: () => false,
    again: () => undefined,
    answer() {
      const { success, result } = definition.answer(collector.value())
      if (format.result_format === 'BOOLEAN_ONLY') return { success, result: {} }
      return { success, result: hidesAny(schema, columns) ? withoutValues(result) : result }
    },
  }
}
