import type { z } from 'zod'
import type { OutputHandle } from './define/run-types.ts'
import type { Node, Row } from './node.ts'

// What one symbol stands for is written where it is used; none of them exists at run time.
export declare const rowIsUnknown_declareASchema: unique symbol
declare const time: unique symbol
declare const raw: unique symbol
declare const cell: unique symbol

/** A declared row: `z.object({ ... })`. */
export type Schema = z.ZodObject

/**
 * What a step sees of dates and times: epoch milliseconds, UTC. An ordinary number, marked so that `day('delay')` is a
 * type error.
 */
export type Timestamp = number & { readonly [time]: 'epoch milliseconds, UTC' }

export type Missing = null | undefined
/** Nothing known, nothing added: the row without columns. */
export type None = Record<never, never>
export type Show<T> = { -readonly [K in keyof T]: T[K] } & {}
export type Merge<A, B> = Show<Omit<A, keyof B> & B>

/**
 * What a step sees of one declared column. Unlike `z.infer`: dates and times of day are numbers of milliseconds
 * (`Timestamp`, `number`), nullable and optional are `V | null`.
 */
export type Cell<Z> = Z extends z.ZodNullable<infer I> | z.ZodOptional<infer I>
  ? Cell<I> | null
  : Z extends z.ZodDefault<infer I> | z.ZodNonOptional<infer I>
    ? Exclude<Cell<I>, null>
    : Z extends z.ZodReadonly<infer I>
      ? Cell<I>
      : PlainCell<Z>
type PlainCell<Z> = Z extends z.ZodDate | z.ZodISODate | z.ZodISODateTime
  ? Timestamp
  : Z extends z.ZodISOTime
    ? number
    : Z extends z.ZodArray<infer I>
      ? readonly Cell<I>[]
      : Z extends z.ZodObject
        ? Readonly<SchemaRow<Z>>
        : z.output<Z>

export type SchemaRow<S extends Schema> = Show<{ -readonly [K in keyof S['shape']]: Cell<S['shape'][K]> }>

/** The row of a table, a node, a handle of a run or a schema. */
export type RowOf<X> = X extends { readonly [rowIsUnknown_declareASchema]: infer R extends Row }
  ? R
  : X extends Node<infer R>
    ? R
    : X extends OutputHandle<infer R>
      ? R
      : X extends Schema
        ? SchemaRow<X>
        : never

/** The row once committed: a missing cell is `null`, never `undefined`, and a `Date` has become a `Timestamp`. */
export type Committed<R> = { -readonly [K in keyof R]: Stored<R[K]> } & {}
type Stored<V> = V extends undefined ? null : V extends Date ? Timestamp : V

/** Names of the columns of `R` that hold `V` (or nothing). */
export type ColumnsOf<R, V> = { [K in keyof R & string]: R[K] extends V | Missing ? K : never }[keyof R & string]

/** "A row with a column K of V": what checks, measures and keys ask for. */
export type Column<K extends string, V> = { readonly [P in K]: V | Missing }

type TextMethod = Exclude<Extract<keyof string, string>, 'length' | 'toString' | 'valueOf'>
/**
 * A text cell inside an expression: Arquero reads the expression's text, so a string's methods cannot be called there
 * (use `op.*` or `escape`).
 */
export type Text<V extends string> = V & { readonly [K in TextMethod]: never } & { readonly [raw]: V }
type Inside<V> = V extends string ? Text<V> : V
/** The row `d` of an expression such as `(d) => d.delay > 15`. */
export type Cells<R> = { readonly [K in keyof R]: Inside<R[K]> }

type Outside<V> = V extends { readonly [raw]: infer O } ? O : V extends boolean ? boolean : V
/** What expressions of these results make of their columns. */
export type Values<N> = { [K in keyof N]: Outside<N[K]> }

/** A function that Arquero parses (no closures: hand values in with `params`), or an escaped one that runs as it is. */
export type Expr<R, V = unknown, P = None> = ((d: Cells<R>, $: P) => V) | Escaped<R, V>
export interface Escaped<in R, out V> {
  readonly [cell]?: (d: R) => V
}
/** A sort order: descending by a column. */
export interface Desc<in R> {
  readonly [cell]?: (d: R) => void
}

type Unmatched<R> = { [K in keyof R]: R[K] | undefined }
/** Columns of both sides as Arquero names them: shared keys once, other clashes as `x_1` and `x_2`. */
export type Joined<A, B, K> = Show<
  { readonly [C in keyof A as C extends K ? C : C extends keyof B ? `${C & string}_1` : C]: A[C] } & {
    readonly [C in keyof B as C extends K ? never : C extends keyof A ? `${C & string}_2` : C]: B[C]
  }
>
export type LeftJoined<A, B, K> = Joined<A, Unmatched<B>, K>
/** The shared key is taken from whichever side has the row. */
export type RightJoined<A, B, K> = Show<
  Omit<Joined<Unmatched<A>, B, K>, K & keyof A> & { [C in K & keyof A & keyof B]: B[C] }
>
export type FullJoined<A, B, K> = Show<
  Omit<Joined<Unmatched<A>, Unmatched<B>, K>, K & keyof A> & { [C in K & keyof A & keyof B]: A[C] | B[C] }
>
export type Looked<R, N> = Merge<R, Unmatched<Values<N>>>

/** One shared column, several shared columns as `[left, right]` lists, or one pair of names. */
export type On<A, B> = (keyof A & keyof B & string) | readonly [Side<A>, Side<B>]
type Side<R> = (keyof R & string) | readonly (keyof R & string)[]
/** Names that appear once in the result of a join. */
export type Shared<O> = O extends string ? O : O extends readonly [infer A, infer B] ? SharedPair<A, B> : never
type SharedPair<A, B> = [A, B] extends [string, string]
  ? Same<A, B>
  : A extends readonly string[]
    ? B extends readonly string[]
      ? SameEach<A, B>
      : never
    : never
type Same<A, B> = A extends B ? (B extends A ? A : never) : never
type SameEach<A, B> = A extends readonly [infer X, ...infer Xs]
  ? B extends readonly [infer Y, ...infer Ys]
    ? Same<X, Y> | SameEach<Xs, Ys>
    : never
  : never

export type Renamed<R, M> = { readonly [K in keyof M & keyof R as M[K] & string]: R[K] }
