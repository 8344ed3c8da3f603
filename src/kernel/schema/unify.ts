import { TidegateError } from '../errors.ts'
import { type Field, type LogicalType, sameType, type TableSchema, typeName } from '../types.ts'

/**
 * The one schema of two batches or records of a node: type null takes the other's type, a column is nullable where it is in either. The order of
 * columns is that of `a`. Commutative in types and associative, so it depends neither on batch size nor on order.
 * @throws `SCHEMA_MIXED` where a column has two types, `SCHEMA_MISMATCH` where one side lacks a column.
 */
export function unifySchemas(a: TableSchema, b: TableSchema, where: { readonly node?: string } = {}): TableSchema {
  const { node } = where
  if (a === b) return a
  const names = (schema: TableSchema) => new Set(schema.fields.map(({ name }) => name))
  const [ofA, ofB] = [names(a), names(b)]
  const single = [...a.fields.filter(({ name }) => !ofB.has(name)), ...b.fields.filter(({ name }) => !ofA.has(name))]
  if (single.length > 0) {
    const list = single.map(({ name }) => `"${name}"`).join(', ')
    throw new TidegateError(
      'SCHEMA_MISMATCH',
      `${subject(node)} returned the columns ${list} for some of its input only.`,
      {
        hint: 'Return the same columns always, or declare a schema; absent values are null.',
        data: { columns: single.map(({ name }) => name) },
      },
    )
  }
  return {
    fields: a.fields.map((field) =>
      unifyField(field, b.fields.find(({ name }) => name === field.name) as Field, node, field.name),
    ),
  }
}

function unifyField(a: Field, b: Field, node: string | undefined, path: string): Field {
  const type = unifyTypes(a.type, b.type, node, path)
  const seen = [a, b].filter((field) => field.type.kind !== 'null')
  if (seen.length === 2 && a.sees !== b.sees)
    throw mixedTypes(`${typeName(a.type)} seen as ${a.sees ?? 'number'}`, `seen as ${b.sees ?? 'number'}`, node, path)
  return {
    ...b,
    ...a,
    ...(seen[0]?.sees === undefined ? {} : { sees: seen[0].sees }),
    type,
    nullable: a.nullable || b.nullable,
  }
}

function unifyTypes(a: LogicalType, b: LogicalType, node: string | undefined, path: string): LogicalType {
  if (a.kind === 'null') return b
  if (b.kind === 'null') return a
  if (a.kind === 'list' && b.kind === 'list') return { kind: 'list', of: unifyTypes(a.of, b.of, node, `${path}[]`) }
  if (a.kind === 'struct' && b.kind === 'struct' && a.fields.length === b.fields.length) {
    const fields = a.fields.map((field) => {
      const other = b.fields.find(({ name }) => name === field.name)
      if (other === undefined) throw mixedTypes(typeName(a), typeName(b), node, path)
      return unifyField(field, other, node, `${path}.${field.name}`)
    })
    return { kind: 'struct', fields }
  }
  if (sameType(a, b)) return a
  throw mixedTypes(typeName(a), typeName(b), node, path)
}

function mixedTypes(one: string, other: string, node: string | undefined, column: string): TidegateError {
  return new TidegateError('SCHEMA_MIXED', `${subject(node)} returned column "${column}" as ${one} and as ${other}.`, {
    hint: 'Return one type always, or declare a schema.',
    data: { column, types: [one, other] },
  })
}

function subject(node: string | undefined): string {
  return node === undefined ? 'A step' : `Node "${node}"`
}
