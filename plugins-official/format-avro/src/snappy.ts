/**
 * Unpacks one raw Snappy block (format description of the Snappy project, "format_description.txt"); undefined where it is damaged or says that it
 * holds more than `most` bytes.
 */
export function unpackSnappy(packed: Uint8Array, most: number): Uint8Array | undefined {
  let at = 0
  let size = 0
  let shift = 1
  for (let byte = 0x80; byte >= 0x80; shift *= 128) {
    if (at >= packed.length || at === 5) return undefined
    byte = packed[at++] as number
    size += (byte & 0x7f) * shift
  }
  // The densest element, a copy of 64 bytes, takes three.
  if (size > most || size > packed.length * 22 + 64) return undefined
  const out = new Uint8Array(size)
  let to = 0
  while (at < packed.length) {
    const tag = packed[at++] as number
    const kind = tag & 3
    let length = (tag >> 2) + 1
    if (kind === 0) {
      const extra = length - 60
      if (extra > 0) {
        length = 1
        for (let i = 0; i < extra; i++) length += (packed[at++] as number) * 256 ** i
      }
      if (!(length <= packed.length - at && length <= size - to)) return undefined
      out.set(packed.subarray(at, at + length), to)
      at += length
      to += length
      continue
    }
    let distance: number
    if (kind === 1) {
      length = ((tag >> 2) & 7) + 4
      distance = ((tag >> 5) << 8) | (packed[at++] as number)
    } else {
      const bytes = kind === 2 ? 2 : 4
      distance = 0
      for (let i = 0; i < bytes; i++) distance += (packed[at++] as number) * 256 ** i
    }
    if (!(distance > 0 && distance <= to && length <= size - to && at <= packed.length)) return undefined
    for (let end = to + length; to < end; to++) out[to] = out[to - distance] as number
  }
  return to === size ? out : undefined
}
