import { TidegateError } from '../errors.ts'
import { type Field, type LogicalType, type TableSchema, typeName } from '../types.ts'

/** The index of a column that a measure, key or check names. Throws `COLUMN_MISSING` with the nearest name and the list. */
export function columnIndex(schema: TableSchema, column: string, asker: string): number {
  const index = schema.fields.findIndex(({ name }) => name === column)
  if (index >= 0) return index
  const names = schema.fields.map(({ name }) => name)
  const near = nearest(column, names)
  const list = names.length === 0 ? 'The table has no columns.' : `The columns are ${names.join(', ')}.`
  throw new TidegateError('COLUMN_MISSING', `${asker}: there is no column "${column}".`, {
    hint: near === undefined ? list : `Did you mean "${near}"? ${list}`,
    data: { column, columns: names, asker },
  })
}

/** The column's field, which must be of one of `kinds`. Throws `SCHEMA_MISMATCH`, naming what would fit. */
export function fieldOf(
  schema: TableSchema,
  column: string,
  asker: string,
  kinds: readonly LogicalType['kind'][],
  needs: string,
): { readonly index: number; readonly field: Field } {
  const index = columnIndex(schema, column, asker)
  const field = schema.fields[index] as Field
  if (field.type.kind === 'null' || kinds.includes(field.type.kind)) return { index, field }
  throw new TidegateError(
    'SCHEMA_MISMATCH',
    `${asker}: the column "${column}" is ${typeName(field.type)}, but ${needs} is needed.`,
    {
      hint: `Name a column that holds ${needs}, or derive one in the step before.`,
      data: { column, type: typeName(field.type), asker },
    },
  )
}

/** The name with the fewest edits, if these are at most a third of its letters. */
function nearest(name: string, names: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of names) {
    const distance = edits(name.toLowerCase(), candidate.toLowerCase())
    if (distance < least && distance < Math.max(name.length, candidate.length)) {
      best = candidate
      least = distance
    }
  }
  return best
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. */
function edits(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  const at = (i: number, j: number) => rows[i]?.[j] as number
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : changed
      ;(rows[i] as number[])[j] = Math.min(changed, swapped, at(i - 1, j) + 1, at(i, j - 1) + 1)
    }
  }
  return at(a.length, b.length)
}
