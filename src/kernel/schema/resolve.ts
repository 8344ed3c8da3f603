import type { Field, TableSchema } from '../types.ts'
import { compareSchemas, type SchemaComparison } from './compare.ts'
import type { FieldSpec } from './field-spec.ts'

export interface ResolvedSchema extends SchemaComparison {
  readonly schema: TableSchema
}

/**
 * The schema a dataset is pinned to: declared columns in declared order, each with the physical type of the data where the declaration leaves that
 * open (`z.int()` keeps int16, `z.date()` keeps timestamp(us)), otherwise with its natural type. `level` says how the data is read through it.
 */
export function resolveSchema(specs: readonly FieldSpec[], physical: TableSchema | undefined): ResolvedSchema {
  const schema: TableSchema = {
    fields: specs.map((spec) => {
      const found = physical?.fields.find(({ name }) => name === spec.name)
      return fieldOf(spec, found)
    }),
  }
  return { schema, ...(physical === undefined ? { level: 'exact', changes: [] } : compareSchemas(physical, schema)) }
}

function fieldOf(spec: FieldSpec, found: Field | undefined): Field {
  const type = (found === undefined ? undefined : spec.settle(found.type)) ?? spec.natural
  const meta = { ...found?.meta, ...spec.meta }
  return {
    name: spec.name,
    type,
    nullable: spec.nullable,
    ...(spec.sees === undefined ? {} : { sees: spec.sees }),
    ...(spec.fallback === undefined ? {} : { fallback: spec.fallback }),
    ...(Object.keys(meta).length === 0 ? {} : { meta }),
  }
}
