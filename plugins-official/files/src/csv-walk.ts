import { accepts, type CsvLanguage } from './csv-language.ts'

/** Parts of a stretch that are walked in turn: each step waits for the one before, so eight chains take little longer than one. */
const chains = 8
/** Room for each part; the states of the chains lie before the first one. */
const partBytes = 1 << 15
const partsAt = 1024
const tableAt = partsAt + chains * partBytes

/** What is used of it: its types come with those of browsers only. */
interface Wasm {
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer }
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> }
}
const { Memory, Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly

/**
 * As `accepts` of that language, several times faster: the walk is compiled to WebAssembly, which needs no checks of bounds. A stretch of some 100 KB
 * at a time suits it; one with lines so long that its parts are uneven is walked by `accepts`.
 */
export function createWalk(language: CsvLanguage): (bytes: Uint8Array, from: number, to: number) => boolean {
  const { table, start } = language
  const memory = new Memory({ initial: Math.ceil((tableAt + table.length * 4) / 65_536) })
  // States are byte offsets into the table there: four bytes for each entry.
  const entries = new Uint32Array(memory.buffer, tableAt, table.length)
  for (let i = 0; i < table.length; i++) entries[i] = (table[i] as number) << 2
  const states = new Uint32Array(memory.buffer, 0, chains)
  const parts = new Uint8Array(memory.buffer, partsAt, chains * partBytes)
  const { exports } = new Instance(new Module(walkModule()), { own: { memory } })
  const walk = exports['walk'] as (from: number, to: number) => void
  const cuts = new Int32Array(chains + 1)

  return (bytes, from, to) => {
    cuts[0] = from
    cuts[chains] = to
    let together = partBytes
    for (let k = 1; k <= chains; k++) {
      if (k < chains) {
        const line = bytes.indexOf(10, Math.max(cuts[k - 1] as number, from + Math.floor(((to - from) * k) / chains)))
        cuts[k] = line < 0 || line >= to ? to : line + 1
      }
      const length = (cuts[k] as number) - (cuts[k - 1] as number)
      if (length === 0 || length > partBytes) return accepts(language, bytes, from, to)
      together = Math.min(together, length)
    }
    for (let k = 0; k < chains; k++) parts.set(bytes.subarray(cuts[k], cuts[k + 1]), k * partBytes)
    states.fill(start << 2)
    walk(0, together)
    for (let k = 0; k < chains; k++) {
      let state = (states[k] as number) >>> 2
      const end = cuts[k + 1] as number
      for (let p = (cuts[k] as number) + together; p < end; p++) state = table[state | (bytes[p] as number)] as number
      if (state !== start) return false
    }
    return true
  }
}

/**
 * `walk(from, to)` over bytes `from .. to` (at least one) of every part, in the binary format of WebAssembly
 * (https://webassembly.github.io/spec/core/binary/): in a loop, for each chain k, `state[k] = table[state[k] | byte << 2]`.
 */
function walkModule(): Uint8Array {
  const [i32, get, set, tee, constant, load, load8, store] = [0x7f, 0x20, 0x21, 0x22, 0x41, 0x28, 0x2d, 0x36] as const
  const [or, shl, add, less, loop, branchIf, end, empty] = [0x72, 0x74, 0x6a, 0x49, 0x03, 0x0d, 0x0b, 0x40] as const
  const all = Array.from({ length: chains }, (_, k) => ({ k, state: k + 2 }))
  const body = [
    ...[1, chains, i32],
    ...all.flatMap(({ k, state }) => [constant, 0, load, 2, ...natural(4 * k), set, state]),
    ...[loop, empty],
    ...all.flatMap(({ k, state }) => [
      ...[get, 0, load8, 0, ...natural(partsAt + k * partBytes), constant, 2, shl],
      ...[get, state, or, load, 2, ...natural(tableAt), set, state],
    ]),
    ...[get, 0, constant, 1, add, tee, 0, get, 1, less, branchIf, 0, end],
    ...all.flatMap(({ k, state }) => [constant, 0, get, state, store, 2, ...natural(4 * k)]),
    end,
  ]
  const name = (text: string) => [text.length, ...Buffer.from(text)]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 2, i32, i32, 0]),
    ...section(2, [1, ...name('own'), ...name('memory'), 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('walk'), 0, 0]),
    ...section(10, [1, ...natural(body.length), ...body]),
  ])
}

function section(id: number, content: readonly number[]): readonly number[] {
  return [id, ...natural(content.length), ...content]
}

/** An unsigned number in LEB128. */
function natural(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...natural(value >>> 7)]
}
