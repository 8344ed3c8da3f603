import { BytesColumn, type Column, DictionaryColumn, type Field } from 'tidegate'
import { absent, type Block, type CellReader, type CellRules, tagBits } from './block.ts'
import { createByteDictionary } from './byte-dictionary.ts'
import { createPresence, createRefuse, roomy, trimmed } from './presence.ts'

/**
 * Text, kept as codes while few distinct values recur and as UTF-8 bytes otherwise; the change is for good and concerns the encoding only.
 * An absent cell of a column that is not nullable reads as empty text where it was spelt as nothing.
 */
export function createTextCells(field: Field, rules: CellRules): CellReader<Column> {
  const presence = createPresence()
  const refuse = createRefuse(rules, presence)
  const dictionary = createByteDictionary()
  let codes = new Uint16Array(0)
  let seen = 0
  let asCodes = true
  let offsets = new Int32Array(0)
  let text = new Uint8Array(0)
  let expected = 0
  let expectedBytes = 0

  return {
    read(block, column, at) {
      if (!asCodes) return readBytes(block, column, at, 0)
      const done = readCodes(block, column, at)
      if (done === block.rows) return
      spellOut(at + done)
      readBytes(block, column, at, done)
    },
    take(rows) {
      const validity = presence.take(rows)
      expected = rows + 1
      if (asCodes) {
        const own = trimmed(codes, rows)
        codes = new Uint16Array(0)
        return new DictionaryColumn(own, dictionary.strings(), validity)
      }
      const own = trimmed(offsets, rows + 1)
      const bytes = trimmed(text, own[rows] as number)
      // A little more than before: batches are seldom of one size to the byte.
      expectedBytes = Math.ceil((own[rows] as number) * 1.1)
      offsets = new Int32Array(0)
      text = new Uint8Array(0)
      return new BytesColumn(field.type, own, bytes, validity)
    },
  }

  /** Number of rows read; fewer than all when codes no longer pay. */
  function readCodes(block: Block, column: number, at: number): number {
    codes = roomy(codes, at + block.rows, expected)
    const { bytes, starts, ends, width, rows } = block
    const out = codes
    for (let row = 0, i = column; row < rows; row++, i += width) {
      const tagged = ends[i] as number
      const start = starts[i] as number
      if ((tagged & absent) !== 0) miss(block, row, column, at + row)
      const code = dictionary.code(bytes, start, (tagged & absent) !== 0 ? start : tagged >> tagBits)
      if (code < 0 || (code >= paying && code > (seen + row) >> 2)) {
        asCodes = false
        return row
      }
      out[at + row] = code
    }
    seen += rows
    return rows
  }

  function readBytes(block: Block, column: number, at: number, first: number): void {
    offsets = roomy(offsets, at + block.rows + 1, expected)
    const { bytes, starts, ends, width, rows } = block
    const ends_ = offsets
    let size = at + first === 0 ? 0 : (ends_[at + first] as number)
    let out = text
    for (let row = first, i = first * width + column; row < rows; row++, i += width) {
      const tagged = ends[i] as number
      let from = starts[i] as number
      const end = tagged >> tagBits
      if ((tagged & absent) !== 0) {
        miss(block, row, column, at + row)
        from = end
      }
      if (size + end - from > out.length) out = text = roomy(out, size + (end - from) + 4096, expectedBytes)
      if (end - from > 48) {
        out.set(bytes.subarray(from, end), size)
        size += end - from
      } else while (from < end) out[size++] = bytes[from++] as number
      ends_[at + row + 1] = size
    }
  }

  function miss(block: Block, row: number, column: number, at: number): void {
    const i = row * block.width + column
    const empty = (block.starts[i] as number) === (block.ends[i] as number) >> tagBits
    if (field.nullable || !empty || !rules.emptyText) refuse(block, row, column, at, '')
  }

  /** Turns the first `rows` codes into bytes. */
  function spellOut(rows: number): void {
    offsets = roomy(offsets, rows + 1)
    const { pool, bounds } = dictionary.bytes()
    let size = 0
    for (let row = 0; row < rows; row++) {
      let from = bounds[codes[row] as number] as number
      const end = bounds[(codes[row] as number) + 1] as number
      if (size + end - from > text.length) text = roomy(text, size + (end - from) + 4096)
      while (from < end) text[size++] = pool[from++] as number
      offsets[row + 1] = size
    }
    codes = new Uint16Array(0)
  }
}

/** From so many distinct values on, each must recur four times on average. */
const paying = 4096
