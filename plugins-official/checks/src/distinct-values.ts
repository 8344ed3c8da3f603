import { type Check, type Column, createCheck, type DatasetCheckOptions, fieldOf } from 'tidegate'
import { callable, refuse } from './callable.ts'
import { eachKey, keysOf, valuesText } from './cell-key.ts'
import type { Holds, Widened } from './row-types.ts'
import { isHidden, json, type Plain } from './text.ts'
import { jsonBytes, jsonOf, wholeMeasure } from './whole-measure.ts'

const relations = ['equal', 'within', 'containing'] as const
/** The distinct values are exactly the listed ones, are among them, or contain them all. */
export type Relation = (typeof relations)[number]

type DistinctValuesFn = <K extends string, const V extends Plain>(
  column: K,
  relation: Relation,
  values: readonly V[],
  options?: DatasetCheckOptions,
) => Check<Holds<K, Widened<V>>>

/** How many values that are not listed are shown. */
const SHOWN = 5

/**
 * The distinct present values of the dataset against a list. Null counts for nothing; numbers are compared by value (-0 is 0, NaN is one value),
 * times as epoch milliseconds. Memory is bounded by the list, however many values there are.
 */
export const distinctValues = callable(
  { check: 'distinctValues', arguments: ['column', 'relation', 'values'], dataset: true },
  (column: string, relation: Relation, values: readonly Plain[], options: DatasetCheckOptions) => {
    const name = `distinctValues(${column}, ${relation}, ${Array.isArray(values) ? valuesText(values) : String(values)})`
    if (!relations.includes(relation)) refuse(`${name}: there is no such relation.`, `Known: ${relations.join(', ')}.`)
    if (!Array.isArray(values) || values.length === 0)
      refuse(`${name}: no values are listed.`, 'List at least one value.')
    return createCheck(name, [column], { column, relation, values: values.map(json) }, options, {
      scope: 'dataset',
      measures: { found: occurrence(name, column, values) },
      decide({ found }) {
        const { missing, strangers } = found as Occurrence
        const lacks = relation === 'within' ? [] : missing
        const extra = relation === 'containing' ? [] : strangers
        const said = [
          ...(lacks.length === 0
            ? []
            : [`missing ${lacks.slice(0, SHOWN).join(', ')}${lacks.length > SHOWN ? ', …' : ''}`]),
          ...(extra.length === 0
            ? []
            : [`not listed ${extra.slice(0, SHOWN).join(', ')}${extra.length > SHOWN ? ', …' : ''}`]),
        ]
        return { pass: said.length === 0, observed: said.join('; ') || 'the listed values' }
      },
    })
  },
) as DistinctValuesFn

interface Occurrence {
  readonly missing: readonly string[]
  /** In order of first occurrence, at most one more than is shown. */
  readonly strangers: readonly string[]
}

function occurrence(name: string, column: string, values: readonly Plain[]) {
  const kinds =
    typeof values[0] === 'string'
      ? (['string'] as const)
      : typeof values[0] === 'boolean'
        ? (['boolean'] as const)
        : (['int', 'float', 'decimal', 'date', 'time', 'timestamp'] as const)
  const keys = [...new Set(keysOf(values))]
  return wholeMeasure<Occurrence>({
    name: `occurrence(${column})`,
    columns: [column],
    version: 1,
    open(schema) {
      const { index, field } = fieldOf(schema, column, name, kinds, `the kind of ${keys[0]}`)
      const shown = (key: string) => (isHidden(field) ? '***' : key)
      const listed = new Set(keys)
      const seen = new Set<string>()
      const strangers = new Set<string>()
      const meet = (key: string) => {
        if (listed.has(key)) seen.add(key)
        else if (strangers.size <= SHOWN) strangers.add(key)
      }
      return {
        add: (batch) => eachKey(batch.columns[index] as Column, meet),
        merge: (bytes) => (jsonOf(bytes) as readonly string[]).forEach(meet),
        bytes: () => jsonBytes([...seen, ...strangers]),
        result: () => ({ missing: keys.filter((key) => !seen.has(key)), strangers: [...strangers].map(shown) }),
      }
    },
  })
}
