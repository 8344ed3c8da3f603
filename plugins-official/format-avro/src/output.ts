/** A growing run of encoded bytes. */
export interface Output {
  bytes: Uint8Array
  view: DataView
  at: number
}

export function createOutput(): Output {
  const bytes = new Uint8Array(1 << 16)
  return { bytes, view: new DataView(bytes.buffer), at: 0 }
}

/** Makes room for `size` more bytes. */
export function ensure(out: Output, size: number): void {
  if (out.at + size <= out.bytes.length) return
  const larger = new Uint8Array(Math.max(out.bytes.length * 2, out.at + size))
  larger.set(out.bytes.subarray(0, out.at))
  out.bytes = larger
  out.view = new DataView(larger.buffer)
}

/** A signed 32-bit integer, zigzag and of variable length. */
export function writeInt(out: Output, value: number): void {
  ensure(out, 5)
  const { bytes } = out
  let at = out.at
  let zigzag = ((value << 1) ^ (value >> 31)) >>> 0
  while (zigzag > 127) {
    bytes[at++] = (zigzag & 0x7f) | 0x80
    zigzag >>>= 7
  }
  bytes[at++] = zigzag
  out.at = at
}

/** 64 bits, given as two words. */
export function writeLong(out: Output, low: number, high: number): void {
  ensure(out, 10)
  const { bytes } = out
  let at = out.at
  const sign = high >> 31
  let a = ((low << 1) ^ sign) >>> 0
  let b = (((high << 1) | (low >>> 31)) ^ sign) >>> 0
  while (b !== 0 || a > 127) {
    bytes[at++] = (a & 0x7f) | 0x80
    a = ((a >>> 7) | (b << 25)) >>> 0
    b >>>= 7
  }
  bytes[at++] = a
  out.at = at
}

/** An integer of at most 2^53. */
export function writeNumber(out: Output, value: number): void {
  const high = Math.floor(value / 2 ** 32)
  writeLong(out, (value - high * 2 ** 32) | 0, high | 0)
}

export function writeBytes(out: Output, from: Uint8Array, start: number, end: number): void {
  const size = end - start
  writeInt(out, size)
  ensure(out, size)
  const { bytes } = out
  if (size > 48) bytes.set(from.subarray(start, end), out.at)
  else for (let i = 0; i < size; i++) bytes[out.at + i] = from[start + i] as number
  out.at += size
}

/** The shortest big-endian two's complement, as `bytes`. */
export function writeUnscaled(out: Output, value: bigint): void {
  let size = 1
  while (BigInt.asIntN(size * 8, value) !== value) size++
  writeInt(out, size)
  ensure(out, size)
  for (let i = size - 1; i >= 0; i--) out.bytes[out.at++] = Number((value >> BigInt(8 * i)) & 0xffn)
}
