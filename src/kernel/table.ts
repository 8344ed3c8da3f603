import type { ColumnTable } from 'arquero'
import type { Row } from './node.ts'
import type {
  Cells,
  Desc,
  Expr,
  FullJoined,
  Joined,
  LeftJoined,
  Looked,
  Merge,
  None,
  On,
  Renamed,
  RightJoined,
  rowIsUnknown_declareASchema,
  Shared,
  Show,
  Values,
} from './table-types.ts'

// The verbs and readers that are typed below; all others come from Arquero's own class.
type Typed =
  | 'antijoin'
  | 'array'
  | 'assign'
  | 'column'
  | 'concat'
  | 'count'
  | 'cross'
  | 'dedupe'
  | 'derive'
  | 'except'
  | 'filter'
  | 'get'
  | 'groupby'
  | 'impute'
  | 'intersect'
  | 'join'
  | 'join_full'
  | 'join_left'
  | 'join_right'
  | 'lookup'
  | 'object'
  | 'objects'
  | 'orderby'
  | 'params'
  | 'print'
  | 'reify'
  | 'relocate'
  | 'rename'
  | 'rollup'
  | 'sample'
  | 'select'
  | 'semijoin'
  | 'slice'
  | 'ungroup'
  | 'union'
  | 'unorder'
  | typeof Symbol.iterator

type Name<R> = keyof R & string
/** `'delay'`, `{ delay: 'minutes' }`: a column, or columns with new names. */
type Selection<R> = Name<R> | { readonly [K in keyof R]?: string }
type Selected<R, C extends readonly unknown[]> = Show<
  Pick<R, Extract<C[number], keyof R>> & Renamed<R, Exclude<C[number], string>>
>
type Order<R, P> = Name<R> | Expr<R, unknown, P> | Desc<R>
type Place<R> = { readonly before: Name<R> | readonly Name<R>[] } | { readonly after: Name<R> | readonly Name<R>[] }
/** A function over the rows of a group; `escape` cannot be used here. */
type Aggregate<R, V, P> = (d: Cells<R>, $: P) => V
type Filled<R, N> = Show<{ [K in keyof R]: K extends keyof N ? Exclude<R[K], null | undefined> | Values<N>[K] : R[K] }>
type ColumnValues<C> = { [K in keyof C]: C[K] extends ArrayLike<infer V> ? V : never }

/** One column as Arquero and typed kernels read it. */
export interface TableColumn<out V = unknown> extends Iterable<V> {
  readonly length: number
  at(row: number): V
}

/**
 * An Arquero `ColumnTable` that knows its columns: `R` is its row, `G` the columns it is grouped by, `P` its params. A
 * type only: at run time it is the plain Arquero table. A verb whose result depends on the data (`pivot`, `spread`,
 * `fold`, `unroll`, `reduce`) gives an untyped `ColumnTable`, which a step accepts only together with a declared
 * `schema`.
 */
// biome-ignore lint/suspicious/noExplicitAny: without a row it is the table about which nothing is known.
export interface Table<out R extends Row = any, out G = None, out P = None> extends Omit<ColumnTable, Typed> {
  readonly [rowIsUnknown_declareASchema]: R

  // Of several forms the plain one stands last, because a call that fits none is explained against the last.

  // columns
  derive<N extends object>(
    values: { readonly [K in keyof N]: Expr<R, N[K], P> },
    options?: { readonly drop?: false; readonly before?: Name<R>; readonly after?: Name<R> },
  ): Table<Merge<R, Values<N>>, G, P>
  derive<N extends object>(
    values: { readonly [K in keyof N]: Expr<R, N[K], P> },
    options: { readonly drop: true },
  ): Table<Show<Values<N>>, G, P>
  select<const C extends readonly Selection<R>[]>(columns: C): Table<Selected<R, C>, G, P>
  select<const C extends readonly Selection<R>[]>(...columns: C): Table<Selected<R, C>, G, P>
  rename<const M extends { readonly [K in keyof R]?: string }>(
    names: M,
  ): Table<Show<Omit<R, keyof M> & Renamed<R, M>>, G, P>
  relocate(columns: Name<R> | readonly Name<R>[], options: Place<R>): Table<R, G, P>
  /** Columns of tables or arrays of as many rows; one of the same name replaces. */
  assign<S extends Row>(other: Table<S>): Table<Merge<R, S>, G, P>
  assign<const C extends Readonly<Record<string, ArrayLike<unknown>>>>(
    columns: C,
  ): Table<Merge<R, ColumnValues<C>>, G, P>
  /** Gives missing cells (null, undefined, NaN) a value. */
  impute<N extends { readonly [K in keyof R]?: unknown }>(
    values: { readonly [K in keyof N]: Aggregate<R, N[K], P> },
  ): Table<Filled<R, N>, G, P>

