import { type Column, TidegateError, types, ValuesColumn } from 'tidegate'
import { type CellReader, quote, textOf } from './block.ts'
import { createByteWindow } from './byte-window.ts'
import { fit, look, seen } from './infer-bits.ts'
import { classify } from './infer-cell.ts'
import { type ColumnState, createColumnState, mergeColumnState, type Refutation } from './infer-column.ts'
import type { Looked } from './infer-csv.ts'
import { createNestedState, mergeNestedState, type NestedState, observeNested } from './infer-nested.ts'
import { openJsonArray } from './json-locate.ts'
import type { JsonReading } from './json-read.ts'
import { createJsonArrayScanner, createNdjsonScanner } from './json-scan.ts'
import { createJsonSyntax, space } from './json-syntax.ts'
import { readRecords } from './read-records.ts'
import type { RecordIndex } from './record-index.ts'

/** What was found out about the values of one key. Numbers and texts have states of their own: a number is never a text in JSON. */
export interface JsonState {
  /** Bits: boolean 1, number 2, text 4, list 8, object 16. */
  kinds: number
  present: number
  readonly numbers: ColumnState
  readonly texts: ColumnState
  readonly nested: NestedState
  /** The first value of each kind. */
  readonly firsts: Map<number, Refutation>
}

/** Keys in the order in which they were first met. */
export interface JsonStates {
  records: number
  readonly keys: Map<string, JsonState>
}

export const jsonKinds = { boolean: 1, number: 2, text: 4, list: 8, object: 16 } as const

export function createJsonStates(): JsonStates {
  return { records: 0, keys: new Map() }
}

const mostKeys = 10_000

/** `limit: undefined` looks at all records. @throws `SCHEMA_MISMATCH` where there are more than 10,000 different keys. */
export async function observeJson(
  chunks: AsyncIterable<Uint8Array>,
  shown: string,
  reading: Pick<JsonReading, 'at' | 'maxRecordBytes' | 'windowBytes'>,
  into: JsonStates,
  limit: number | undefined,
): Promise<Looked> {
  const { at, maxRecordBytes } = reading
  const window = await createByteWindow(chunks, shown)
  try {
    const line = at === undefined ? 1 : await openJsonArray(window, at, shown, maxRecordBytes)
    const scanner =
      at === undefined
        ? createNdjsonScanner([], maxRecordBytes)
        : createJsonArrayScanner([], at.length > 0, maxRecordBytes)
    const states = createJsonStates()
    const looked = { rows: 0, rejected: 0 }
    const found = readRecords(
      window,
      {
        scanner,
        fields: [],
        cells: [0],
        readers: [createKeyObserver(states, scanner.index, shown)],
        batchRows: Math.min(limit ?? 65_536, 65_536),
        maxRecordBytes,
        windowBytes: reading.windowBytes ?? 1 << 18,
        positions: { cells: false, bytes: true },
      },
      line,
    )
    for await (const chunk of found) {
      if ('rejected' in chunk) looked.rejected += chunk.rejected.length
      else looked.rows += (chunk as { readonly length: number }).length
      if (limit !== undefined && looked.rows + looked.rejected >= limit) break
    }
    mergeJsonStates(into, states)
    return looked
  } finally {
    await window.close()
  }
}

function mergeJsonStates(into: JsonStates, more: JsonStates): void {
  into.records += more.records
  for (const [key, state] of more.keys) {
    const known = into.keys.get(key)
    if (known === undefined) {
      into.keys.set(key, state)
      continue
    }
    known.kinds |= state.kinds
    known.present += state.present
    mergeColumnState(known.numbers, state.numbers)
    mergeColumnState(known.texts, state.texts)
    mergeNestedState(known.nested, state.nested)
    for (const [kind, first] of state.firsts) if (!known.firsts.has(kind)) known.firsts.set(kind, first)
  }
}

