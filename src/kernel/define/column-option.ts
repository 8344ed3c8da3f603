import { z } from 'zod'

declare const names: unique symbol

/** An option that names a column of the input: the factory's type accepts only columns that the input has. */
export interface ColumnName {
  readonly [names]: 'a column of from'
}

/** `options: z.object({ partitionBy: columnName().optional() })` of a target or step. At run time it is the name. */
export function columnName(): z.ZodType<string, ColumnName> {
  return z.string().min(1) as unknown as z.ZodType<string, ColumnName>
}

/** The options `I` as users write them over an input with rows `R`. */
export type OptionsOver<I, R> = { [K in keyof I]: NameOver<I[K], R> }
type NameOver<V, R> = V extends ColumnName
  ? keyof R & string
  : V extends readonly ColumnName[]
    ? readonly (keyof R & string)[]
    : V
