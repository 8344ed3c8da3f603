import {
  type Batch,
  BytesColumn,
  buildColumn,
  DictionaryColumn,
  type Field,
  type LogicalType,
  sliceBatch,
  types,
} from 'tidegate'

export type Given = Readonly<
  Record<string, readonly [type: LogicalType, values: readonly unknown[], more?: Partial<Field>]>
>

/** A batch from JavaScript values; 64-bit integers are given as bigint. */
export function batchOf(given: Given): Batch {
  const entries = Object.entries(given)
  const columns = entries.map(([column, [type, values]]) =>
    buildColumn(type, values, { node: 'test', column }, 'bigint'),
  )
  const fields = entries.map(
    ([name, [type, , more]]): Field => ({ name, type, nullable: true, sees: 'bigint', ...more }),
  )
  return { schema: { fields }, length: entries[0]?.[1][1].length ?? 0, columns }
}

/** The same rows in pieces of these lengths, repeated; pieces may be empty. */
export function pieces(batch: Batch, lengths: readonly number[]): Batch[] {
  const found: Batch[] = []
  for (let from = 0, i = 0; from < batch.length; i++) {
    const to = Math.min(batch.length, from + (lengths[i % lengths.length] ?? 1))
    found.push(sliceBatch(batch, from, to))
    from = to
    if (i > 2 * batch.length + lengths.length) throw new Error('no piece has rows')
  }
  return found
}

/** One column of text in each of its encodings. */
export function encodings(values: readonly (string | null)[]): readonly Batch[] {
  const plain = batchOf({ text: [types.string, values] })
  const { validity } = plain.columns[0] as BytesColumn
  const strings = values.map((value) => value ?? '')
  const bytes = BytesColumn.ofStrings(strings, validity)
  const encoded = new BytesColumn(types.string, bytes.offsets, bytes.bytes, validity)
  const dictionary = [...new Set(['unused', ...strings])]
  const codes = Int32Array.from(strings, (text) => dictionary.indexOf(text))
  const coded = new DictionaryColumn(codes, dictionary, validity)
  return [plain, { ...plain, columns: [encoded] }, { ...plain, columns: [coded] }]
}

/** Even numbers in [0, 1), the same in every run. */
export function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
}
