import { z } from 'zod'
import type { Check, CheckOptions } from '../../plugins/check.ts'
import type { DatasetCheckOptions } from '../../plugins/defaults/checks/signatures.ts'
import type { Measure } from '../../plugins/measure.ts'
import { faultsError } from '../boot/fault.ts'
import { validateOptions } from '../boot/validate-options.ts'
import { canonicalJson } from '../hash/canonical-json.ts'
import type { SumOf, TypeOf } from '../measures/signatures.ts'
import type { Cell, Missing, Schema, SchemaRow } from '../table-types.ts'
import { rowRule } from './check-rule.ts'
import type { Arguments, NoOptions, OptionsOf } from './plugin.ts'

/**
 * What a check looks at: one column (`z.string()`), or columns in roles (`z.object({ start: z.date(), end: z.date()
 * })`).
 */
export type CheckColumns = z.ZodType
/** What its code gets of a row. */
export type CheckCells<C> = C extends Schema ? SchemaRow<C> : Cell<C>
/** What its users name: a column, or a column for each role. */
export type CheckNames<C> = C extends Schema ? { readonly [K in keyof C['shape']]: string } : string
type Needed<C, M> = C extends Schema
  ? { readonly [K in keyof C['shape'] & keyof M as M[K] & string]: Cell<C['shape'][K]> | Missing }
  : { readonly [K in M & string]: Cell<C> | Missing }

type Observed<M> = { readonly [K in keyof M]: M[K] extends Measure<never, infer V> ? Concrete<V> : never }
type Concrete<V> = V extends TypeOf<string> ? unknown : V extends SumOf<string> ? number | bigint : V

interface CheckDefinition<C extends CheckColumns, O extends z.ZodObject> {
  /** `acme/iban`: as reasons, plans and manifests name the check. */
  readonly name: string
  readonly options?: O
  readonly columns: C
}

/** `iban('account', { country: 'CH', verdict: 'drop' })`. */
export type CheckFactory<C extends CheckColumns, O extends z.ZodObject, V> = <const M extends CheckNames<C>>(
  columns: M,
  ...options: Arguments<OptionsOf<O> & V>
) => Check<Needed<C, M>>

/**
 * Makes a check. With `row` it is a predicate over one row that says `false` for rows that fail: a row in which a
 * looked-at cell is absent passes without being asked, unless that cell is declared nullable; `null` as an answer means
 * unknown and passes. With `dataset` it is decided once, from measures over the rows that passed the row rules.
 *
 * ```ts
 * const before = defineCheck({
 *   name: 'acme/before',
 *   columns: z.object({ start: z.date(), end: z.date() }),
 *   row: ({ start, end }) => start <= end,
 * })
 * expect: [before({ start: 'departure', end: 'arrival' }, { verdict: 'drop' })]
 * ```
 */
export function defineCheck<C extends CheckColumns, O extends z.ZodObject = NoOptions>(
  def: CheckDefinition<C, O> & {
    readonly row: (cells: CheckCells<C>, options: z.output<O>) => boolean | null
    readonly dataset?: never
  },
): CheckFactory<C, O, CheckOptions>
export function defineCheck<
  C extends CheckColumns,
  M extends Readonly<Record<string, Measure>>,
  O extends z.ZodObject = NoOptions,
>(
  def: CheckDefinition<C, O> & {
    readonly row?: never
    readonly dataset: {
      readonly measure: (columns: CheckNames<C>, options: z.output<O>) => M
      /** `observed` is what people read: `mean 12.3`. */
      readonly decide: (
        values: Observed<M>,
        options: z.output<O>,
      ) => { readonly pass: boolean; readonly observed: string }
    }
  },
): CheckFactory<C, O, DatasetCheckOptions>
export function defineCheck(
  def: CheckDefinition<z.ZodType, z.ZodObject> & {
    readonly row?: (cells: never, options: object) => boolean | null
    readonly dataset?: {
      readonly measure: (columns: never, options: object) => Readonly<Record<string, Measure>>
      readonly decide: (values: never, options: object) => { readonly pass: boolean; readonly observed: string }
    }
  },
): (columns: string | Readonly<Record<string, string>>, options?: CheckOptions) => Check {
  return (columns, given = {}) => {
    const names = typeof columns === 'string' ? [columns] : Object.values(columns)
    const { verdict, atLeast, atMost, severity, ...rest } = given
    const { options, faults } = validateOptions(def.options ?? z.object({}), rest, `${def.name}(${names.join(', ')})`)
    if (options === undefined) throw faultsError(faults)
    const { row, dataset } = def
    return Object.freeze<Check>({
      name: `${def.name}(${[...names, ...Object.entries(rest).map(([key, value]) => `${key}: ${canonicalJson(value)}`)].join(', ')})`,
      columns: names,
      rule:
        row !== undefined
          ? rowRule(def.name, def.columns, columns, (cells) => row(cells as never, options), row)
          : {
              scope: 'dataset',
              measures: dataset!.measure(columns as never, options),
              decide: (values) => dataset!.decide(values as never, options),
              code: [dataset!.measure, dataset!.decide],
            },
      parameters: { columns, options },
      ...(verdict === undefined ? {} : { verdict }),
      ...(atLeast === undefined ? {} : { atLeast }),
      ...(atMost === undefined ? {} : { atMost }),
      ...(severity === undefined ? {} : { severity }),
    })
  }
}