  // rows
  filter(criteria: Expr<R, unknown, P>): Table<R, G, P>
  slice(start?: number, end?: number): Table<R, G, P>
  // (Here the plain form stands first: the row of `desc(...)` is inferred from the form that is tried first.)
  orderby(...keys: readonly Order<R, P>[]): Table<R, G, P>
  orderby(keys: readonly Order<R, P>[]): Table<R, G, P>
  unorder(): Table<R, G, P>
  dedupe(...keys: readonly Name<R>[]): Table<R, G, P>
  sample(
    size: number | Aggregate<R, number, P>,
    options?: {
      readonly replace?: boolean
      readonly shuffle?: boolean
      readonly weight?: Name<R> | Aggregate<R, number, P>
    },
  ): Table<R, G, P>
  reify(rows?: number[]): Table<R, G, P>
  params<Q extends object>(values: Q): Table<R, G, Merge<P, Q>>

  // groups
  groupby<N extends object>(keys: { readonly [K in keyof N]: Expr<R, N[K], P> }): Table<R, Values<N>, P>
  groupby<K extends Name<R>>(keys: readonly K[]): Table<R, Pick<R, K>, P>
  groupby<K extends Name<R>>(...keys: readonly K[]): Table<R, Pick<R, K>, P>
  ungroup(): Table<R, None, P>
  rollup<N extends object>(
    values: { readonly [K in keyof N]: Aggregate<R, N[K], P> },
  ): Table<Show<G & Values<N>>, None, P>
  count(): Table<Show<G & { readonly count: number }>, None, P>
  count<const A extends string>(options: { readonly as: A }): Table<Show<G & { readonly [K in A]: number }>, None, P>

  // two tables: rows of the other side
  join<S extends Row, const O extends On<R, S>>(other: Table<S>, on: O): Table<Joined<R, S, Shared<O>>, None, P>
  join_left<S extends Row, const O extends On<R, S>>(
    other: Table<S>,
    on: O,
  ): Table<LeftJoined<R, S, Shared<O>>, None, P>
  join_right<S extends Row, const O extends On<R, S>>(
    other: Table<S>,
    on: O,
  ): Table<RightJoined<R, S, Shared<O>>, None, P>
  join_full<S extends Row, const O extends On<R, S>>(
    other: Table<S>,
    on: O,
  ): Table<FullJoined<R, S, Shared<O>>, None, P>
  // `K` stands for "no shared key"; written as a parameter it keeps the comparison of two tables by their rows cheap.
  cross<S extends Row, K extends never = never>(other: Table<S>): Table<Joined<R, S, K>, None, P>
  semijoin<S extends Row, const O extends On<R, S>>(other: Table<S>, on: O): Table<R, G, P>
  antijoin<S extends Row, const O extends On<R, S>>(other: Table<S>, on: O): Table<R, G, P>
  lookup<S extends Row, const O extends On<R, S>, N extends object>(
    other: Table<S>,
    on: O,
    values: { readonly [K in keyof N]: Expr<S, N[K]> },
  ): Table<Looked<R, N>, G, P>
  lookup<S extends Row, const O extends On<R, S>, K extends Name<S>>(
    other: Table<S>,
    on: O,
    ...columns: readonly K[]
  ): Table<Looked<R, Pick<S, K>>, G, P>

  // two tables: rows as sets
  concat(...others: readonly Table<NoInfer<R>>[]): Table<R, None, P>
  union(...others: readonly Table<NoInfer<R>>[]): Table<R, None, P>
  intersect(...others: readonly Table<NoInfer<R>>[]): Table<R, G, P>
  except(...others: readonly Table<NoInfer<R>>[]): Table<R, G, P>

  // reading
  column<K extends Name<R>>(name: K): TableColumn<R[K]>
  get<K extends Name<R>>(column: K, row?: number): R[K]
  array<K extends Name<R>>(column: K): R[K][]
  array<K extends Name<R>, A>(column: K, type: new (length: number) => A): A
  object(row?: number): R
  objects(options?: { readonly limit?: number; readonly offset?: number }): R[]
  print(options?: number | { readonly limit?: number; readonly offset?: number }): Table<R, G, P>
  [Symbol.iterator](): Iterator<R>
}
