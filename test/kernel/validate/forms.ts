import { table as arqueroTable, type ColumnTable } from 'arquero'
import {
  type Batch,
  BytesColumn,
  type Column,
  concatBatches,
  DictionaryColumn,
  FlatColumn,
  toTable,
  types,
  ValuesColumn,
} from 'tidegate'
import type { Cells } from './naive.ts'

function validityOf(cells: readonly unknown[]): Uint8Array | undefined {
  if (!cells.includes(null)) return undefined
  const bits = new Uint8Array((cells.length + 7) >> 3)
  cells.forEach((cell, i) => {
    if (cell !== null) bits[i >> 3]! |= 1 << (i & 7)
  })
  return bits
}

type TextForm = 'bytes' | 'strings' | 'dictionary' | 'values'

function text(cells: readonly (string | null)[], form: TextForm): Column {
  const validity = validityOf(cells)
  const strings = cells.map((cell) => cell ?? '')
  if (form === 'values') return new ValuesColumn(types.string, cells, validity)
  if (form === 'dictionary') {
    const entries = ['not there', ...new Set(strings)]
    return new DictionaryColumn(
      Uint8Array.from(strings, (own) => entries.indexOf(own)),
      entries,
      validity,
    )
  }
  const column = BytesColumn.ofStrings(strings, validity)
  return form === 'strings' ? column : new BytesColumn(types.string, column.offsets, column.bytes, validity)
}

function batchOf(rows: readonly Cells[], form: TextForm): Batch {
  const field = (name: string, type: Column['type']) => ({ name, type, nullable: true })
  const [id, v] = [rows.map((row) => row.id), rows.map((row) => row.v)]
  return {
    schema: {
      fields: [field('n', types.int32), field('id', types.int32), field('k', types.string), field('v', types.float64)],
    },
    length: rows.length,
    columns: [
      new FlatColumn(
        types.int32,
        Int32Array.from(rows, (row) => row.n),
      ),
      new FlatColumn(
        types.int32,
        Int32Array.from(id, (own) => own ?? 77),
        validityOf(id),
      ),
      text(
        rows.map((row) => row.k),
        form,
      ),
      new FlatColumn(
        types.float64,
        Float64Array.from(v, (own) => own ?? 77),
        validityOf(v),
      ),
    ],
  }
}

const textForms: readonly TextForm[] = ['bytes', 'strings', 'dictionary', 'values']

function pieces(rows: readonly Cells[], cuts: readonly number[]): readonly Batch[] {
  const ends = [...new Set([...cuts.map((cut) => cut % (rows.length + 1)), rows.length])].sort((a, b) => a - b)
  return ends.map((end, i) => batchOf(rows.slice(i === 0 ? 0 : ends[i - 1], end), textForms[i % 4]!))
}

async function* streamed<T>(values: readonly T[]): AsyncIterable<T> {
  yield* values
}

const plain = (rows: readonly Cells[]): ColumnTable =>
  arqueroTable({
    n: Int32Array.from(rows, (row) => row.n),
    id: rows.map((row) => row.id),
    k: rows.map((row) => row.k),
    v: rows.map((row) => row.v),
  })

/** The same rows in every form that can be checked. Where no cell is known, a plain array has no type: such rows are left to typed columns. */
export function formsOf(rows: readonly Cells[], cuts: readonly number[]): Readonly<Record<string, any>> {
  const typed = (['id', 'k', 'v'] as const).every((name) => rows.some((row) => row[name] !== null))
  const batches = pieces(rows, cuts)
  const columns = Object.fromEntries(
    batchOf(rows, 'bytes').columns.map((column, i) => ['nidkv'.match(/id|./g)![i]!, column]),
  )
  const whole = plain(rows)
  return {
    'typed columns by name': columns,
    ...Object.fromEntries(textForms.map((form) => [`a batch, text as ${form}`, batchOf(rows, form)])),
    'an array of batches': batches,
    'an array of tables': batches.map(toTable),
    'a stream of batches': streamed(batches),
    'a table of typed columns': toTable(concatBatches(batches[0]!.schema, batches)),
    ...(typed
      ? {
          'an Arquero table': whole,
          'an Arquero table, filtered': plain([...rows, { n: -1, id: 1, k: 'b', v: 3 }]).filter((d: any) => d.n >= 0),
          'plain arrays by name': {
            n: rows.map((row) => row.n),
            id: rows.map((row) => row.id),
            k: rows.map((row) => row.k),
            v: rows.map((row) => row.v),
          },
          'the bytes of an Arrow stream': whole.toArrowIPC(),
          'an Arrow table': whole.toArrow(),
        }
      : {}),
  }
}
