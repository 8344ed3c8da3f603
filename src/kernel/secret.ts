import { z } from 'zod'

const brand = Symbol.for('tidegate/secret@1')

/** A reference to a secret: prints, exports and fingerprints as its name; the value exists only inside a plugin's `create` or `open`. */
export interface Secret {
  readonly [brand]: true
  readonly name: string
  toJSON(): string
  toString(): string
}

export function createSecret(name: string): Secret {
  const text = `secret(${name})`
  return Object.freeze({ [brand]: true as const, name, toJSON: () => text, toString: () => text })
}

export function isSecret(value: unknown): value is Secret {
  return typeof value === 'object' && value !== null && brand in value
}

/**
 * For option schemas: `z.object({ url: secretText() })` accepts text or `secret('NAME')`; what `create` receives is plain text, resolved by the
 * kernel just before. Elsewhere the option keeps the reference.
 */
export function secretText() {
  return z.union([z.string(), z.custom<Secret>(isSecret, 'expected text or secret(...)')]) as unknown as z.ZodType<
    string,
    string | Secret
  >
}
