import { type Field, typeName } from 'tidegate'
import { absent, quote, quoted, tagBits, textOf } from './block.ts'
import { createJsonSyntax, space } from './json-syntax.ts'
import { type RecordIndex, reserveCells } from './record-index.ts'

/** Reads one record. */
export interface JsonRecords {
  /**
   * Reads the object in `bytes[start .. end)` into the next cells of `index`, one for each field; keys of no field are checked and left out, of
   * equal keys the last counts. Returns what is wrong with it, or an empty text. Text with escapes is put behind `used`.
   */
  read(start: number, end: number, used: number): string
  /** End of the unescaped text so far. */
  readonly used: number
}

export function createJsonRecords(index: RecordIndex, fields: readonly Field[]): JsonRecords {
  const syntax = createJsonSyntax()
  const width = fields.length
  const keys = fields.map((field) => new TextEncoder().encode(field.name))
  const numbers = new Map(fields.map((field, i) => [field.name, i]))
  const accepts = fields.map(firstBytes)
  let used = 0
  let guess = 0

  /** The field of the key at `p`; keys mostly come in the order of the fields, or of the record before. */
  function fieldAt(start: number, end: number, escaped: boolean): number {
    const { bytes } = index
    for (let i = 0; i < 2 && guess + i < width; i++) {
      const key = keys[guess + i] as Uint8Array
      if (key.length !== end - start || escaped) continue
      let k = 0
      while (k < key.length && key[k] === bytes[start + k]) k++
      if (k === key.length) {
        guess += i + 1
        return guess - 1
      }
    }
    const name = escaped ? (JSON.parse(textOf(bytes, start - 1, end + 1)) as string) : textOf(bytes, start, end)
    const found = numbers.get(name) ?? -1
    if (found >= 0) guess = found + 1
    return found
  }

  function cell(slot: number, field: Field, accepted: readonly number[], p: number, end: number): string {
    const { bytes } = index
    const first = bytes[p] as number
    if (first === 110) {
      index.starts[slot] = p
      index.ends[slot] = (p << tagBits) | absent
    } else if (!accepted.includes(first)) {
      return `${field.name}: ${quote(bytes, p, end)} where ${typeName(field.type)} is expected`
    } else if (first !== 34) {
      index.starts[slot] = p
      index.ends[slot] = end << tagBits
    } else if (!syntax.escaped) {
      index.starts[slot] = p + 1
      index.ends[slot] = ((end - 1) << tagBits) | quoted
    } else {
      const text = JSON.parse(textOf(bytes, p, end)) as string
      if (!text.isWellFormed()) return `${field.name}: ${quote(bytes, p, end)} holds half of a surrogate pair`
      const room = used + (end - p) * 2 > bytes.length ? index.enlarge(used, (end - p) * 2) : bytes
      const { written } = encoder.encodeInto(text, room.subarray(used))
      index.starts[slot] = used
      index.ends[slot] = ((used + written) << tagBits) | quoted
      used += written
    }
    return ''
  }

  return {
    get used() {
      return used
    },
    read(start, end, behind) {
      used = behind
      const base = index.cells
      if (base + width > index.starts.length) reserveCells(index, base + width)
      for (let i = base; i < base + width; i++) {
        index.starts[i] = start
        index.ends[i] = (start << tagBits) | absent
      }
      let p = space(index.bytes, start, end)
      if (p >= end || index.bytes[p] !== 123)
        return p < end && syntax.value(index.bytes, p, end) >= 0 ? 'is not an object' : told(p)
      p = space(index.bytes, p + 1, end)
      guess = 0
      for (let count = 0; p >= end || index.bytes[p] !== 125 || count > 0; count++) {
        if (p >= end || index.bytes[p] !== 34) return `is not JSON: a key in quotes is missing${where(p)}`
        const keyEnd = syntax.string(index.bytes, p, end)
        if (keyEnd < 0) return told(p)
        const field = fieldAt(p + 1, keyEnd - 1, syntax.escaped)
        p = space(index.bytes, keyEnd, end)
        if (p >= end || index.bytes[p] !== 58) return `is not JSON: ":" is missing${where(p)}`
        p = space(index.bytes, p + 1, end)
        const valueEnd = syntax.value(index.bytes, p, end)
        if (valueEnd < 0) return told(p)
        const problem =
          field < 0 ? '' : cell(base + field, fields[field] as Field, accepts[field] as readonly number[], p, valueEnd)
        if (problem !== '') return problem
        p = space(index.bytes, valueEnd, end)
        if (p < end && index.bytes[p] === 125) break
        if (p >= end || index.bytes[p] !== 44) return `is not JSON: "," or "}" is missing${where(p)}`
        p = space(index.bytes, p + 1, end)
      }
      const rest = space(index.bytes, p + 1, end)
      return rest < end ? `is not JSON: text follows the object${where(rest)}` : ''

      function where(at: number): string {
        return ` at byte ${Math.min(at, end) - start} of the record`
      }
      function told(at: number): string {
        const { fault } = syntax
        return `is not JSON: ${at >= end ? 'nothing stands here' : fault.what}${where(at >= end ? end : fault.at)}`
      }
    },
  }
}

const encoder = new TextEncoder()
const bytesOf = (chars: string) => [...chars].map((char) => char.charCodeAt(0))
const numeric = bytesOf('-0123456789')

/** First bytes of the JSON values that a column takes besides null. 64-bit integers and decimals may stand in quotes, as many writers do. */
function firstBytes({ type, format }: Field): readonly number[] {
  if (format === 'json') return bytesOf('tf[{-0123456789"')
  if (format === 'plain') return numeric
  switch (type.kind) {
    case 'boolean':
      return bytesOf('tf')
    case 'int':
      return type.bits === 64 ? [...numeric, 34] : numeric
    case 'decimal':
      return [...numeric, 34]
    case 'float':
      return numeric
    case 'list':
      return bytesOf('[')
    case 'struct':
      return bytesOf('{')
    default:
      return bytesOf('"')
  }
}
