/** Whether no byte of [start, end) is above 0x7f. Four bytes at a time, where words begin at whole addresses. */
export function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start
  for (; at < end && ((bytes.byteOffset + at) & 3) !== 0; at++) if ((bytes[at] as number) > 0x7f) return false
  const count = (end - at) >> 2
  if (count > 0) {
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, count)
    let all = 0
    for (let i = 0; i < count; i++) all |= words[i] as number
    if ((all & 0x80808080) !== 0) return false
  }
  for (at += Math.max(0, count) << 2; at < end; at++) if ((bytes[at] as number) > 0x7f) return false
  return true
}
