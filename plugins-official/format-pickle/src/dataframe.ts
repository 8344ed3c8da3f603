import { arrowTextOf } from './arrow-text.ts'
import { arrayColumn, type PickleColumn, type PickleTable } from './columns.ts'
import { type NdArray, ndarrayOf } from './numpy.ts'
import { Float, PyCall, PyDict, PyGlobal, type PyValue } from './values.ts'

/**
 * A DataFrame as pandas 1.3 and later pickle it: a block manager of blocks, each with an array and the numbers of its columns. The index is left out
 * (`reset_index()` makes columns of it). A text says what cannot be read.
 */
export function frameTable(frame: PyCall): PickleTable | string {
  const manager = frame.state instanceof PyDict ? frame.state.get('_mgr') : undefined
  const [blocks, axes] = manager instanceof PyCall && manager.name === 'BlockManager' ? manager.args : []
  if (!Array.isArray(blocks) || !Array.isArray(axes)) return 'a DataFrame of a form that is not read'
  const names = indexNames(axes[0])
  const rows = indexLength(axes[1])
  if (names === undefined) return 'a DataFrame whose columns have names that are no text'
  const columns: (PickleColumn | undefined)[] = names.map(() => undefined)
  for (const block of blocks) {
    const [values, places] = block instanceof PyCall && block.name === 'pandas.block' ? block.args : []
    const array = arrayOf(values)
    const at = placesOf(places)
    if (array === undefined || at === undefined)
      return `a DataFrame with a column of a type that is not read${namesOf(at, names)}`
    const length = array.shape.at(-1) as number
    const lines = array.shape.length === 2 ? (array.shape[0] as number) : 1
    if (lines !== at.length || (rows !== undefined && length !== rows))
      return 'a DataFrame whose blocks do not fit together'
    at.forEach((column, line) => {
      const name = names[column]
      if (name !== undefined) columns[column] = withMissing(arrayColumn(name, array, line, length), array)
    })
  }
  const all = columns.filter((column) => column !== undefined)
  if (all.length < names.length) return 'a DataFrame whose blocks do not fit together'
  return { rows: rows ?? ndLength(blocks), columns: all }
}

function ndLength(blocks: readonly PyValue[]): number {
  const [first] = blocks
  return (first instanceof PyCall ? arrayOf(first.args[0])?.shape.at(-1) : undefined) ?? 0
}

/** An array, or one that an array of pandas is made of. */
function arrayOf(value: PyValue | undefined): NdArray | undefined {
  const plain = ndarrayOf(value) ?? arrowTextOf(value)
  if (plain !== undefined) return plain
  if (!(value instanceof PyCall) || !Array.isArray(value.state)) return undefined
  if (value.name !== 'pandas.backed') return undefined
  for (const part of value.state) {
    const found = ndarrayOf(part)
    if (found !== undefined) return found
  }
  return undefined
}

/** Among objects, pandas writes NaN or its own NA for what is absent. */
function withMissing(column: PickleColumn, { dtype }: NdArray): PickleColumn {
  if (dtype.kind !== 'O') return column
  const at = (row: number): PyValue => {
    const value = column.at(row)
    if (value instanceof PyGlobal && value.name === 'NA') return null
    return value instanceof Float && Number.isNaN(value.value) ? null : value
  }
  return { name: column.name, at }
}

/** Numbers of the columns of a block: `slice(start, stop, step)` or an array. */
function placesOf(value: PyValue | undefined): readonly number[] | undefined {
  if (value instanceof PyCall && value.name === 'builtins.slice') {
    const [start, stop, step] = value.args
    if (typeof start !== 'number' || typeof stop !== 'number' || typeof step !== 'number' || step < 1) return undefined
    if (start < 0 || stop > 1e6) return undefined
    const places: number[] = []
    for (let at = start; at < stop; at += step) places.push(at)
    return places
  }
  const array = ndarrayOf(value)
  if (array === undefined || array.shape.length !== 1) return undefined
  const column = arrayColumn('', array, 0, array.shape[0] as number)
  const places = Array.from({ length: array.shape[0] as number }, (_, i) => column.at(i))
  return places.every((place): place is number => typeof place === 'number') ? places : undefined
}

function namesOf(at: readonly number[] | undefined, names: readonly string[]): string {
  return at === undefined ? '' : `: ${at.map((place) => `'${names[place]}'`).join(', ')}`
}

function newIndex(value: PyValue | undefined): { readonly kind: string; readonly facts: PyDict } | undefined {
  if (!(value instanceof PyCall) || value.name !== 'pandas.newIndex') return undefined
  const [kind, facts] = value.args
  if (!(facts instanceof PyDict) || kind === null || typeof kind !== 'object' || !('name' in kind)) return undefined
  return { kind: kind.name, facts }
}

function indexNames(value: PyValue | undefined): readonly string[] | undefined {
  const index = newIndex(value)
  const array = arrayOf(index?.facts.get('data'))
  if (array === undefined || array.shape.length !== 1) return undefined
  const column = arrayColumn('', array, 0, array.shape[0] as number)
  const names = Array.from({ length: array.shape[0] as number }, (_, i) => column.at(i))
  return names.every((name): name is string => typeof name === 'string') ? names : undefined
}

function indexLength(value: PyValue | undefined): number | undefined {
  const index = newIndex(value)
  if (index?.kind !== 'RangeIndex') return arrayOf(index?.facts.get('data'))?.shape[0]
  const [start, stop, step] = ['start', 'stop', 'step'].map((name) => index.facts.get(name))
  if (typeof start !== 'number' || typeof stop !== 'number' || typeof step !== 'number' || step === 0) return undefined
  return Math.max(0, Math.ceil((stop - start) / step))
}
