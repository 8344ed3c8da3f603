import type { Column } from './column.ts'
import { BytesColumn, DictionaryColumn } from './text.ts'
import { tooLarge } from './utf8.ts'
import { markAbsent } from './validity.ts'
import { lossy, type Where, wrongKind } from './where.ts'

/** More distinct texts than this, or than half of the rows, and a column gets no dictionary. */
const mostDistinct = 4096
/** Texts longer than this are rarely repeated, and hashing them is dear. */
const longestInDictionary = 256

/**
 * Text from JavaScript strings: a dictionary where few texts repeat, otherwise the strings themselves, not encoded before bytes are asked for.
 * Lone surrogates are refused: UTF-8 cannot hold them.
 */
export function buildString(values: ArrayLike<unknown>, where: Where): Column {
  const n = values.length
  const limit = Math.min(mostDistinct, (n + 1) >> 1)
  const codes = limit > 0 ? new Uint16Array(n) : undefined
  const known = new Map<string, number>()
  let validity: Uint8Array | undefined
  let i = 0
  for (; i < n && codes !== undefined; i++) {
    const value = values[i]
    if (typeof value !== 'string') {
      if (value !== null && value !== undefined) throw wrongKind(where, i, value, 'string')
      validity = markAbsent(validity, n, i)
      continue
    }
    let code = known.get(value)
    if (code === undefined) {
      if (known.size === limit || value.length > longestInDictionary) break
      requireWellFormed(value, i, where)
      code = known.size
      known.set(value, code)
    }
    codes[i] = code
  }
  if (i === n && codes !== undefined)
    return new DictionaryColumn(narrowed(codes, known.size), [...known.keys()], validity)
  for (; i < n; i++) {
    const value = values[i]
    if (typeof value === 'string') requireWellFormed(value, i, where)
    else if (value === null || value === undefined) validity = markAbsent(validity, n, i)
    else throw wrongKind(where, i, value, 'string')
  }
  return BytesColumn.ofStrings((Array.isArray(values) ? values : Array.from(values)) as readonly string[], validity)
}

function narrowed(codes: Uint16Array, distinct: number): Uint8Array | Uint16Array {
  return distinct <= 256 ? Uint8Array.from(codes) : codes
}

function requireWellFormed(value: string, i: number, where: Where): void {
  // In Node since 20; the ES2023 library does not declare it.
  if (!(value as string & { isWellFormed(): boolean }).isWellFormed()) {
    throw lossy(
      where,
      i,
      value,
      'string (UTF-8)',
      'The text holds half of a surrogate pair; repair it in the step with toWellFormed().',
    )
  }
}

export function buildBinary(values: ArrayLike<unknown>, where: Where): BytesColumn {
  const n = values.length
  const offsets = new Int32Array(n + 1)
  let validity: Uint8Array | undefined
  let size = 0
  for (let i = 0; i < n; i++) {
    const value = values[i]
    if (value instanceof Uint8Array) size += value.length
    else if (value === null || value === undefined) validity = markAbsent(validity, n, i)
    else throw wrongKind(where, i, value, 'binary (Uint8Array)')
    if (size > 0x7fffffff) throw tooLarge()
    offsets[i + 1] = size
  }
  const bytes = new Uint8Array(size)
  for (let i = 0; i < n; i++) if (values[i] instanceof Uint8Array) bytes.set(values[i] as Uint8Array, offsets[i])
  return new BytesColumn({ kind: 'binary' }, offsets, bytes, validity)
}
