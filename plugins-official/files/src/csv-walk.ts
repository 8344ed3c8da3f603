import { isUtf8 } from 'node:buffer'
import { accepts, type CsvLanguage } from './csv-language.ts'

/** Parts of a stretch that are walked in turn: each step waits for the one before, so eight chains take little longer than one. */
const chains = 8
/** Room for each part, not a multiple of a page: the parts shall not compete for the same lines of the cache. */
const partBytes = (1 << 15) + 320
/** The states of the chains lie before their parts, the bytes as they were read behind. */
const partsAt = 1024
const bytesAt = partsAt + chains * partBytes
/** Lines are counted sixteen bytes at a time. */
const lanes = 16

/** What is used of it: its types come with those of browsers only. */
interface Wasm {
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer }
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> }
}
const { Memory, Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly

export interface CsvWalk {
  /** What is walked is read to here. */
  readonly bytes: Uint8Array
  /**
   * How many records lie in `bytes[0 .. to)`, which begins with one and ends behind a line end; -1 where they are not in the language, or not UTF-8.
   * A line end is always the end of a record in such a language.
   */
  records(to: number): number
}

/**
 * As `accepts` of that language, several times faster: the walk is compiled to WebAssembly, which needs no checks of bounds, over bytes in its own
 * memory. A stretch of some 100 KB stays in cache from reading to walking; lines so long that there is none for each chain are left to `accepts`.
 */
export function createWalk(language: CsvLanguage, room: number): CsvWalk {
  const { table, start } = language
  const tableAt = Math.ceil((bytesAt + room + lanes) / 1024) * 1024
  const memory = new Memory({ initial: Math.ceil((tableAt + table.length * 4) / 65_536) })
  // States are byte offsets into the table there: four bytes for each entry.
  const entries = new Uint32Array(memory.buffer, tableAt, table.length)
  for (let i = 0; i < table.length; i++) entries[i] = (table[i] as number) << 2
  const states = new Uint32Array(memory.buffer, 0, chains)
  const all = new Uint8Array(memory.buffer)
  const bytes = all.subarray(bytesAt, bytesAt + room)
  const { exports } = new Instance(new Module(walkModule(tableAt)), { own: { memory } })
  const walk = exports['walk'] as (steps: number) => void
  const lines = exports['lines'] as (from: number, to: number) => number
  const cuts = new Int32Array(chains + 1)

  function isAccepted(to: number): boolean {
    cuts[chains] = to
    let together = partBytes
    for (let k = 1; k <= chains; k++) {
      if (k < chains) {
        const line = bytes.indexOf(10, Math.max(cuts[k - 1] as number, Math.floor((to * k) / chains)))
        cuts[k] = line < 0 || line >= to ? to : line + 1
      }
      const length = (cuts[k] as number) - (cuts[k - 1] as number)
      if (length === 0 || length > partBytes) return accepts(language, bytes, 0, to)
      together = Math.min(together, length)
    }
    for (let k = 0; k < chains; k++)
      all.copyWithin(partsAt + k * partBytes, bytesAt + (cuts[k] as number), bytesAt + (cuts[k + 1] as number))
    states.fill(start << 2)
    walk(together)
    for (let k = 0; k < chains; k++) {
      let state = (states[k] as number) >>> 2
      const end = cuts[k + 1] as number
      for (let p = (cuts[k] as number) + together; p < end; p++) state = table[state | (bytes[p] as number)] as number
      if (state !== start) return false
    }
    return true
  }

  return {
    bytes,
    records(to) {
      if (!isUtf8(bytes.subarray(0, to)) || !isAccepted(to)) return -1
      const whole = to - (to % lanes)
      let count = whole === 0 ? 0 : lines(bytesAt, bytesAt + whole)
      for (let p = whole; p < to; p++) if (bytes[p] === 10) count++
      return count
    },
  }
}

/**
 * In the binary format of WebAssembly (https://webassembly.github.io/spec/core/binary/): `walk(steps)`, at least one, goes through the parts from
 * their beginnings on, in a loop, for each chain k, `state[k] = table[state[k] | byte << 2]`; `lines(from, to)` counts line feeds among whole vectors.
 */
function walkModule(tableAt: number): Uint8Array {
  const name = (text: string) => [text.length, ...Buffer.from(text)]
  const bodies = [walkBody(tableAt), linesBody()]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [2, 0x60, 1, i32, 0, 0x60, 2, i32, i32, 1, i32]),
    ...section(2, [1, ...name('own'), ...name('memory'), 2, 0, 1]),
    ...section(3, [2, 0, 1]),
    ...section(7, [2, ...name('walk'), 0, 0, ...name('lines'), 0, 1]),
    ...section(10, [bodies.length, ...bodies.flatMap((body) => [...natural(body.length), ...body])]),
  ])
}

const [i32, v128, get, set, tee, constant, load, load8, store] = [
  0x7f, 0x7b, 0x20, 0x21, 0x22, 0x41, 0x28, 0x2d, 0x36,
] as const
const [or, shl, add, less, ones, loop, branchIf, end, empty] = [
  0x72, 0x74, 0x6a, 0x49, 0x69, 0x03, 0x0d, 0x0b, 0x40,
] as const
/** Sixteen bytes: read, filled with one byte, compared byte by byte, one bit for each. */
const [vector, loadBytes, splat, equal, bits] = [0xfd, [0x00, 0, 0], 0x0f, 0x23, [0x64]] as const

function walkBody(tableAt: number): readonly number[] {
  const all = Array.from({ length: chains }, (_, k) => ({ k, state: k + 2 }))
  return [
    ...[1, 1 + chains, i32],
    ...all.flatMap(({ k, state }) => [constant, 0, load, 2, ...natural(4 * k), set, state]),
    ...[loop, empty],
    ...all.flatMap(({ k, state }) => [
      ...[get, 1, load8, 0, ...natural(partsAt + k * partBytes), constant, 2, shl],
      ...[get, state, or, load, 2, ...natural(tableAt), set, state],
    ]),
    ...[get, 1, constant, 1, add, tee, 1, get, 0, less, branchIf, 0, end],
    ...all.flatMap(({ k, state }) => [constant, 0, get, state, store, 2, ...natural(4 * k)]),
    end,
  ]
}

function linesBody(): readonly number[] {
  return [
    ...[2, 1, i32, 1, v128, constant, 10, vector, splat, set, 3],
    ...[loop, empty],
    ...[get, 2, get, 0, vector, ...loadBytes, get, 3, vector, equal, vector, ...bits, ones, add, set, 2],
    ...[get, 0, constant, lanes, add, tee, 0, get, 1, less, branchIf, 0, end],
    ...[get, 2, end],
  ]
}

function section(id: number, content: readonly number[]): readonly number[] {
  return [id, ...natural(content.length), ...content]
}

/** An unsigned number in LEB128. */
function natural(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...natural(value >>> 7)]
}
