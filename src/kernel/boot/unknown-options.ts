import type { z } from 'zod'
import { isNode } from '../node.ts'
import { isSecret } from '../secret.ts'

export interface UnknownOption {
  readonly path: readonly PropertyKey[]
  readonly name: string
  readonly known: readonly string[]
}

/** What is read of zod's own definition of a schema (`schema._zod.def`, zod 4). */
interface Definition {
  readonly type: string
  readonly shape?: Readonly<Record<string, z.ZodType>>
  readonly catchall?: z.ZodType
  readonly innerType?: z.ZodType
  readonly element?: z.ZodType
  readonly items?: readonly z.ZodType[]
  readonly valueType?: z.ZodType
  readonly options?: readonly z.ZodType[]
  readonly left?: z.ZodType
  readonly right?: z.ZodType
  readonly in?: z.ZodType
  readonly getter?: () => z.ZodType
}

/**
 * Option names that a schema does not have, at any depth. An object schema that says nothing about other keys would drop them silently, and a
 * mistyped option would have no effect; `z.looseObject` says that other keys are meant.
 */
export function unknownOptions(schema: z.ZodType, value: unknown, path: readonly PropertyKey[] = []): UnknownOption[] {
  const def = schema._zod.def as unknown as Definition
  const inside = (inner: z.ZodType | undefined, at: unknown = value, key?: PropertyKey) =>
    inner === undefined ? [] : unknownOptions(inner, at, key === undefined ? path : [...path, key])
  switch (def.type) {
    case 'object':
      return isPlain(value) ? inObject(def, value, path) : []
    case 'array':
      return Array.isArray(value) ? value.flatMap((item, i) => inside(def.element, item, i)) : []
    case 'tuple':
      return Array.isArray(value) ? value.flatMap((item, i) => inside(def.items?.[i], item, i)) : []
    case 'record':
      return isPlain(value) ? Object.entries(value).flatMap(([key, item]) => inside(def.valueType, item, key)) : []
    case 'union': {
      const fitting = (def.options ?? []).filter((option) => option.safeParse(value).success)
      const found = fitting.map((option) => inside(option))
      return found.find((unknown) => unknown.length === 0) ?? found[0] ?? []
    }
    case 'intersection': {
      const [left, right] = [inside(def.left), inside(def.right)]
      return left.filter(({ name }) => right.some((other) => other.name === name))
    }
    case 'lazy':
      return inside(def.getter?.())
    case 'pipe':
      return inside(def.in)
    default:
      return inside(def.innerType) // optional, nullable, default, readonly, ...
  }
}

function inObject(
  def: Definition,
  value: Readonly<Record<string, unknown>>,
  path: readonly PropertyKey[],
): UnknownOption[] {
  const shape = def.shape ?? {}
  const known = Object.keys(shape)
  return Object.entries(value).flatMap(([key, item]) => {
    const inner = Object.hasOwn(shape, key) ? shape[key] : undefined
    if (inner) return unknownOptions(inner, item, [...path, key])
    return def.catchall === undefined || refuses(def.catchall) ? [{ path: [...path, key], name: key, known }] : []
  })
}

/** `z.strictObject` says that other keys are wrong by a catchall that nothing fits. */
function refuses(catchall: z.ZodType): boolean {
  return (catchall._zod.def as unknown as Definition).type === 'never'
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isNode(value) && !isSecret(value)
}
