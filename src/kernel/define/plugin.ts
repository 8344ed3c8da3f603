import { z } from 'zod'
import type { Hooks } from '../../hooks/hooks.ts'
import type { AnyPlugin, Given, Needs, Plugin } from '../../plugins/plugin.ts'
import type { Awaitable } from '../context.ts'
import type { None } from '../table-types.ts'
import type { Token } from '../token.ts'
import { marked } from './made-by.ts'

export type NoOptions = z.ZodObject<None>
/**
 * Options as users write them. (For an empty object zod says "no property may have a value", which would forbid those
 * of the node beside them.)
 */
export type OptionsOf<O extends z.ZodObject> = keyof O['shape'] extends never ? None : z.input<O>
/** The arguments of a factory: its options, which may be left out when all of them may. */
export type Arguments<I> = None extends I ? [options?: I] : [options: I]

/**
 * Fills a slot: `provide(LineageStore, { name, options, needs, create })` returns a factory that takes the options.
 * `create` runs at boot, after what it needs; with `scope: 'run'` once for each run. `dispose` runs at the end, in
 * reverse order. Calling the factory does nothing but remember.
 */
export function provide<T, O extends z.ZodObject = NoOptions, const N extends Needs = None>(
  slot: Token<T>,
  def: {
    readonly name: string
    readonly options?: O
    readonly needs?: N
    readonly scope?: 'kernel' | 'run'
    readonly create: (options: z.output<O>, needs: Given<N>) => Awaitable<NoInfer<T>>
    readonly dispose?: (instance: NoInfer<T>) => Awaitable<void>
  },
): (...options: Arguments<OptionsOf<O>>) => Plugin<T> {
  const factory = (...[given]: Arguments<OptionsOf<O>>) =>
    Object.freeze<Plugin<T>>({
      point: 'plugin',
      name: def.name,
      provides: slot,
      scope: def.scope ?? 'kernel',
      needs: def.needs ?? {},
      options: def.options ?? z.object({}),
      given: given ?? {},
      create: def.create,
      ...(def.dispose === undefined ? {} : { dispose: def.dispose }),
    })
  return marked(factory, def.create)
}

/**
 * Anything else: `setup` receives exactly its `needs` and the hooks, under the name `hooks`, and taps them under its
 * own name.
 *
 * ```ts
 * const watch = definePlugin({
 *   name: 'acme/watch',
 *   needs: { log: Logger },
 *   setup(_, { hooks, log }) {
 *     hooks.afterStep.tapPromise('acme/watch', async ({ node, rowsOut }) => log.info(`${node}: ${rowsOut} rows`))
 *   },
 * })
 * ```
 */
export function definePlugin<
  O extends z.ZodObject = NoOptions,
  const N extends Needs & { readonly hooks?: never } = None,
>(def: {
  readonly name: string
  readonly options?: O
  readonly needs?: N
  readonly setup: (options: z.output<O>, given: Given<N> & { readonly hooks: Hooks }) => Awaitable<void>
}): (...options: Arguments<OptionsOf<O>>) => Plugin {
  const factory = (...[given]: Arguments<OptionsOf<O>>) =>
    Object.freeze<Plugin>({
      point: 'plugin',
      name: def.name,
      scope: 'kernel',
      needs: def.needs ?? {},
      options: def.options ?? z.object({}),
      given: given ?? {},
      setup: def.setup,
    })
  return marked(factory, def.setup)
}

/** True for what `provide` and `definePlugin` factories return, whichever copy of Tidegate made it. */
export function isPlugin(value: unknown): value is AnyPlugin {
  return typeof value === 'object' && value !== null && 'point' in value && value.point === 'plugin' && 'name' in value
}
