import { isUtf8 } from 'node:buffer'
import { type ByteDictionary, createByteDictionary } from '@tidegate/files/toolkit'
import { BytesColumn, DictionaryColumn } from 'tidegate'
import type { ColumnReader } from './column-reader.ts'
import { type Cursor, pass, readLength } from './cursor.ts'
import { createPresence, roomy, trimmed } from './presence.ts'
import type { AvroType } from './schema.ts'
import { readNumberOf } from './values-scalar.ts'

/** From so many distinct values on, each must recur four times on average to stay a code. */
const paying = 4096

/** Text: codes while few distinct values recur, UTF-8 bytes from then on. */
export function createTextReader(c: Cursor, column: string): ColumnReader {
  const presence = createPresence()
  const plain = createBytes()
  let dictionary: ByteDictionary | undefined = createByteDictionary()
  let codes = new Uint16Array(0)
  let seen = 0

  /** The first `rows` codes as bytes; codes are given up for good. */
  function spellOut(rows: number): void {
    const { pool, bounds } = (dictionary as ByteDictionary).bytes()
    plain.reserve(rows)
    for (let row = 0; row < rows; row++) {
      const code = codes[row] as number
      plain.add(row, pool, bounds[code] as number, bounds[code + 1] as number)
    }
    dictionary = undefined
    codes = new Uint16Array(0)
  }

  function put(row: number, from: number, end: number): void {
    if (dictionary === undefined) {
      plain.add(row, c.bytes, from, end)
      return
    }
    const code = dictionary.code(c.bytes, from, end)
    if (code < 0 || (code >= paying && code > (seen + row) >> 2)) {
      const room = codes.length
      spellOut(row)
      plain.reserve(room)
      plain.add(row, c.bytes, from, end)
    } else codes[row] = code
  }

  return {
    reserve(rows) {
      if (dictionary === undefined) plain.reserve(rows)
      else codes = roomy(codes, rows)
    },
    read(row) {
      const length = readLength(c)
      put(row, pass(c, length), c.at)
    },
    absent(row) {
      presence.absent(row)
      put(row, 0, 0)
    },
    take(rows) {
      const validity = presence.take(rows)
      if (dictionary !== undefined) {
        const { pool, bounds } = dictionary.bytes()
        const texts = dictionary.strings()
        requireUtf8(pool, bounds, texts.length)
        const own = trimmed(codes, rows)
        codes = new Uint16Array(0)
        seen += rows
        return new DictionaryColumn(own, texts, validity)
      }
      const { offsets, bytes } = plain.take(rows)
      requireUtf8(bytes, offsets, rows)
      return new BytesColumn({ kind: 'string' }, offsets, bytes, validity)
    },
  }

  /** All texts at once: they are valid when the whole is, and none begins in the middle of a character. */
  function requireUtf8(bytes: Uint8Array, bounds: Int32Array, n: number): void {
    let good = isUtf8(bytes.subarray(0, bounds[n]))
    for (let i = 0; good && i < n; i++) {
      const at = bounds[i] as number
      good = at === bounds[i + 1] || ((bytes[at] as number) & 0xc0) !== 0x80
    }
    if (!good) c.fail(`the column '${column}' holds text that is not UTF-8`)
  }
}

interface Bytes {
  reserve(rows: number): void
  add(row: number, from: Uint8Array, start: number, end: number): void
  take(rows: number): { readonly offsets: Int32Array; readonly bytes: Uint8Array }
}

function createBytes(): Bytes {
  let offsets = new Int32Array(1)
  let bytes = new Uint8Array(0)
  return {
    reserve(rows) {
      offsets = roomy(offsets, rows + 1)
    },
    add(row, from, start, end) {
      let to = offsets[row] as number
      if (to + end - start > bytes.length) bytes = roomy(bytes, to + end - start + 4096)
      if (end - start > 48) {
        bytes.set(from.subarray(start, end), to)
        to += end - start
      } else while (start < end) bytes[to++] = from[start++] as number
      offsets[row + 1] = to
    },
    take(rows) {
      const own = trimmed(offsets, rows + 1)
      const used = trimmed(bytes, own[rows] as number)
      offsets = new Int32Array(1)
      bytes = new Uint8Array(0)
      return { offsets: own, bytes: used }
    },
  }
}

/** `size`: of a fixed type. */
export function createBinaryReader(size: number | undefined, c: Cursor): ColumnReader {
  const presence = createPresence()
  const plain = createBytes()
  return {
    reserve: plain.reserve,
    read(row) {
      const from = pass(c, size ?? readLength(c))
      plain.add(row, c.bytes, from, c.at)
    },
    absent(row) {
      presence.absent(row)
      plain.add(row, c.bytes, 0, 0)
    },
    take(rows) {
      const { offsets, bytes } = plain.take(rows)
      return new BytesColumn({ kind: 'binary' }, offsets, bytes, presence.take(rows))
    },
  }
}

export function createUuidReader(c: Cursor): ColumnReader {
  const presence = createPresence()
  let values: string[] = []
  return {
    reserve() {},
    read(row) {
      values[row] = uuidText(c)
    },
    absent(row) {
      presence.absent(row)
      values[row] = ''
    },
    take(rows) {
      const own = values
      values = []
      return BytesColumn.ofStrings(own, presence.take(rows))
    },
  }
}

/** `123e4567-e89b-12d3-a456-426614174000`: 16 bytes as RFC 9562 writes them. */
export function uuidText(c: Cursor): string {
  const from = pass(c, 16)
  const hex = Buffer.from(c.bytes.buffer, c.bytes.byteOffset + from, 16).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

export function createEnumReader({ symbols }: Extract<AvroType, { kind: 'enum' }>, c: Cursor): ColumnReader {
  const presence = createPresence()
  let codes = new Int32Array(0)
  return {
    reserve(rows) {
      codes = roomy(codes, rows)
    },
    read(row) {
      codes[row] = readNumberOf(symbols, c)
    },
    absent: presence.absent,
    take(rows) {
      const own = trimmed(codes, rows)
      codes = new Int32Array(0)
      return new DictionaryColumn(symbols.length <= 256 ? Uint8Array.from(own) : own, symbols, presence.take(rows))
    },
  }
}
