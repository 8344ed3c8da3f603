import type { Field, TableSchema } from 'tidegate'
import { findColumn } from '../cells/cells.ts'
import type { Given } from '../suite/given.ts'
import { collectSchema } from './collect.ts'
import type { AggregateDefinition, Answer, Define, Definition } from './definition.ts'
import { perCell } from './per-cell.ts'
import { dtypeName, isOfType, isTypeName, scalarName } from './type-names.ts'

/** Names of types that are not known are refused: they would never be met. */
function known(given: Given, names: readonly string[]): readonly string[] {
  for (const name of names) if (!isTypeName(name)) given.refuse(`the type ${name} is not known`)
  return names
}

function ofSchema(given: Given, answer: (field: Field) => Answer): AggregateDefinition {
  const column = given.text('column')
  return {
    kind: 'aggregate',
    columns: [],
    condition: undefined,
    open: (schema) => {
      findColumn(schema, column, given.type)
      return collectSchema(schema)
    },
    answer: (schema) => answer((schema as TableSchema).fields.find(({ name }) => name === column) as Field),
  }
}

const named =
  (namesOf: (given: Given) => readonly string[]): Define =>
  (given): Definition => {
    const names = namesOf(given)
    known(given, names)
    const meets = (field: Field) => names.some((name) => isOfType(field, name))
    const rows = perCell(
      given,
      ({ field }) =>
        () =>
          meets(field),
    )
    const aggregate = ofSchema(given, (field) => ({
      success: meets(field),
      result: { observed_value: scalarName(field, given.dialect) },
    }))
    const asObject = names.length === 1 && /^(object|object_|o)$/i.test(names[0] as string)
    if (given.dialect === '1' || asObject) return aggregate
    const choose = (schema: TableSchema) =>
      schema.fields.find(({ name }) => name === rows.columns[0])?.type.kind === 'string' ? rows : aggregate
    return { kind: 'by schema', columns: rows.columns, choose, aggregate }
  }

const typeToBe: Define = (given) => {
  const name = given.text('type_')
  known(given, [name])
  return ofSchema(given, (field) => ({ success: isOfType(field, name), result: { observed_value: dtypeName(field) } }))
}

export const typeRules: Readonly<Record<string, Define>> = {
  expect_column_values_to_be_of_type: named((given) => [given.text('type_')]),
  expect_column_values_to_be_in_type_list: named((given) => given.texts('type_list')),
  expect_column_type_to_be: typeToBe,
}
