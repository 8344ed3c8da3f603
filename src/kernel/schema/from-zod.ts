import type { z } from 'zod'
import type { FieldMeta } from '../types.ts'
import type { FieldSpec } from './field-spec.ts'
import { coreOf, defOf, type Plain, unsupported } from './zod-core.ts'

/**
 * The columns a zod object declares. Types only: bounds, patterns and allowed values (`constrained`) are matters of checks.
 * @throws `CONFIG_INVALID` naming the field, for kinds that no column can be.
 */
export function fromZod(schema: z.ZodObject): readonly FieldSpec[] {
  return Object.entries(schema.shape).map(([name, field]) => specOf(name, field as z.ZodType, name))
}

function specOf(name: string, schema: z.ZodType, path: string): FieldSpec {
  let inner = schema
  let nullable = false
  let required = false
  let fallback: Plain | undefined
  let meta: FieldMeta | undefined = metaOf(schema)
  for (;;) {
    const def = defOf(inner)
    if (def.type === 'nullable') nullable = true
    else if (def.type === 'optional') nullable ||= !required
    else if (def.type === 'nonoptional') required = true
    else if (def.type === 'default') fallback ??= fallbackOf(def['defaultValue'], path)
    else if (def.type !== 'readonly') break
    inner = def['innerType'] as z.ZodType
    const below = metaOf(inner)
    if (below !== undefined) meta = { ...below, ...meta }
  }
  const core = coreOf(inner, path, specOf)
  return {
    name,
    ...core,
    // A default stands in for absent values, so none is left.
    nullable: fallback === undefined && (nullable || core.nullable === true),
    ...(fallback === undefined ? {} : { fallback }),
    ...(meta === undefined ? {} : { meta }),
  }
}

function metaOf(schema: z.ZodType): FieldMeta | undefined {
  const { tags, unit, description } = schema.meta() ?? {}
  const meta: FieldMeta = {
    ...(Array.isArray(tags) ? { tags: tags.map(String) } : {}),
    ...(typeof unit === 'string' ? { unit } : {}),
    ...(typeof description === 'string' ? { description } : {}),
  }
  return Object.keys(meta).length === 0 ? undefined : meta
}

function fallbackOf(value: unknown, path: string): Plain {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (value instanceof Date) return value.getTime()
  throw unsupported(
    path,
    'a default of that kind',
    'Defaults are numbers, strings, booleans or dates; anything else is filled in a step.',
  )
}
