import type { Key, Measure } from '../../plugins/measure.ts'
import type { ColumnLineage, ColumnSource } from '../../plugins/step-kind.ts'

const from = (columns: readonly string[]): ColumnSource[] => columns.map((column) => ({ input: '', column }))

/**
 * Column lineage of a roll-up. A key that is a column as it stands is named like it and is passed through; any other key (`day(date)`) and every
 * measure (`mean(delay)`) is derived from the columns it names, with its name as the expression.
 */
export function foldLineage(
  by: Readonly<Record<string, Key>>,
  measure: Readonly<Record<string, Measure>>,
): ColumnLineage[] {
  const keys = Object.entries(by).map(([column, { name, columns }]): ColumnLineage => {
    const plain = columns.length === 1 && columns[0] === name
    return plain
      ? { column, sources: from(columns), how: 'identity' }
      : { column, sources: from(columns), how: 'derived', expression: name }
  })
  const measures = Object.entries(measure).map(([column, { name, columns }]): ColumnLineage => {
    return { column, sources: from(columns), how: 'derived', expression: name }
  })
  return [...keys, ...measures]
}
