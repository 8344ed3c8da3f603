import { BytesColumn, type DatasetRule, type Measure, types, ValuesColumn } from 'tidegate'
import { hidesAny, withoutValues } from '../result/hidden.ts'
import { type Counts, collectCounts } from '../rules/collect.ts'
import type { AggregateDefinition, Answer, OtherTableDefinition } from '../rules/definition.ts'
import { openDomain } from '../rules/domain.ts'
import type { About } from './row-rule.ts'

/** An expectation about all rows at once: its statistic is a measure, so that parts that have not changed are not read again. */
export function datasetRule(definition: AggregateDefinition, { name }: About, parameters: unknown): DatasetRule {
  return {
    scope: 'dataset',
    measures: {
      answer: measureOf(name, definition, parameters, (value, hidden) => {
        const { success, result } = definition.answer(value)
        return { success, result: hidden ? withoutValues(result) : result }
      }),
    },
    decide({ answer }) {
      const { success, result } = answer as Answer
      return { pass: success, observed: observedText(result) }
    },
  }
}

/** As many rows as another dataset has. */
export function otherTableRule(definition: OtherTableDefinition, { name }: About, parameters: unknown): DatasetRule {
  const counted: AggregateDefinition = {
    ...definition,
    kind: 'aggregate',
    open: collectCounts,
    answer: () => ({ success: true, result: {} }),
  }
  return {
    scope: 'dataset',
    measures: { rows: measureOf(name, counted, parameters, (value) => (value as Counts).rows) },
    decide({ rows }, { others }) {
      const other = others[definition.table]?.rows
      return { pass: rows === other, observed: `${rows} rows here, ${other} in ${definition.table}` }
    },
  }
}

/** A measure over all rows of a dataset, never of groups; its state is the bytes of the collector. */
function measureOf(
  name: string,
  definition: AggregateDefinition,
  parameters: unknown,
  result: (value: unknown, hidden: boolean) => unknown,
): Measure {
  const { columns, condition } = definition
  return {
    name,
    columns: [...columns, ...(condition?.columns ?? [])],
    version: 1,
    parameters: { expectation: JSON.stringify(parameters) },
    create(schema) {
      const domain = openDomain({ columns, ignore: 'any', condition }, schema, name)
      const collector = definition.open(schema)
      return {
        stateFields: [{ name: 'state', type: types.binary, nullable: false }],
        result: { type: types.struct([]), nullable: false },
        add: (batch) => collector.add(batch, domain(batch)),
        merge([column]) {
          const { offsets, bytes } = column as BytesColumn
          for (let i = 0; i + 1 < offsets.length; i++) collector.merge(bytes.subarray(offsets[i], offsets[i + 1]))
        },
        state() {
          const bytes = collector.bytes()
          return [new BytesColumn(types.binary, Int32Array.of(0, bytes.length), bytes)]
        },
        finish: () => new ValuesColumn(types.struct([]), [result(collector.value(), hidesAny(schema, columns))]),
      }
    },
  }
}

const longest = 200

/** What was found, in one line: the observed value, and what is wrong with it where that is said. */
function observedText(result: Readonly<Record<string, unknown>>): string {
  const { observed_value: observed, details, ...rest } = result
  const mismatched = (details as Readonly<Record<string, unknown>> | undefined)?.['mismatched']
  const parts = [
    ...(observed === undefined || (observed === null && Object.keys(rest).length > 0)
      ? []
      : [`observed ${JSON.stringify(observed)}`]),
    ...(mismatched === undefined ? [] : [`mismatched ${JSON.stringify(mismatched)}`]),
    ...Object.entries(rest).map(([key, value]) => `${key.replaceAll('_', ' ')} ${JSON.stringify(value)}`),
  ]
  const text = parts.length === 0 ? 'the column is not there, or not in its place' : parts.join(', ')
  return text.length > longest ? `${text.slice(0, longest - 3)}...` : text
}
