import { isUtf8 } from 'node:buffer'
import {
  BooleanColumn,
  BytesColumn,
  type Column,
  DecimalColumn,
  DictionaryColumn,
  TidegateError,
  ValuesColumn,
} from 'tidegate'
import { aligned, enoughOf, offsetsOf, validityOf, viewsOf } from './arrow-buffers.ts'
import { decimalWords, fixedColumn } from './arrow-fixed.ts'
import { ArrowFault } from './arrow-flat.ts'
import type { BatchMessage } from './arrow-message.ts'
import type { ArrowField } from './arrow-schema.ts'

/** Where the nodes and buffers of one column stand in a batch. */
export interface Placed {
  readonly field: ArrowField
  readonly node: number
  readonly buffers: readonly number[]
  readonly children: readonly Placed[]
}

/** The place of each column; they follow one another depth first. @throws `ArrowFault` */
export function placeColumns(fields: readonly ArrowField[], message: BatchMessage): readonly Placed[] {
  let node = 0
  let buffer = 0
  let views = 0
  const place = (field: ArrowField, inDictionary: boolean): Placed => {
    const own = node++
    let count = field.dictionary !== undefined && !inDictionary ? 2 : buffersOf(field)
    if (field.layout.kind === 'views' && (field.dictionary === undefined || inDictionary))
      count += message.variadic[views++] ?? 0
    if (own >= message.nodes.length || buffer + count > message.buffers.length)
      throw new ArrowFault('has fewer buffers than its columns need')
    const buffers = Array.from({ length: count }, (_, i) => buffer + i)
    buffer += count
    const children = field.dictionary !== undefined && !inDictionary ? [] : field.children
    return { field, node: own, buffers, children: children.map((child) => place(child, false)) }
  }
  return fields.map((field) => place(field, message.dictionary !== undefined))
}

function buffersOf({ layout }: ArrowField): number {
  switch (layout.kind) {
    case 'null':
      return 0
    case 'struct':
    case 'fixedList':
      return 1
    case 'bytes':
    case 'largeBytes':
      return 3
    case 'unknown':
      return layout.buffers
    default:
      return 2
  }
}

/** All buffers of a column and what is nested in it. */
export function buffersUnder({ buffers, children }: Placed): readonly number[] {
  return [...buffers, ...children.flatMap(buffersUnder)]
}

export interface Decoding {
  readonly message: BatchMessage
  readonly buffers: ReadonlyMap<number, Uint8Array>
  readonly dictionaries: ReadonlyMap<string, Column>
  /** How 64-bit integers of a column are seen. */
  readonly sees?: 'number' | 'bigint' | undefined
}

/** One column of a batch, over the buffers of the file where the layout allows. @throws `ArrowFault`, `TYPE_UNSUPPORTED` */
export function decodeColumn(placed: Placed, given: Decoding, isDictionary = false): Column {
  const { field, node } = placed
  const { length, nullCount } = given.message.nodes[node] as BatchMessage['nodes'][number]
  if (length > 0x7fffffff) throw new ArrowFault(`states a column of ${length} rows`)
  const { type, layout } = field
  if (type === undefined) throw unsupported(field)
  const bytes = (i: number) => given.buffers.get(placed.buffers[i] as number) ?? new Uint8Array(0)
  if (layout.kind === 'null')
    return new ValuesColumn(type, new Array(length), length === 0 ? undefined : new Uint8Array((length + 7) >> 3))
  const validity = validityOf(bytes(0), length, nullCount, field.name)
  if (field.dictionary !== undefined && !isDictionary) return fromCodes(placed, bytes(1), length, validity, given)
  const child = (i: number) => {
    const inner = placed.children[i]
    if (inner === undefined) throw new ArrowFault(`has no values for the column "${field.name}"`)
    return decodeColumn(inner, given)
  }
  switch (layout.kind) {
    case 'flat':
    case 'half':
    case 'time32':
    case 'dateMs':
      return fixedColumn(field, type, bytes(1), length, validity, given.sees)
    case 'bool': {
      const bits = enoughOf(bytes(1), (length + 7) >> 3, field.name)
      const values = new Uint8Array(length)
      for (let i = 0; i < length; i++) values[i] = ((bits[i >> 3] as number) >> (i & 7)) & 1
      return new BooleanColumn(values, validity)
    }
    case 'decimal':
      return new DecimalColumn(type, decimalWords(field, layout.width, bytes(1), length, validity), validity)
    case 'fixedBinary': {
      if (layout.width < 0 || layout.width * length > 0x7fffffff)
        throw new ArrowFault('has values of an impossible width')
      const data = enoughOf(bytes(1), layout.width * length, field.name)
      return new BytesColumn(
        type,
        Int32Array.from({ length: length + 1 }, (_, i) => i * layout.width),
        data,
        validity,
      )
    }
    case 'bytes':
    case 'largeBytes': {
      const data = bytes(2)
      const offsets = offsetsOf(bytes(1), length, layout.kind === 'bytes' ? 4 : 8, data.length, field.name)
      return checkedText(field, new BytesColumn(type, offsets, data, validity))
    }
    case 'views': {
      const data = placed.buffers.slice(2).map((_, i) => bytes(2 + i))
      const { offsets, joined } = viewsOf(bytes(1), data, length, validity, field.name)
      return checkedText(field, new BytesColumn(type, offsets, joined, validity))
    }
    case 'list':
    case 'largeList':
    case 'map':
    case 'fixedList': {
      const items = child(0)
      const offsets =
        layout.kind === 'fixedList'
          ? Int32Array.from({ length: length + 1 }, (_, i) => i * layout.width)
          : offsetsOf(bytes(1), length, layout.kind === 'largeList' ? 8 : 4, items.length, field.name)
      if (layout.kind === 'fixedList' && (layout.width < 0 || layout.width * length > items.length))
        throw new ArrowFault(`has too few values for the column "${field.name}"`)
      const cells = new Array<unknown>(length)
      for (let row = 0; row < length; row++) {
        const cell: unknown[] = []
        if (validity === undefined || ((validity[row >> 3] as number) >> (row & 7)) & 1)
          for (let i = offsets[row] as number; i < (offsets[row + 1] as number); i++) cell.push(items.at(i))
        cells[row] = cell
      }
      return new ValuesColumn(type, cells, validity, given.sees ?? 'number')
    }
    case 'struct': {
      const columns = field.children.map((_, i) => child(i))
      if (columns.some((column) => column.length < length))
        throw new ArrowFault(`has too few values for the column "${field.name}"`)
      const cells = new Array<unknown>(length)
      for (let row = 0; row < length; row++)
        cells[row] = Object.fromEntries(field.children.map(({ name }, i) => [name, (columns[i] as Column).at(row)]))
      return new ValuesColumn(type, cells, validity, given.sees ?? 'number')
    }
    case 'unknown':
      throw unsupported(field)
  }
}

