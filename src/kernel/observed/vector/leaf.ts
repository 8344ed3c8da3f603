import { BooleanColumn, isColumn } from '../../columns/column.ts'
import { BytesColumn, DictionaryColumn } from '../../columns/text.ts'
import type { Cells } from '../cells/cells.ts'
import { anything, booleans, nulls, numbers, texts } from './kinds.ts'
import { numbersOf } from './numbers.ts'

/** JavaScript for one expression at row `i`, written for what will be asked of it. */
export interface Code {
  readonly kinds: number
  /** The value itself. */
  readonly value: string
  /** A number that arithmetic, `<` and `Math` treat as they would the value; the value where there is none cheaper. */
  readonly number: string
  /** Something as true as the value. */
  readonly truth: string
  /** As `value`, but with NaN for null: for comparison with what is never null. */
  readonly present?: string
  /** The code is nothing but the cells of this column. */
  readonly cells?: Cells
}

/** Gives names to the arrays and constants that code reads. */
export interface Binder {
  /** `tag` tells layouts apart: code compiled for one array class is slow for another. */
  bind(value: unknown, tag: string): string
}

export function plain(kinds: number, value: string): Code {
  return { kinds, value, number: value, truth: value }
}

/** A cell of `column` at the row that `index` computes. */
export function leaf(column: Cells, binder: Binder, index = 'i'): Code {
  const code = cellCode(column, binder, index)
  return index === 'i' ? { ...code, cells: column } : code
}

function cellCode(column: Cells, binder: Binder, index: string): Code {
  const cells = numbersOf(column)
  if (cells !== undefined) {
    const value = `${binder.bind(cells.values, cells.values.constructor.name)}[${index}]`
    const present = validAt(cells.validity, binder, index)
    if (present === undefined) return plain(numbers, value)
    const number = `(${present} ? ${value} : 0)`
    const kinds = numbers | nulls
    return {
      kinds,
      value: `(${present} ? ${value} : null)`,
      number,
      truth: number,
      present: `(${present} ? ${value} : NaN)`,
    }
  }
  if (column instanceof BooleanColumn) {
    const value = `(${binder.bind(column.values, 'Uint8Array')}[${index}] === 1)`
    const present = validAt(column.validity, binder, index)
    if (present === undefined) return plain(booleans, value)
    const both = `(${present} && ${value})`
    return { kinds: booleans | nulls, value: `(${present} ? ${value} : null)`, number: both, truth: both }
  }
  if (column instanceof DictionaryColumn) {
    const dictionary = binder.bind(column.dictionary, 'texts')
    const codes = binder.bind(column.codes, column.codes.constructor.name)
    return textLeaf(`${dictionary}[${codes}[${index}]]`, validAt(column.validity, binder, index))
  }
  if (column instanceof BytesColumn && column.type.kind === 'string') {
    return textLeaf(`${binder.bind(column.strings(), 'texts')}[${index}]`, validAt(column.validity, binder, index))
  }
  if (Array.isArray(column)) return plain(anything, `${binder.bind(column, 'array')}[${index}]`)
  return plain(anything, `${binder.bind(column, isColumn(column) ? column.constructor.name : 'foreign')}.at(${index})`)
}

function textLeaf(value: string, present: string | undefined): Code {
  return present === undefined ? plain(texts, value) : plain(texts | nulls, `(${present} ? ${value} : null)`)
}

/** Code that is true where a value stands; undefined where one stands always. */
export function validAt(validity: Uint8Array | undefined, binder: Binder, index: string): string | undefined {
  if (validity === undefined) return undefined
  const bits = binder.bind(validity, 'Uint8Array')
  return `((${bits}[${index} >> 3] >> (${index} & 7) & 1) === 1)`
}
