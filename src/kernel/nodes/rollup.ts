import { z } from 'zod'
import type { Key, Measure } from '../../plugins/measure.ts'
import type { StepKind } from '../../plugins/step-kind.ts'
import { columnOf } from '../columns/batch.ts'
import { TidegateError } from '../errors.ts'
import type { Resolved } from '../measures/signatures.ts'
import { createNode, type Node, type Row, splitOptions } from '../node.ts'
import type { Committed, Show } from '../table-types.ts'
import type { StepGate } from './gate.ts'
import { inputsOf } from './inputs.ts'

/** Names of columns, or output names with a column or a key function (`{ date: day('date'), from: 'origin' }`). */
export type By<R> = readonly (keyof R & string)[] | { readonly [name: string]: (keyof R & string) | Key<R> }
export type Measures<R> = Readonly<Record<string, Measure<R>>>

type KeyCells<R, B> = B extends readonly (infer K extends keyof R)[]
  ? Pick<R, K>
  : { [N in keyof B]: B[N] extends keyof R ? R[B[N]] : B[N] extends Key<never, infer V> ? Resolved<R, V> : never }
type MeasureCells<R, M> = { [N in keyof M]: M[N] extends Measure<never, infer V> ? Resolved<R, V> : never }
/** The row of a roll-up: its keys, then its measures. */
export type Rolled<R, B, M> = Show<Committed<KeyCells<R, B>> & MeasureCells<R, M>>

const keys = z.union([
  z.array(z.string()),
  z.record(z.string(), z.union([z.string(), instanceWith<Key>('create', 'a key function')])),
])
export const foldOptions = {
  by: keys.refine((by) => !Array.isArray(by) || new Set(by).size === by.length, 'the same column twice'),
  measure: z.record(z.string(), instanceWith<Measure>('create', 'a measure such as count()')),
  buckets: z.literal([1, 2, 4, 8, 16, 32, 64, 128, 256]).optional(),
}
const options = z.object(foldOptions)

function instanceWith<T>(method: string, what: string): z.ZodType<T, T> {
  return z.custom<T>(
    (value) =>
      typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[method] === 'function',
    `expected ${what}`,
  )
}

export const rollupKind: StepKind<typeof options> = {
  point: 'step',
  name: 'rollup',
  shape: 'fold',
  options,
  needs: {},
  create: ({ by, measure, buckets }) => ({
    shape: 'fold',
    by: keysOf(by),
    measure,
    ...(buckets === undefined ? {} : { buckets }),
  }),
}

/** Every key as a `Key`: a name stands for the column of that name. */
export function keysOf(by: z.output<typeof keys>): Record<string, Key> {
  const named = Array.isArray(by) ? by.map((name) => [name, name] as const) : Object.entries(by)
  return Object.fromEntries(named.map(([name, key]) => [name, typeof key === 'string' ? columnKey(key) : key]))
}

/** The key that is a column itself; type and encoding are kept. */
export function columnKey(name: string): Key {
  return {
    name,
    columns: [name],
    version: 1,
    create(schema) {
      const field = schema.fields.find((candidate) => candidate.name === name)
      if (field === undefined) {
        throw new TidegateError('COLUMN_MISSING', `there is no column "${name}" to group by`, {
          hint: `The columns are ${schema.fields.map((known) => known.name).join(', ')}.`,
          data: { column: name },
        })
      }
      const { type, nullable, sees } = field
      return {
        result: { type, nullable, ...(sees === undefined ? {} : { sees }) },
        of(batch) {
          const column = columnOf(batch, name)
          if (column === undefined)
            throw new TidegateError('COLUMN_MISSING', `a batch has no column "${name}" to group by`, {
              data: { column: name },
            })
          return column
        },
      }
    },
  }
}

/**
 * One row for each combination of keys, with mergeable measures: parts are measured once and folded, so a changed part
 * costs only itself. Rows come out ordered by key. `buckets` fixes into how many parts the result is split by hash of
 * its key; it cannot change after the first commit.
 */
export function rollup<R extends Row, const B extends By<NoInfer<R>>, const M extends Measures<NoInfer<R>>>(
  def: StepGate<Rolled<R, B, M>> & {
    readonly from: Node<R>
    readonly by: B
    readonly measure: M
    readonly buckets?: number
  },
): Node<Rolled<R, B, M>> {
  const { gate, rest } = splitOptions(def)
  const { from, ...own } = rest
  return createNode<Rolled<R, B, M> & Row>({
    uses: rollupKind,
    inputs: inputsOf('rollup', 'from', from, 'stream'),
    options: own,
    gate,
  })
}
