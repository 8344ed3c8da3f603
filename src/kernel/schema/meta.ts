import type { ColumnLineage } from '../../plugins/step-kind.ts'
import type { Batch } from '../columns/batch.ts'
import type { Field, FieldMeta, TableSchema } from '../types.ts'

/**
 * Column facts follow column lineage: a column passed through keeps all of them, and one that was made from tagged columns has their tags. What the
 * schema itself declares comes first.
 */
export function withInheritedMeta(
  schema: TableSchema,
  lineage: readonly ColumnLineage[],
  inputs: Readonly<Record<string, TableSchema>>,
): TableSchema {
  const fields = schema.fields.map((field) => {
    const own = lineage.find(({ column }) => column === field.name)
    const sources = (own?.sources ?? []).flatMap(
      ({ input, column }) => inputs[input]?.fields.find(({ name }) => name === column)?.meta ?? [],
    )
    const tags = [...new Set([...(field.meta?.tags ?? []), ...sources.flatMap((meta) => meta.tags ?? [])])]
    const passed = own?.how === 'identity' && sources.length === 1 ? sources[0] : undefined
    return withMeta(field, { ...passed, ...field.meta, ...(tags.length === 0 ? {} : { tags }) })
  })
  return { fields }
}

function withMeta(field: Field, meta: FieldMeta): Field {
  return Object.keys(meta).length === 0 ? field : { ...field, meta }
}

/** Gives batches the column facts of `known`, by name. Batches of one schema get one schema. */
export function createMetaGiver(known: TableSchema | undefined): (batch: Batch) => Batch {
  const metas = new Map(
    (known?.fields ?? []).flatMap(({ name, meta }) => (meta === undefined ? [] : [[name, meta] as const])),
  )
  if (metas.size === 0) return (batch) => batch
  const made = new WeakMap<TableSchema, TableSchema>()
  return (batch) => {
    let schema = made.get(batch.schema)
    if (schema === undefined) {
      schema = {
        fields: batch.schema.fields.map((field) => withMeta(field, { ...metas.get(field.name), ...field.meta })),
      }
      made.set(batch.schema, schema)
    }
    return { ...batch, schema }
  }
}
