import { arrayColumn, cell, type PickleColumn, type PickleTable } from './columns.ts'
import { frameTable } from './dataframe.ts'
import { type NdArray, ndarrayOf } from './numpy.ts'
import { Float, PyCall, PyDict, type PyValue } from './values.ts'

/**
 * The table in a value: a list of dicts, a dict of lists (or arrays), a list of rows or a two-dimensional array with `columns` for names, or a
 * DataFrame. A text says what it is instead.
 */
export function tableOf(value: PyValue, names: readonly string[] | undefined): PickleTable | string {
  if (value instanceof PyCall && value.name === 'DataFrame') return frameTable(value)
  const array = ndarrayOf(value)
  if (array !== undefined) return arrayTable(array, names)
  if (value instanceof PyDict) return dictTable(value)
  if (!Array.isArray(value)) return `a ${kindName(value)}`
  if (value.length > 0 && value.every((row) => row instanceof PyDict)) return recordTable(value as PyDict[], names)
  if (value.length === 0) return { rows: 0, columns: (names ?? []).map((name) => ({ name, at: () => null })) }
  if (!value.every((row) => Array.isArray(row))) return 'a list whose items are neither dicts nor tuples'
  if (names === undefined) return 'a list of tuples, whose columns have no names: name them with columns: [...]'
  const odd = value.findIndex((row) => row.length !== names.length)
  if (odd >= 0)
    return `a list of tuples of which number ${odd} has ${(value[odd] as PyValue[]).length} values, not ${names.length}`
  const rows = value as PyValue[][]
  return {
    rows: rows.length,
    columns: names.map((name, i) => ({ name, at: (row) => rows[row]?.[i] ?? null })),
  }
}

function recordTable(rows: readonly PyDict[], names: readonly string[] | undefined): PickleTable | string {
  const keys = new Set<string>()
  // One dict may stand in many places.
  for (const row of new Set(rows))
    for (const key of row.keys) {
      if (typeof key !== 'string') return 'a list of dicts with keys that are no text'
      keys.add(key)
    }
  return {
    rows: rows.length,
    columns: [...(names ?? keys)].map((name) => ({ name, at: (row) => rows[row]?.get(name) ?? null })),
  }
}

function dictTable(dict: PyDict): PickleTable | string {
  const columns: PickleColumn[] = []
  let rows: number | undefined
  for (const key of new Set(dict.keys)) {
    const values = typeof key === 'string' ? dict.get(key) : undefined
    if (typeof key !== 'string') return 'a dict with keys that are no text'
    const array = ndarrayOf(values)
    const length = array?.shape.length === 1 ? array.shape[0] : Array.isArray(values) ? values.length : undefined
    if (length === undefined) return `a dict whose '${key}' is neither a list nor an array of one dimension`
    if (rows !== undefined && length !== rows)
      return `a dict of lists of which '${key}' has ${length} values, not ${rows}`
    rows = length
    columns.push(
      array === undefined
        ? { name: key, at: (row) => (values as PyValue[])[row] ?? null }
        : arrayColumn(key, array, 0, length),
    )
  }
  return { rows: rows ?? 0, columns }
}

function arrayTable(array: NdArray, names: readonly string[] | undefined): PickleTable | string {
  const [rows = 0, width = 1] = array.shape
  if (array.shape.length > 2 || array.shape.length === 0) return `an array of ${array.shape.length} dimensions`
  if (names?.length !== width) return `an array of ${width} columns: name them with columns: [...]`
  return {
    rows,
    columns: names.map((name, i) => ({
      name,
      at: (row) => cell(array, array.fortran ? i * rows + row : row * width + i),
    })),
  }
}

export function kindName(value: PyValue): string {
  if (value === null) return 'None'
  if (value instanceof PyCall) return value.name
  if (value instanceof Float) return 'float'
  return value instanceof Uint8Array ? 'bytes' : typeof value === 'object' ? value.constructor.name : typeof value
}
