import type { LogicalType } from '../types.ts'
import { type Codes, sliceValidity, TypedColumn, takeValidity } from './column.ts'
import { gather } from './gather.ts'
import { decodeStrings, encodeStrings, gatherBytes, gatherStrings } from './utf8.ts'

/**
 * Text or binary in Arrow layout: row i is `bytes[offsets[i] .. offsets[i + 1])`. `offsets` has length + 1 entries and need not start at 0.
 * Text stays in the form it was made from until the other is asked for: bytes are decoded all at once (about 5x faster than one by one) when a
 * cell is read, strings (`BytesColumn.ofStrings`) are encoded when `offsets` or `bytes` are read. Both forms are then kept.
 */
export class BytesColumn extends TypedColumn<string | Uint8Array> {
  #offsets: Int32Array | undefined
  #bytes: Uint8Array | undefined
  #strings: readonly string[] | undefined
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
  get offsets(): Int32Array {
    if (this.#offsets === undefined) this.#encode()
    return this.#offsets as Int32Array
  }
  get bytes(): Uint8Array {
    if (this.#bytes === undefined) this.#encode()
    return this.#bytes as Uint8Array
  }
  /** True once the bytes exist: reading `offsets` and `bytes` costs nothing then. */
  get isEncoded(): boolean {
    return this.#bytes !== undefined
  }
  at(row: number): string | Uint8Array | null {
    if (!this.has(row)) return null
    if (this.type.kind === 'binary') return this.bytes.subarray(this.offsets[row], this.offsets[row + 1])
    return (this.#strings ?? this.strings())[row] ?? null
  }
  /** All cells as JavaScript strings; what stands at absent rows means nothing. */
  strings(): readonly string[] {
    this.#strings ??= decodeStrings(this.offsets, this.bytes)
    return this.#strings
  }
  #encode(): void {
    const { offsets, bytes } = encodeStrings(this.#strings as readonly string[], this.validity)
    this.#offsets = offsets
    this.#bytes = bytes
  }
  take(rows: Int32Array): BytesColumn {
    const validity = takeValidity(this.validity, rows)
    if (this.#bytes === undefined) return BytesColumn.ofStrings(gatherStrings(this.strings(), rows), validity)
    const { offsets, bytes } = gatherBytes(this.offsets, this.#bytes, rows)
    return new BytesColumn(this.type, offsets, bytes, validity)
  }
  slice(start: number, end: number): BytesColumn {
    const validity = sliceValidity(this.validity, start, end)
    if (this.#bytes === undefined) return BytesColumn.ofStrings(this.strings().slice(start, end), validity)
    return new BytesColumn(this.type, this.offsets.subarray(start, end + 1), this.#bytes, validity)
  }
}

/** Text as codes into a dictionary of distinct strings. The dictionary is shared between batches of one part where it can be; codes at absent rows mean nothing. */
export class DictionaryColumn extends TypedColumn<string> {
  readonly codes: Codes
  readonly dictionary: readonly string[]
  constructor(codes: Codes, dictionary: readonly string[], validity?: Uint8Array) {
    super({ kind: 'string' }, codes.length, validity)
    this.codes = codes
    this.dictionary = dictionary
  }
  at(row: number): string | null {
    return this.has(row) ? (this.dictionary[this.codes[row] as number] ?? null) : null
  }
  take(rows: Int32Array): DictionaryColumn {
    return new DictionaryColumn(gather(this.codes, rows), this.dictionary, takeValidity(this.validity, rows))
  }
  slice(start: number, end: number): DictionaryColumn {
    return new DictionaryColumn(
      this.codes.subarray(start, end),
      this.dictionary,
      sliceValidity(this.validity, start, end),
    )
  }
}
