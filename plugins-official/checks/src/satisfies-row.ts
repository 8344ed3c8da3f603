import {
  type Check,
  type CheckOptions,
  type Column,
  columnIndex,
  createCheck,
  markRow,
  type Row,
  TidegateError,
} from 'tidegate'
import { absentIn, hasBit } from './bits.ts'
import { callable, refuse } from './callable.ts'

type SatisfiesRowFn = <R extends Row>(
  name: string,
  columns: readonly (keyof R & string)[],
  predicate: (row: R) => boolean | null,
  options?: CheckOptions,
) => Check<R>

/**
 * A function of the named columns of one row that says `false` for rows that fail; `null` as an answer is unknown and passes, and so does, without
 * being asked, a row in which one of the columns is absent. Cells are as a step sees them; the object is the same for every row, so it must not be
 * kept. Code that throws or gives another answer is `CHECK_FAILED`.
 */
export const satisfiesRow = callable(
  { check: 'satisfiesRow', arguments: ['name', 'columns', 'predicate'] },
  (name: string, columns: readonly string[], predicate: (row: Row) => unknown, options: CheckOptions) => {
    if (typeof predicate !== 'function')
      refuse(`${name}: the predicate is no function.`, "Name code, in a config as './rules.ts#late'.")
    return createCheck(name, columns, { name, columns }, options, {
      scope: 'row',
      code: [predicate],
      compile(schema) {
        const indexes = columns.map((column) => columnIndex(schema, column, name))
        return (batch, failing) => {
          const cells = indexes.map((index) => batch.columns[index] as Column)
          const absent = absentIn(batch, indexes)
          const row: Record<string, unknown> = {}
          for (let i = 0; i < batch.length; i++) {
            if (hasBit(absent, i)) continue
            for (let c = 0; c < columns.length; c++) row[columns[c] as string] = (cells[c] as Column).at(i)
            if (!ask(name, predicate, row)) markRow(failing, i)
          }
        }
      },
    })
  },
) as SatisfiesRowFn

function ask(name: string, predicate: (row: Row) => unknown, row: Row): boolean {
  let answer: unknown
  try {
    answer = predicate(row)
  } catch (cause) {
    throw failed(`${name} threw: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  }
  if (typeof answer === 'boolean') return answer
  if (answer === null) return true
  throw failed(`${name} answered ${String(answer)}.`, undefined)
}

function failed(message: string, cause: unknown): TidegateError {
  return new TidegateError('CHECK_FAILED', message, {
    hint: 'A predicate answers true, false or null (unknown, which passes) for every row.',
    cause,
  })
}
