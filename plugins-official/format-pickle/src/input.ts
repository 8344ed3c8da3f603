/** The bytes of a pickle, read one after the other; `fail` says what is wrong at the current byte. */
export interface Input {
  readonly at: number
  readonly left: number
  byte(): number
  /** A view, not a copy. */
  bytes(length: number): Uint8Array
  uint16(): number
  int32(): number
  uint32(): number
  /** A length of 64 bits. */
  length(): number
  float64(): number
  utf8(length: number): string
  /** Text up to the next line feed. */
  line(): string
  fail(what: string): never
}

const longestLine = 1 << 20

export function createInput(bytes: Uint8Array, fail: (what: string, at: number) => never): Input {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let at = 0

  function pass(length: number): number {
    if (length > bytes.length - at) fail(`claims ${length} bytes where ${bytes.length - at} are left`, at)
    at += length
    return at - length
  }

  const input: Input = {
    get at() {
      return at
    },
    get left() {
      return bytes.length - at
    },
    byte: () => bytes[pass(1)] as number,
    bytes(length) {
      const from = pass(length)
      return bytes.subarray(from, from + length)
    },
    uint16: () => view.getUint16(pass(2), true),
    int32: () => view.getInt32(pass(4), true),
    uint32: () => view.getUint32(pass(4), true),
    length() {
      const value = view.getBigUint64(pass(8), true)
      return value > 0xffffffffffffn
        ? input.fail(`claims ${value} bytes where ${bytes.length - at} are left`)
        : Number(value)
    },
    float64: () => view.getFloat64(pass(8)),
    utf8(length) {
      const from = pass(length)
      // Short text without anything special is most of it.
      if (length < 24) {
        let text = ''
        let i = from
        for (; i < from + length && (bytes[i] as number) < 0x80; i++) text += String.fromCharCode(bytes[i] as number)
        if (i === from + length) return text
      }
      try {
        return decoder.decode(bytes.subarray(from, from + length))
      } catch {
        return input.fail('holds text that is not UTF-8')
      }
    },
    line() {
      const end = bytes.subarray(at, at + longestLine).indexOf(10)
      if (end < 0) input.fail('ends in the middle of a line')
      const from = pass(end + 1)
      return Buffer.from(bytes.buffer, bytes.byteOffset + from, end).toString('latin1')
    },
    fail: (what) => fail(what, at),
  }
  return input
}
