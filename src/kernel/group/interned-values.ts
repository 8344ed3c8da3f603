import { DecimalColumn } from '../columns/column.ts'
import { BytesColumn, DictionaryColumn } from '../columns/text.ts'
import type { LogicalType } from '../types.ts'
import type { BytesTable } from './bytes-table.ts'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Bit i is 1 where `ids[i]` is not 0 (the id of null); undefined where none is. */
export function validityOf(ids: Int32Array): Uint8Array | undefined {
  let validity: Uint8Array | undefined
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] !== 0) continue
    if (validity === undefined) {
      validity = new Uint8Array((ids.length + 7) >> 3).fill(0xff)
      if ((ids.length & 7) !== 0) validity[validity.length - 1] = (1 << (ids.length & 7)) - 1
    }
    validity[i >> 3] = (validity[i >> 3] as number) & ~(1 << (i & 7))
  }
  return validity
}

export function bytesValues(type: LogicalType, { bytes, offsets }: BytesTable, ids: Int32Array): BytesColumn {
  const to = new Int32Array(ids.length + 1)
  for (let i = 0; i < ids.length; i++) {
    const id = (ids[i] as number) - 1
    to[i + 1] = (to[i] as number) + (id < 0 ? 0 : (offsets[id + 1] as number) - (offsets[id] as number))
  }
  const out = new Uint8Array(to[ids.length] as number)
  for (let i = 0; i < ids.length; i++) {
    const id = (ids[i] as number) - 1
    if (id < 0) continue
    const end = offsets[id + 1] as number
    for (let from = offsets[id] as number, at = to[i] as number; from < end; from++, at++)
      out[at] = bytes[from] as number
  }
  return new BytesColumn(type, to, out, validityOf(ids))
}

export function dictionaryValues({ bytes, offsets, count }: BytesTable, ids: Int32Array): DictionaryColumn {
  const dictionary = Array.from({ length: count }, (_, id) =>
    decoder.decode(bytes.subarray(offsets[id], offsets[id + 1])),
  )
  const codes = ids.map((id) => Math.max(0, id - 1))
  return new DictionaryColumn(codes, dictionary, validityOf(ids))
}

export function decimalValues(type: LogicalType, { bytes }: BytesTable, ids: Int32Array): DecimalColumn {
  const words = new BigUint64Array(2 * ids.length)
  const out = new Uint8Array(words.buffer)
  for (let i = 0; i < ids.length; i++) {
    const id = (ids[i] as number) - 1
    if (id >= 0) out.set(bytes.subarray(16 * id, 16 * id + 16), 16 * i)
  }
  return new DecimalColumn(type, words, validityOf(ids))
}
