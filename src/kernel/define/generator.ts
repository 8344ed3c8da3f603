import type { z } from 'zod'
import type { Place, SourceKind } from '../../plugins/source.ts'
import type { Awaitable, Context } from '../context.ts'
import { hashJson } from '../hash/hash.ts'
import { createRandom } from '../hash/random.ts'
import { createNode, type Node, type Row, splitOptions } from '../node.ts'
import type { SourceGate } from '../nodes/gate.ts'
import { fromZod } from '../schema/from-zod.ts'
import { resolveSchema } from '../schema/resolve.ts'
import { isSecret } from '../secret.ts'
import type { Table } from '../table.ts'
import type { Committed, RowOf, Schema, SchemaRow } from '../table-types.ts'
import { generatorSource } from './generator-source.ts'
import type { Arguments, OptionsOf } from './plugin.ts'

/** What a generator may make: a table, or tables one after another (in bounded memory). */
export type Generated = Table | Iterable<Table> | AsyncIterable<Table>
type GeneratedRow<T> = T extends Table
  ? RowOf<T>
  : T extends Iterable<infer One> | AsyncIterable<infer One>
    ? RowOf<One>
    : never
type MadeBy<T, S> = [S] extends [never] ? Committed<GeneratedRow<T>> : S extends Schema ? SchemaRow<S> : never

/**
 * What `load` may know besides its options. `random` is seeded by (seed, pipeline, node): the same node gets the same
 * numbers in every run.
 */
export interface GeneratorContext extends Context, Pick<Place, 'log' | 'memory'> {}

/** The options of a generator together with those of every node. */
export type GeneratorFactory<O extends z.ZodObject, R extends Row> = (
  ...given: Arguments<OptionsOf<O> & SourceGate<R>>
) => Node<R>

/**
 * Makes data: `prices = defineGenerator({ name, options, load })`, then `prices({ symbols: ['A'], days: 250 })` is a
 * node like any source. The row is the row of what `load` returns, or that of `schema` where one is declared. Equal
 * options, code and seed give equal data.
 */
export function defineGenerator<O extends z.ZodObject, T extends Generated, S extends Schema = never>(def: {
  readonly name: string
  readonly options: O
  readonly schema?: S
  readonly load: (options: z.output<O>, context: GeneratorContext) => Awaitable<T>
}): GeneratorFactory<O, MadeBy<T, S>> {
  return (...[given]) => {
    const { gate, rest } = splitOptions((given ?? {}) as object)
    const uses: SourceKind<O> = {
      point: 'source',
      name: def.name,
      options: def.options,
      needs: {},
      code: () => [def.load],
      create(options, _, place) {
        const seed = String(place.random())
        return generatorSource({
          name: def.name,
          fingerprint: hashJson(withoutSecrets(options, rest)),
          schema: def.schema === undefined ? undefined : resolveSchema(fromZod(def.schema), undefined).schema,
          load: (signal) => def.load(options, contextOf(place, seed, signal)),
        })
      },
    }
    return createNode<MadeBy<T, S>>({ uses: Object.freeze(uses), options: rest, schema: def.schema, gate })
  }
}

/** Made on top of `place`, never copied from it: reading `now` there is observed. Every load draws the same numbers. */
function contextOf(place: Place, seed: string, signal: AbortSignal): GeneratorContext {
  return Object.create(place, { random: { value: createRandom(seed) }, signal: { value: signal } }) as GeneratorContext
}

/**
 * Validated options with each secret written as the reference that was given, so that no fingerprint depends on its
 * value.
 */
export function withoutSecrets(options: unknown, given: unknown): unknown {
  if (isSecret(given)) return String(given)
  if (Array.isArray(options) && Array.isArray(given))
    return options.map((option, i) => withoutSecrets(option, given[i]))
  if (!isPlain(options) || !isPlain(given)) return options
  return Object.fromEntries(Object.entries(options).map(([key, option]) => [key, withoutSecrets(option, given[key])]))
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