/** Walks the keys of each good record over its bytes; only lists and objects are parsed into values. */
function createKeyObserver(states: JsonStates, index: RecordIndex, file: string): CellReader<Column> {
  const syntax = createJsonSyntax()
  const order: { readonly key: Uint8Array; readonly state: JsonState }[] = []
  const byName = new Map<string, number>()
  let guess = 0

  function stateAt(bytes: Uint8Array, start: number, end: number, escaped: boolean): JsonState {
    const likely = order[guess]
    if (likely !== undefined && !escaped && likely.key.length === end - start && same(likely.key, bytes, start)) {
      guess++
      return likely.state
    }
    const name = escaped ? (JSON.parse(textOf(bytes, start - 1, end + 1)) as string) : textOf(bytes, start, end)
    let number = byName.get(name)
    if (number === undefined) {
      if (order.length === mostKeys)
        throw new TidegateError('SCHEMA_MISMATCH', `"${file}" has more than ${mostKeys} different keys`, {
          hint: 'Declare a schema with the keys that matter.',
          data: { path: file },
        })
      number = order.length
      byName.set(name, number)
      const state: JsonState = {
        kinds: 0,
        present: 0,
        numbers: createColumnState(),
        texts: createColumnState(),
        nested: createNestedState(),
        firsts: new Map(),
      }
      order.push({ key: bytes.slice(start, end), state })
      states.keys.set(name, state)
    }
    guess = number + 1
    return (order[number] as { readonly state: JsonState }).state
  }

  function observe(state: JsonState, bytes: Uint8Array, start: number, end: number, line: number): void {
    const first = bytes[start] as number
    if (first === 110) return
    state.present++
    const kind = kindOf(first)
    if ((state.kinds & kind) === 0) {
      state.kinds |= kind
      state.firsts.set(kind, { line, value: quote(bytes, start, end), file })
    }
    if (kind === jsonKinds.number) add(state.numbers, bytes, start, end, line)
    else if (kind === jsonKinds.text) {
      if ((state.texts.fits & (fit.iso | fit.time)) !== 0) add(state.texts, bytes, start + 1, end - 1, line)
      else state.texts.rows++
    } else if (kind >= jsonKinds.list) observeNested(state.nested, JSON.parse(textOf(bytes, start, end)))
  }

  function add(state: ColumnState, bytes: Uint8Array, start: number, end: number, line: number): void {
    state.rows++
    const found = start === end ? 0 : classify(bytes, start, end, plain)
    const lost = state.fits & ~found
    if (lost !== 0) {
      state.fits &= found
      for (let bit = 1; bit <= lost; bit <<= 1)
        if ((lost & bit) !== 0)
          state.refuted.set(bit, { line, value: quote(bytes, start, end), file, after: state.rows - 1 })
    }
    const fresh = start === end ? 0 : look.seen & ~state.seen
    if (fresh === 0) return
    state.seen |= fresh
    for (const bit of [seen.beyond53, seen.zoned, seen.unzoned, seen.days])
      if ((fresh & bit) !== 0) state.firsts.set(bit, { line, value: quote(bytes, start, end), file })
  }

  return {
    read({ bytes, rows }) {
      for (let row = 0; row < rows; row++) {
        const record = index.recordOf[row] as number
        const end = index.recordEnds[record] as number
        const line = index.lines[record] as number
        let p = space(bytes, space(bytes, index.recordStarts[record] as number, end) + 1, end)
        guess = 0
        while (bytes[p] === 34) {
          const keyEnd = syntax.string(bytes, p, end)
          const state = stateAt(bytes, p + 1, keyEnd - 1, syntax.escaped)
          p = space(bytes, space(bytes, keyEnd, end) + 1, end)
          const valueEnd = syntax.value(bytes, p, end)
          observe(state, bytes, p, valueEnd, line)
          p = space(bytes, valueEnd, end)
          if (bytes[p] === 44) p = space(bytes, p + 1, end)
        }
      }
      states.records += rows
    },
    take: () => new ValuesColumn(types.null, []),
  }
}

const plain = { decimal: 46, thousands: -1 }

function kindOf(first: number): number {
  if (first === 34) return jsonKinds.text
  if (first === 91) return jsonKinds.list
  if (first === 123) return jsonKinds.object
  return first === 116 || first === 102 ? jsonKinds.boolean : jsonKinds.number
}

function same(key: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < key.length; i++) if (key[i] !== bytes[start + i]) return false
  return true
}
