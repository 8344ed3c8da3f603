/**
 * Ids for byte strings, in order of first appearance, by open addressing. Exact: hashes find candidates, bytes decide. Value i is
 * `bytes[offsets[i] .. offsets[i + 1])`.
 */
export interface BytesTable {
  readonly count: number
  readonly offsets: Int32Array
  readonly bytes: Uint8Array
  add(source: Uint8Array, start: number, end: number): number
  /** The id of these bytes, or -1. */
  find(source: Uint8Array, start: number, end: number): number
}

export function createBytesTable(): BytesTable {
  let slots = new Int32Array(1024).fill(-1)
  let hashes = new Int32Array(512)
  let offsets = new Int32Array(513)
  let bytes = new Uint8Array(4096)
  let count = 0

  function slotOf(hash: number, source: Uint8Array, start: number, end: number): number {
    const mask = slots.length - 1
    const size = end - start
    let slot = hash & mask
    for (;;) {
      const id = slots[slot] as number
      if (id < 0) return slot
      if (hashes[id] === hash) {
        const from = offsets[id] as number
        if ((offsets[id + 1] as number) - from === size) {
          let i = 0
          while (i < size && bytes[from + i] === source[start + i]) i++
          if (i === size) return slot
        }
      }
      slot = (slot + 1) & mask
    }
  }
  function growSlots(): void {
    slots = new Int32Array(slots.length * 2).fill(-1)
    const mask = slots.length - 1
    for (let id = 0; id < count; id++) {
      let slot = (hashes[id] as number) & mask
      while ((slots[slot] as number) >= 0) slot = (slot + 1) & mask
      slots[slot] = id
    }
  }
  return {
    get count() {
      return count
    },
    get offsets() {
      return offsets
    },
    get bytes() {
      return bytes
    },
    find: (source, start, end) => slots[slotOf(hashBytes(source, start, end), source, start, end)] as number,
    add(source, start, end) {
      const hash = hashBytes(source, start, end)
      const slot = slotOf(hash, source, start, end)
      const known = slots[slot] as number
      if (known >= 0) return known
      const from = offsets[count] as number
      const to = from + end - start
      if (to > bytes.length) bytes = enlarged(bytes, new Uint8Array(Math.max(to, bytes.length * 2)))
      if (count === hashes.length) {
        hashes = enlarged(hashes, new Int32Array(count * 2))
        offsets = enlarged(offsets, new Int32Array(count * 2 + 1))
      }
      for (let i = start, at = from; i < end; i++, at++) bytes[at] = source[i] as number
      hashes[count] = hash
      offsets[count + 1] = to
      slots[slot] = count
      count++
      if (count * 2 > slots.length) growSlots()
      return count - 1
    },
  }
}

function enlarged<A extends Int32Array | Uint8Array>(values: A, larger: A): A {
  larger.set(values)
  return larger
}

/** FNV-1a over bytes (Fowler, Noll, Vo) with a final mix; only finds candidates. */
function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let h = 0x811c9dc5 | 0
  for (let i = start; i < end; i++) h = Math.imul(h ^ (bytes[i] as number), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  return h ^ (h >>> 13)
}
