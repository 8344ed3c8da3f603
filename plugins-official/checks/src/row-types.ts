import type { Check } from 'tidegate'

/** "A row with a column K of V": what a check asks for. */
export type Holds<K extends string, V> = { readonly [P in K]: V | null | undefined }
export type Anything<K extends string> = { readonly [P in K]: unknown }
export type Widened<V> = V extends string ? string : V extends number ? number : V extends bigint ? bigint : boolean

/** Any check; what rows it needs is another question. */
export type AnyCheck = Check<never>
type Demand<C> = C extends Check<infer R> ? (given: R) => void : never
/** The row that all of these checks need. */
export type NeededBy<C extends AnyCheck> = Demand<C> extends (given: infer R) => void ? R : never
