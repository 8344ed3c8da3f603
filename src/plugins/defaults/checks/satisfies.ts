import type { z } from 'zod'
import type { Batch } from '../../../kernel/columns/batch.ts'
import type { Column } from '../../../kernel/columns/column.ts'
import { isTidegateError, TidegateError } from '../../../kernel/errors.ts'
import { columnIndex } from '../../../kernel/measures/resolve.ts'
import type { TableSchema } from '../../../kernel/types.ts'
import { markRow } from './mark.ts'
import { createCheck } from './row-check.ts'
import type { SatisfiesFn } from './signatures.ts'
import { describeZod } from './zod-description.ts'
import { type CellReader, cellReader, fieldMarker } from './zod-fields.ts'

/**
 * Every row parses with the zod schema, refinements included. Cells are given as a step sees them, times as `Date`s; an absent cell is given as
 * null, or as undefined to what is optional or has a default, so it fails unless the schema allows for that. NaN fails, as zod refuses it.
 * Transforms are run, their results are not used. Columns are parsed one by one (text once per dictionary entry, plain numbers without zod)
 * unless the object has rules of its own. Reasons name the first failing path. Asynchronous refinements are `CHECK_FAILED`.
 */
export const satisfies = ((schema, options) => {
  const names = Object.keys(schema.shape)
  const name = `satisfies(${names.join(', ')})`
  const { text, code } = describeZod(schema)
  const check = createCheck(name, names, { schema: text }, options, {
    scope: 'row',
    code,
    compile(table) {
      const rows = attempt(name, () => (hasOwnRules(schema) ? wholeRows : columnByColumn)(schema, table, name))
      return (batch, failing) => attempt(name, () => rows(batch, failing))
    },
    explain(table) {
      const reader = rowReader(schema, table, name)
      return (batch, row) => {
        const result = schema.safeParse(reader(batch, row))
        const issue = result.success ? undefined : result.error.issues[0]
        return issue === undefined ? undefined : `${name}: ${issue.path.join('.') || 'row'}: ${issue.message}`
      }
    },
  })
  // Hidden: it is no part of the recipe, which has the schema as text.
  return Object.freeze(Object.defineProperty({ ...check }, ownSchema, { value: schema }))
}) as SatisfiesFn

const ownSchema = Symbol.for('tidegate/satisfies@1')

/** The schema that a `satisfies` check was made of: its parameters have it only as text. */
export function schemaOfCheck(check: object): z.ZodObject | undefined {
  return (check as { readonly [ownSchema]?: z.ZodObject })[ownSchema]
}

type Rows = (batch: Batch, failing: Uint8Array) => void

/** What zod throws (for an asynchronous refinement, or when a refinement's code does) becomes `CHECK_FAILED`. */
function attempt<T>(name: string, parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    if (isTidegateError(cause)) throw cause
    throw new TidegateError(
      'CHECK_FAILED',
      `${name}: parsing a row threw: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        hint: 'Refinements must be synchronous and answer for every value.',
        data: { check: name },
        cause,
      },
    )
  }
}

/** True where the object as a whole is refined, so that columns cannot be looked at alone. */
function hasOwnRules(schema: z.ZodObject): boolean {
  const def = schema._zod.def as { readonly checks?: readonly unknown[] }
  return (def.checks ?? []).length > 0
}

function columnByColumn(schema: z.ZodObject, table: TableSchema, name: string): Rows {
  const marks = Object.entries(schema.shape).map(([column, field]) => {
    const index = columnIndex(table, column, name)
    const mark = fieldMarker(field as z.ZodType)
    return (batch: Batch, failing: Uint8Array) => mark(batch.columns[index] as Column, failing)
  })
  return (batch, failing) => {
    for (const mark of marks) mark(batch, failing)
  }
}

function wholeRows(schema: z.ZodObject, table: TableSchema, name: string): Rows {
  const reader = rowReader(schema, table, name)
  return (batch, failing) => {
    for (let row = 0; row < batch.length; row++)
      if (!schema.safeParse(reader(batch, row)).success) markRow(failing, row)
  }
}

function rowReader(
  schema: z.ZodObject,
  table: TableSchema,
  name: string,
): (batch: Batch, row: number) => Record<string, unknown> {
  const cells = Object.entries(schema.shape).map(([column, field]): readonly [string, number, CellReader] => [
    column,
    columnIndex(table, column, name),
    cellReader(field as z.ZodType),
  ])
  return (batch, row) => {
    const out: Record<string, unknown> = {}
    for (const [column, index, read] of cells) {
      const value = read((batch.columns[index] as Column).at(row))
      if (value !== undefined) out[column] = value
    }
    return out
  }
}
