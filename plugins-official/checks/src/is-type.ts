import {
  type Batch,
  type Bits,
  type Check,
  type CheckOptions,
  type Column,
  columnIndex,
  createCheck,
  DecimalColumn,
  type Field,
  isValid,
  markCells,
  markRow,
} from 'tidegate'
import { callable, refuse } from './callable.ts'
import type { Anything } from './row-types.ts'

const tests = {
  integer: (value: unknown) => typeof value === 'bigint' || Number.isInteger(value),
  finite: (value: unknown) => typeof value === 'bigint' || Number.isFinite(value),
  number: (value: unknown) => typeof value === 'bigint' || typeof value === 'number',
  text: (value: unknown) => typeof value === 'string',
  boolean: (value: unknown) => typeof value === 'boolean',
  list: (value: unknown) => Array.isArray(value),
  object: (value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value),
  binary: (value: unknown) => value instanceof Uint8Array,
} as const

/** What a cell may be asked to be. */
export type CellType = keyof typeof tests

export interface IsTypeOptions extends CheckOptions {
  /** The way to a value inside structs, `address.zip`; `[]` stands for every entry of a list: `lines[].price`. */
  readonly at?: string
}

type IsTypeFn = <K extends string>(column: K, type: CellType, options?: IsTypeOptions) => Check<Anything<K>>

/**
 * The cell, or the value at `at` inside it, is of the type as a step sees it: `number` is any number, `finite` one that is neither NaN nor
 * infinite, `integer` a whole one (of a float or decimal too). Dates and times are numbers. Null passes, at every level of nesting; NaN is a
 * `number`. Throws `CONFIG_INVALID` for an unknown type.
 */
export const isType = callable(
  { check: 'isType', arguments: ['column', 'type'], options: ['at'] },
  (column: string, type: CellType, { at, ...options }: IsTypeOptions) => {
    const name = `isType(${column}${at === undefined ? '' : `.${at}`}, ${type})`
    if (!Object.hasOwn(tests, type))
      refuse(`${name}: there is no such type.`, `Known: ${Object.keys(tests).join(', ')}.`)
    const path =
      at === undefined
        ? []
        : at
            .replaceAll('[]', '.[]')
            .split('.')
            .filter((step) => step !== '')
    return createCheck(name, [column], { column, type, ...(at === undefined ? {} : { at }) }, options, {
      scope: 'row',
      compile(schema) {
        const index = columnIndex(schema, column, name)
        const field = schema.fields[index] as Field
        if (path.length === 0 && isCertain(field, type)) return () => {}
        if (field.type.kind === 'decimal' && type === 'integer') return wholeDecimals(index, field.type.scale)
        const test = tests[type]
        const isBad = (value: unknown) => !holds(value, path, 0, test)
        return (batch: Batch, failing: Bits) => markCells(batch.columns[index] as Column, failing, isBad)
      },
    })
  },
) as IsTypeFn

/** The column's own type answers for every cell. */
function isCertain({ type: { kind } }: Field, type: CellType): boolean {
  if (type === 'text') return kind === 'string'
  if (type === 'list' || type === 'boolean' || type === 'binary') return kind === type
  if (type === 'object') return kind === 'struct'
  if (kind === 'int') return true
  return kind === 'decimal' ? type !== 'integer' : kind === 'float' && type === 'number'
}

function holds(value: unknown, path: readonly string[], at: number, test: (value: unknown) => boolean): boolean {
  if (value === null || value === undefined) return true
  const step = path[at]
  if (step === undefined) return test(value)
  if (step === '[]') return Array.isArray(value) && value.every((entry) => holds(entry, path, at + 1, test))
  if (typeof value !== 'object' || Array.isArray(value)) return false
  return holds((value as Readonly<Record<string, unknown>>)[step], path, at + 1, test)
}

/** Decimals of which a step sees the nearest number only. */
function wholeDecimals(index: number, scale: number) {
  const one = 10n ** BigInt(scale)
  return (batch: Batch, failing: Bits): void => {
    const column = batch.columns[index]
    if (!(column instanceof DecimalColumn)) return
    for (let row = 0; row < column.length; row++)
      if (column.unscaled(row) % one !== 0n && isValid(column.validity, row)) markRow(failing, row)
  }
}
