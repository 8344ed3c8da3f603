import { type Batch, type Column, DictionaryColumn, FlatColumn, type TableSchema } from 'tidegate'
import { type Cell, cellAt, type Found, findColumn } from '../cells/cells.ts'
import { readCondition } from '../condition/condition.ts'
import type { Given } from '../suite/given.ts'
import { expected, type RowDefinition, unexpected } from './definition.ts'

/** Says of a present cell whether it is as expected. */
export type Holds = (cell: Exclude<Cell, null>) => boolean

/** An expectation about the present values of one column. `make` gets the column once per schema. */
export function perCell(given: Given, make: (found: Found) => Holds): RowDefinition {
  const column = given.text('column')
  return {
    kind: 'row',
    shape: 'column',
    columns: [column],
    ignore: 'any',
    condition: readCondition(given),
    mostly: readMostly(given),
    open(schema: TableSchema) {
      const found = findColumn(schema, column, given.type)
      const holds = make(found)
      return (batch: Batch, states) => judge(found.of(batch), states, holds)
    },
  }
}

/** Entries of a dictionary are asked once. */
function judge(column: Column, states: Uint8Array, holds: Holds): void {
  if (column instanceof DictionaryColumn) {
    const { codes, dictionary } = column
    const answers = new Uint8Array(dictionary.length)
    for (let row = 0; row < states.length; row++) {
      if (states[row] !== expected) continue
      const code = codes[row] as number
      let answer = answers[code] as number
      if (answer === 0) {
        answer = holds(dictionary[code] as string) ? expected : unexpected
        answers[code] = answer
      }
      states[row] = answer
    }
    return
  }
  if (column instanceof FlatColumn) {
    const { values } = column
    for (let row = 0; row < states.length; row++)
      if (states[row] === expected && !holds(values[row] as number)) states[row] = unexpected
    return
  }
  for (let row = 0; row < states.length; row++)
    if (states[row] === expected && !holds(cellAt(column, row) as Exclude<Cell, null>)) states[row] = unexpected
}

/** `mostly`, 1 where it is not given. */
export function readMostly(given: Given): number {
  const mostly = given.number('mostly', 1)
  if (!(mostly >= 0 && mostly <= 1)) given.refuse(`mostly is ${mostly}, it takes a share between 0 and 1`)
  return mostly
}
