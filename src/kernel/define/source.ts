import { z } from 'zod'
import type { Given, Needs } from '../../plugins/plugin.ts'
import type { OpenRequest, PartRef, Place, Source, SourceChunk, SourceKind } from '../../plugins/source.ts'
import type { Awaitable } from '../context.ts'
import { createNode, type Node, type Row, splitOptions } from '../node.ts'
import type { SourceGate } from '../nodes/gate.ts'
import type { Table } from '../table.ts'
import type { None, RowOf, Schema, SchemaRow } from '../table-types.ts'
import { marked } from './made-by.ts'
import type { Arguments, NoOptions, OptionsOf } from './plugin.ts'

/**
 * A source, whose batches may be typed tables as well: at run time they are the Arquero tables that the contract asks
 * for.
 */
export interface Connection extends Omit<Source, 'open'> {
  open(part: PartRef, request: OpenRequest): AsyncIterable<SourceChunk | Table>
}

interface SourceDefinition<O extends z.ZodObject, N extends Needs> {
  /** `acme/orders`: as plans, logs and lineage name the kind. */
  readonly name: string
  readonly options?: O
  readonly needs?: N
  /** For kinds that a package defines: changes whenever equal options and input would give something else. */
  readonly version?: string | number
  /** Called once per run, with validated options; secrets among them are plain text here and only here. */
  readonly create: (options: z.output<O>, needs: Given<N>, place: Place) => Awaitable<Connection>
}

/** A connector: its own options, the options of every node, and the `schema` that its rows are read through. */
export type SourceFactory<O extends z.ZodObject> = <S extends Schema>(
  given: OptionsOf<O> & SourceGate<RowOf<NoInfer<S>>> & { readonly schema: S },
) => Node<SchemaRow<S>>

/**
 * A connector that finds the schema of its rows by itself where none is declared: the schema is pinned with the first commit. Nothing is known about
 * such rows at compile time; with a `schema` it is as `SourceFactory`.
 */
export interface OpenSourceFactory<O extends z.ZodObject> {
  <S extends Schema>(given: OptionsOf<O> & SourceGate<RowOf<NoInfer<S>>> & { readonly schema: S }): Node<SchemaRow<S>>
  (given: OptionsOf<O> & SourceGate<never> & { readonly schema?: never }): Node
}

/** A connector whose rows are always the same: nothing but options. */
export type FixedSourceFactory<O extends z.ZodObject, R extends Row> = (
  ...given: Arguments<OptionsOf<O> & SourceGate<R>>
) => Node<R>

/**
 * Makes a connector: `parquet = defineSource({ name, options, create })`, then `parquet({ path, schema, expect })` is a
 * node. A definition with a `schema` of its own gives a factory that asks for none, one whose `schema` is `'described'` a factory that takes one or
 * does without.
 */
export function defineSource<S extends Schema, O extends z.ZodObject = NoOptions, const N extends Needs = None>(
  def: SourceDefinition<O, N> & { readonly schema: S },
): FixedSourceFactory<O, SchemaRow<S>>
export function defineSource<O extends z.ZodObject = NoOptions, const N extends Needs = None>(
  def: SourceDefinition<O, N> & { readonly schema: 'described' },
): OpenSourceFactory<O>
export function defineSource<O extends z.ZodObject = NoOptions, const N extends Needs = None>(
  def: SourceDefinition<O, N> & { readonly schema?: never },
): SourceFactory<O>
export function defineSource(
  def: SourceDefinition<z.ZodObject, Needs> & { readonly schema?: Schema | 'described' },
): (given?: Readonly<Record<string, unknown>>) => Node {
  const uses: SourceKind = Object.freeze({
    point: 'source',
    name: def.name,
    options: def.options ?? z.object({}),
    needs: def.needs ?? {},
    ...(def.version === undefined ? {} : { version: def.version }),
    create: def.create as SourceKind['create'], // a typed table is a ColumnTable, whose private members no type can name
  })
  return marked((given = {}) => {
    const { gate, rest } = splitOptions(given)
    const { schema, ...options } = rest
    const own = def.schema === 'described' ? undefined : def.schema
    return createNode({ uses, options, schema: (schema as Schema | undefined) ?? own, gate })
  }, uses)
}
