import { didYouMean, type Field, type TableSchema, TidegateError, types } from 'tidegate'

export interface FieldRequest {
  /** Columns to read, each by its name; undefined: all columns of the file, as text. */
  readonly schema: TableSchema | undefined
  readonly columns?: readonly string[] | undefined
}

export interface Placed {
  readonly fields: readonly Field[]
  /** For each field the number of its cell, from 0. */
  readonly cells: readonly number[]
}

/**
 * Which cell of a record each column is. Columns that may be absent (nullable, or with a fallback) may be missing in the file.
 * @throws `COLUMN_MISSING`; `SCHEMA_MISMATCH` where the file has two columns of a name that is asked for.
 */
export function placeFields(
  names: readonly string[],
  { schema, columns }: FieldRequest,
  shown: string,
  raw: readonly string[] = names,
): Placed {
  const asked = (schema?.fields ?? names.map((name) => ({ name, type: types.string, nullable: true }))).filter(
    ({ name }) => columns?.includes(name) ?? true,
  )
  const fields: Field[] = []
  const cells: number[] = []
  for (const field of asked) {
    const cell = names.indexOf(field.name)
    const mayMiss = field.nullable || field.fallback !== undefined
    if (cell < 0 && field.name !== '' && raw.indexOf(field.name) !== raw.lastIndexOf(field.name))
      throw twice(field.name, raw, names, shown)
    if (cell < 0 && mayMiss) continue
    if (cell < 0) throw missing(field.name, names, shown)
    fields.push(mayMiss === field.nullable ? field : { ...field, nullable: true })
    cells.push(cell)
  }
  return { fields, cells }
}

function missing(name: string, names: readonly string[], shown: string): TidegateError {
  const list = names
    .slice(0, 20)
    .map((known) => `"${known}"`)
    .join(', ')
  return new TidegateError(
    'COLUMN_MISSING',
    `"${shown}" has no column "${name}"; it has ${list}${names.length > 20 ? ', ...' : ''}`,
    {
      hint:
        didYouMean(name, names) ?? 'Check the schema and the delimiter; a column that may be missing is .nullable().',
      data: { column: name, columns: names, path: shown },
    },
  )
}

function twice(name: string, raw: readonly string[], names: readonly string[], shown: string): TidegateError {
  const places = raw.flatMap((known, i) => (known === name ? [i + 1] : []))
  const apart = places.map((place) => `"${names[place - 1]}"`).join(' or ')
  return new TidegateError(
    'SCHEMA_MISMATCH',
    `"${shown}" has several columns named "${name}" (numbers ${places.join(', ')})`,
    {
      hint: `Ask for ${apart}, or name the columns with header: [...].`,
      data: { column: name, path: shown },
    },
  )
}
