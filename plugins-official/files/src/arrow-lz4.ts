import { ArrowFault } from './arrow-flat.ts'

/**
 * The content of LZ4 frames (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md, https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md),
 * which must be `length` bytes. Checksums are passed over: the length and every reference are checked.
 * @throws `ArrowFault`
 */
export function unpackLz4(bytes: Uint8Array, length: number): Uint8Array {
  // No LZ4 data unpacks to more than 255 times its size.
  if (length > bytes.length * 255) throw damaged()
  const out = new Uint8Array(length)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  let to = 0
  while (at < bytes.length) {
    if (view.getUint32(at, true) !== 0x184d2204) throw damaged()
    const flags = view.getUint8(at + 4)
    if (flags >> 6 !== 1) throw damaged()
    const start = to
    at += 7 + ((flags & 8) !== 0 ? 8 : 0) + ((flags & 1) !== 0 ? 4 : 0)
    for (;;) {
      const word = view.getUint32(at, true)
      at += 4
      if (word === 0) break
      const size = word & 0x7fffffff
      if (at + size > bytes.length) throw damaged()
      const block = bytes.subarray(at, at + size)
      if (word >>> 31 === 1) {
        if (to + size > length) throw damaged()
        out.set(block, to)
        to += size
      } else to = unpackBlock(block, out, to, start)
      at += size + ((flags & 16) !== 0 ? 4 : 0)
    }
    if ((flags & 4) !== 0) at += 4
  }
  if (to !== length || at !== bytes.length) throw damaged()
  return out
}

/** Returns where the unpacked bytes end. */
function unpackBlock(block: Uint8Array, out: Uint8Array, start: number, first: number): number {
  const end = block.length
  let at = 0
  let to = start
  const more = (base: number): number => {
    let length = base
    if (base !== 15) return length
    let byte: number
    do {
      if (at >= end) throw damaged()
      byte = block[at++] as number
      length += byte
    } while (byte === 255)
    return length
  }
  while (at < end) {
    const token = block[at++] as number
    const literals = more(token >> 4)
    if (at + literals > end || to + literals > out.length) throw damaged()
    out.set(block.subarray(at, at + literals), to)
    at += literals
    to += literals
    if (at === end) return to
    if (at + 2 > end) throw damaged()
    const distance = (block[at] as number) | ((block[at + 1] as number) << 8)
    at += 2
    const match = more(token & 15) + 4
    if (distance === 0 || to - distance < first || to + match > out.length) throw damaged()
    if (distance >= match) out.copyWithin(to, to - distance, to - distance + match)
    else for (let i = 0; i < match; i++) out[to + i] = out[to + i - distance] as number
    to += match
  }
  return to
}

function damaged(): ArrowFault {
  return new ArrowFault('is damaged: a packed buffer does not unpack')
}
