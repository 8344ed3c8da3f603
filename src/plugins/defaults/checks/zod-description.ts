import type { z } from 'zod'
import { canonicalJson } from '../../../kernel/hash/canonical-json.ts'

/** A zod schema as parameters of a recipe: its definition as text, and the user's functions in it (refinements, transforms), whose code counts too. */
export interface ZodDescription {
  readonly text: string
  readonly code: readonly CallableFunction[]
}

/** Functions under these names are the user's; others belong to zod and to its version. */
const userCode = new Set(['fn', 'transform', 'tx', 'catchValue', 'when'])

export function describeZod(schema: z.ZodType): ZodDescription {
  const code: CallableFunction[] = []
  const text = canonicalJson(plain(schema, new Set(), code))
  return { text, code }
}

/** The definition as plain data; a schema within itself is written as `(itself)`. */
function plain(value: unknown, above: ReadonlySet<object>, code: CallableFunction[]): unknown {
  if (typeof value === 'symbol') return String(value)
  if (typeof value !== 'object' || value === null || value instanceof RegExp || value instanceof Date) return value
  if (above.has(value)) return '(itself)'
  const inside = new Set([...above, value])
  const { _zod } = value as { readonly _zod?: { readonly def: object } }
  if (_zod !== undefined) return plain(_zod.def, inside, code)
  if (Array.isArray(value)) return value.map((inner) => plain(inner, inside, code))
  const out: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner !== 'function') out[key] = plain(inner, inside, code)
    else if (userCode.has(key)) code.push(inner as CallableFunction)
  }
  return out
}
