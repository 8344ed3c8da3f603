declare const instance: unique symbol

/**
 * The typed address of one service. Two installed copies of a package agree on a token because `key` is a registered symbol that carries
 * the contract's version; a token shares its interface's name.
 */
export interface Token<in out T> {
  readonly name: string
  readonly key: symbol
  readonly [instance]?: (value: T) => T
}

/** `createToken<Clock>('acme/Clock', 1)`: `version` changes when the contract does. */
export function createToken<T>(name: string, version = 1): Token<T> {
  return Object.freeze({ name, key: Symbol.for(`${name}@${version}`) })
}