function fromCodes(
  { field }: Placed,
  bytes: Uint8Array,
  length: number,
  validity: Uint8Array | undefined,
  { dictionaries }: Decoding,
): Column {
  const { id, width } = field.dictionary as NonNullable<ArrowField['dictionary']>
  const words = dictionaries.get(id)
  if (words === undefined) {
    // Where every value is absent, a writer may leave the dictionary out.
    if (length > 0 && validity === undefined) throw new ArrowFault(`has no dictionary for the column "${field.name}"`)
  }
  const size = words?.length ?? 0
  if (![1, 2, 4, 8].includes(width)) throw new ArrowFault('has codes of an odd width')
  const { buffer, byteOffset: at } = aligned(enoughOf(bytes, width * length, field.name), width)
  const raw =
    width === 1
      ? new Uint8Array(buffer, at, length)
      : width === 2
        ? new Uint16Array(buffer, at, length)
        : width === 4
          ? new Int32Array(buffer, at, length)
          : Int32Array.from(new BigInt64Array(buffer, at, length), Number)
  // As unsigned numbers or below 0, negative codes are beyond any dictionary.
  let clean = true
  for (let i = 0; i < length; i++) {
    const code = raw[i] as number
    if (code >= 0 && code < size) continue
    const present = validity === undefined || (((validity[i >> 3] as number) >> (i & 7)) & 1) === 1
    if (present) throw new ArrowFault(`has a code beyond its dictionary in the column "${field.name}"`)
    clean = false
  }
  // What stands at absent rows means nothing, but must not lead astray.
  const codes = clean ? raw : raw.map((code) => (code >= 0 && code < size ? code : 0))
  if (words instanceof BytesColumn && words.type.kind === 'string' && words.nullCount === 0)
    return new DictionaryColumn(codes, words.strings(), validity)
  const rows = Int32Array.from(codes)
  for (let i = 0; i < length; i++)
    if (validity !== undefined && (((validity[i >> 3] as number) >> (i & 7)) & 1) === 0) rows[i] = -1
  const empty = words ?? new BytesColumn({ kind: 'string' }, new Int32Array(1), new Uint8Array(0))
  return empty.take(rows)
}

function checkedText(field: ArrowField, column: BytesColumn): BytesColumn {
  if (column.type.kind !== 'string') return column
  const { offsets, bytes } = column
  const ascii = isUtf8(bytes.subarray(offsets[0], offsets[column.length]))
  let fits = ascii
  // Each text must be whole: none may begin within a character.
  for (let i = 0; fits && i < offsets.length; i++)
    fits = ((bytes[offsets[i] as number] ?? 0) & 0xc0) !== 0x80 || offsets[i] === bytes.length
  if (!fits) throw new ArrowFault(`has text that is not valid UTF-8 in the column "${field.name}"`)
  return column
}

export function unsupported({ name, layout, children }: ArrowField): TidegateError {
  const inner = children.find(({ type }) => type === undefined)
  const what =
    layout.kind === 'unknown' ? layout.name : inner === undefined ? layout.kind : `${layout.kind} of ${inner.name}`
  return new TidegateError(
    'TYPE_UNSUPPORTED',
    `Arrow: column "${name}" is of a type that Tidegate does not have (${what})`,
    {
      hint: 'Name the columns to read with `columns`, without this one, or write it as another type.',
      data: { column: name },
    },
  )
}
