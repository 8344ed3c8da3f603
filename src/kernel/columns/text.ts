import type { LogicalType } from '../types.ts'
import { type Codes, sliceValidity, TypedColumn, takeValidity } from './column.ts'
import { cut, Picked as PickedRows, pick, rowsOfRows } from './picked.ts'
import { decodeStrings, encodeStrings, gatherBytes, gatherStrings, type Layout } from './utf8.ts'

/**
 * Text or binary in Arrow layout: row i is `bytes[offsets[i] .. offsets[i + 1])`. `offsets` has length + 1 entries and need not start at 0.
 * Text stays in the form it was made from until the other is asked for: bytes are decoded all at once (about 5x faster than one by one) when a
 * cell is read, strings (`BytesColumn.ofStrings`) are encoded when `offsets` or `bytes` are read. Both forms are then kept. Bytes that `take` or
 * `concat` pick from other columns are moved when they are read: columns that nobody reads cost nothing, and rows picked twice are moved once.
 */
export class BytesColumn extends TypedColumn<string | Uint8Array> {
  #offsets: Int32Array | undefined
  #bytes: Uint8Array | undefined
  #strings: readonly string[] | undefined
  #picked: Picked | undefined
  #make: (() => Layout) | undefined
  #depth = 0
  constructor(type: LogicalType, layout: Int32Array | readonly string[], bytes?: Uint8Array, validity?: Uint8Array) {
    const encoded = layout instanceof Int32Array
    super(type, encoded ? layout.length - 1 : layout.length, validity)
    this.#offsets = encoded ? layout : undefined
    this.#bytes = bytes
    this.#strings = encoded ? undefined : layout
  }
  /** Text from JavaScript strings (well-formed Unicode), not encoded before it must be; what stands at absent rows means nothing. */
  static ofStrings(strings: readonly string[], validity?: Uint8Array): BytesColumn {
    return new BytesColumn({ kind: 'string' }, strings, undefined, validity)
  }
  /** `length` rows whose bytes `make` takes from `columns` when they are read for the first time. */
  static deferred(
    { type, length, validity }: Pick<BytesColumn, 'type' | 'length' | 'validity'>,
    columns: readonly BytesColumn[],
    make: () => Layout,
  ): BytesColumn {
    // Strings of which only the number is known.
    const column = new BytesColumn(type, { length } as readonly string[], undefined, validity)
    column.#strings = undefined
    column.#make = make
    for (const of of columns) column.#depth = Math.max(column.#depth, of.#make === undefined ? 1 : of.#depth + 1)
    if (column.#depth > deepest) column.#encode()
    return column
  }
  get offsets(): Int32Array {
    if (this.#offsets === undefined) this.#encode()
    return this.#offsets as Int32Array
  }
  get bytes(): Uint8Array {
    if (this.#bytes === undefined) this.#encode()
    return this.#bytes as Uint8Array
  }
  /** True where bytes are what there is: reading `offsets` and `bytes` encodes nothing then. */
  get isEncoded(): boolean {
    return this.#bytes !== undefined || this.#make !== undefined
  }
  at(row: number): string | Uint8Array | null {
    if (!this.has(row)) return null
    if (this.type.kind === 'binary') return this.bytes.subarray(this.offsets[row], this.offsets[row + 1])
    return (this.#strings ?? this.strings())[row] ?? null
  }
  /** All cells as JavaScript strings; what stands at absent rows means nothing. */
  strings(): readonly string[] {
    this.#strings ??=
      this.#picked === undefined
        ? decodeStrings(this.offsets, this.bytes)
        : gatherStrings(this.#picked.column.strings(), this.#picked.rows)
    return this.#strings
  }
  #encode(): void {
    const { offsets, bytes } =
      this.#make === undefined ? encodeStrings(this.#strings as readonly string[], this.validity) : this.#make()
    this.#offsets = offsets
    this.#bytes = bytes
    this.#make = undefined
    this.#picked = undefined
  }
  #pick(rows: Int32Array, validity: Uint8Array | undefined): BytesColumn {
    const { type } = this
    const make = () => gatherBytes(this.offsets, this.bytes, rows)
    // A few rows do not hold on to the bytes of many.
    if (rows.length * 2 < this.length) {
      const { offsets, bytes } = make()
      return new BytesColumn(type, offsets, bytes, validity)
    }
    const picked = BytesColumn.deferred({ type, length: rows.length, validity }, [this], make)
    if (picked.#make !== undefined) picked.#picked = { column: this, rows }
    return picked
  }
  take(rows: Int32Array): BytesColumn {
    const validity = takeValidity(this.validity, rows)
    if (this.#picked !== undefined) return this.#picked.column.#pick(rowsOfRows(this.#picked.rows, rows), validity)
    if (!this.isEncoded) return BytesColumn.ofStrings(gatherStrings(this.strings(), rows), validity)
    return this.#pick(rows, validity)
  }
  slice(start: number, end: number): BytesColumn {
    const validity = sliceValidity(this.validity, start, end)
    // Nothing is made to show none of it.
    if (start === end) return new BytesColumn(this.type, new Int32Array(1), new Uint8Array(0), validity)
    if (!this.isEncoded) return BytesColumn.ofStrings(this.strings().slice(start, end), validity)
    return new BytesColumn(this.type, this.offsets.subarray(start, end + 1), this.bytes, validity)
  }
}

/** Columns made of columns made of columns that nobody has read: no more than so many, each is a call inside the other. */
const deepest = 16

interface Picked {
  readonly column: BytesColumn
  readonly rows: Int32Array
}

/** Text as codes into a dictionary of distinct strings. The dictionary is shared between batches of one part where it can be; codes at absent rows mean nothing. */
export class DictionaryColumn extends TypedColumn<string> {
  #codes: Codes | undefined
  #picked: PickedRows<Codes> | undefined
  readonly dictionary: readonly string[]
  constructor(codes: Codes | PickedRows<Codes>, dictionary: readonly string[], validity?: Uint8Array) {
    super({ kind: 'string' }, codes.length, validity)
    if (codes instanceof PickedRows) this.#picked = codes
    else this.#codes = codes
    this.dictionary = dictionary
  }
  get codes(): Codes {
    return this.#codes ?? this.#read()
  }
  #read(): Codes {
    this.#codes = (this.#picked as PickedRows<Codes>).values()
    this.#picked = undefined
    return this.#codes
  }
  at(row: number): string | null {
    return this.has(row) ? (this.dictionary[this.codes[row] as number] ?? null) : null
  }
  take(rows: Int32Array): DictionaryColumn {
    return new DictionaryColumn(
      pick(this.#picked ?? this.codes, rows),
      this.dictionary,
      takeValidity(this.validity, rows),
    )
  }
  slice(start: number, end: number): DictionaryColumn {
    return new DictionaryColumn(
      cut(this.#picked ?? this.codes, start, end),
      this.dictionary,
      sliceValidity(this.validity, start, end),
    )
  }
}
