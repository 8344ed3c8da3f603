import type { Field, TableSchema } from 'tidegate'

/** What stands for a value that is shown to nobody. */
export const masked = '***'

/** Whether values of the column are shown to nobody: it is tagged `pii`. */
export function isHidden({ meta }: Field): boolean {
  return meta?.tags?.includes('pii') === true
}

export function hidesAny({ fields }: TableSchema, columns: readonly string[]): boolean {
  return fields.some((field) => columns.includes(field.name) && isHidden(field))
}

const telling = ['observed_value', 'partial_unexpected_list', 'details']

/** The result of a statistic without the values that it names. Counts stay, and so does what the suite itself lists. */
export function withoutValues(result: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(result).map(([key, value]) => [
      key,
      !telling.includes(key) || value === null ? value : Array.isArray(value) ? value.map(() => masked) : masked,
    ]),
  )
}
