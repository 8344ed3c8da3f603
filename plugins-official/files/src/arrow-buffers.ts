import { ArrowFault } from './arrow-flat.ts'

/** The bytes at a place where typed arrays of that width can stand; copied only where they are not. */
export function aligned(bytes: Uint8Array, width: number): Uint8Array {
  return bytes.byteOffset % width === 0 ? bytes : Uint8Array.from(bytes)
}

/** The bitmap of what is present, undefined where everything is; must agree with the count that the file states. */
export function validityOf(bytes: Uint8Array, length: number, nullCount: number, name: string): Uint8Array | undefined {
  if (bytes.length === 0) {
    if (nullCount > 0) throw new ArrowFault(`states absent values, but not which, in the column "${name}"`)
    return undefined
  }
  if (bytes.length < (length + 7) >> 3) throw new ArrowFault(`has too few values for the column "${name}"`)
  const validity = bytes.subarray(0, (length + 7) >> 3)
  let present = 0
  const whole = length >> 3
  for (let i = 0; i < whole; i++) present += ones[validity[i] as number] as number
  for (let row = whole << 3; row < length; row++) present += ((validity[row >> 3] as number) >> (row & 7)) & 1
  if (nullCount >= 0 && nullCount !== length - present)
    throw new ArrowFault(`states ${nullCount} absent values but has ${length - present} in the column "${name}"`)
  return present === length ? undefined : validity
}

const ones = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length)

/** `length + 1` offsets into `size` bytes or values, none before the one in front of it. */
export function offsetsOf(bytes: Uint8Array, length: number, width: 4 | 8, size: number, name: string): Int32Array {
  if (length === 0) return new Int32Array(1)
  if (bytes.length < (length + 1) * width) throw new ArrowFault(`has too few values for the column "${name}"`)
  const own = aligned(bytes, width)
  let offsets: Int32Array
  if (width === 4) offsets = new Int32Array(own.buffer, own.byteOffset, length + 1)
  else {
    if (size > 0x7fffffff) throw new ArrowFault(`has more than 2 GiB in one batch of the column "${name}"`)
    const large = new BigInt64Array(own.buffer, own.byteOffset, length + 1)
    offsets = Int32Array.from(large, (offset) => (offset < 0n || offset > 0x7fffffffn ? -1 : Number(offset)))
  }
  let last = 0
  for (let i = 0; i <= length; i++) {
    const offset = offsets[i] as number
    if (offset < last) throw new ArrowFault(`has values that overlap in the column "${name}"`)
    last = offset
  }
  if (last > size) throw new ArrowFault(`has values beyond its end in the column "${name}"`)
  return offsets
}

/** Views of 16 bytes: a length, then up to 12 bytes in place, or a prefix, the number of a buffer and an offset in it. */
export function viewsOf(
  bytes: Uint8Array,
  data: readonly Uint8Array[],
  length: number,
  validity: Uint8Array | undefined,
  name: string,
): { readonly offsets: Int32Array; readonly joined: Uint8Array } {
  if (bytes.length < 16 * length) throw new ArrowFault(`has too few values for the column "${name}"`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const offsets = new Int32Array(length + 1)
  const beyond = () => new ArrowFault(`has values beyond its end in the column "${name}"`)
  let total = 0
  for (let row = 0; row < length; row++) {
    const present = validity === undefined || (((validity[row >> 3] as number) >> (row & 7)) & 1) === 1
    const size = present ? view.getInt32(16 * row, true) : 0
    if (size < 0) throw beyond()
    if (size > 12) {
      const from = view.getInt32(16 * row + 12, true)
      if (from < 0 || from + size > (data[view.getInt32(16 * row + 8, true)]?.length ?? 0)) throw beyond()
    }
    total += size
    if (total > 0x7fffffff) throw new ArrowFault(`has more than 2 GiB in one batch of the column "${name}"`)
    offsets[row + 1] = total
  }
  const joined = new Uint8Array(total)
  for (let row = 0; row < length; row++) {
    const to = offsets[row] as number
    const size = (offsets[row + 1] as number) - to
    if (size === 0) continue
    if (size <= 12) joined.set(bytes.subarray(16 * row + 4, 16 * row + 4 + size), to)
    else {
      const from = view.getInt32(16 * row + 12, true)
      joined.set((data[view.getInt32(16 * row + 8, true)] as Uint8Array).subarray(from, from + size), to)
    }
  }
  return { offsets, joined }
}

export function enoughOf(bytes: Uint8Array, wanted: number, name: string): Uint8Array {
  if (bytes.length < wanted) throw new ArrowFault(`has too few values for the column "${name}"`)
  return bytes
}
