const mark = Symbol.for('tidegate/makes@1')

/** Marks a factory with what all that it makes have in common: a kind of nodes, or the `create` of a plugin. An export finds it again by that. */
export function marked<F extends CallableFunction>(factory: F, makes: unknown): F {
  return Object.defineProperty(factory, mark, { value: makes })
}

/** What a factory makes; undefined for functions that are none. */
export function madeBy(factory: CallableFunction): unknown {
  return (factory as { readonly [mark]?: unknown })[mark]
}
