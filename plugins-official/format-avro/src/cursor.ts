/** A place in the bytes of one block. `low` and `high` hold the 64-bit integer that was read last (two's complement, 32 bits each). */
export interface Cursor {
  bytes: Uint8Array
  view: DataView
  at: number
  end: number
  low: number
  high: number
  /** Items without bytes (nulls, empty records) met in this block: they cost the file nothing and the reader something. */
  free: number
  /** Says what is wrong and where. */
  readonly fail: (what: string) => never
}

export function createCursor(fail: (what: string, at: number) => never): Cursor {
  const cursor: Cursor = {
    bytes: new Uint8Array(0),
    view: new DataView(new ArrayBuffer(0)),
    at: 0,
    end: 0,
    low: 0,
    high: 0,
    free: 0,
    fail: (what) => fail(what, cursor.at),
  }
  return cursor
}

export function setBytes(cursor: Cursor, bytes: Uint8Array): void {
  cursor.bytes = bytes
  cursor.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  cursor.at = 0
  cursor.end = bytes.length
  cursor.free = 0
}

/** Zigzag variable-length integer into `low` and `high` (specification, "Binary encoding"). */
export function readLong(c: Cursor): void {
  const { bytes } = c
  let at = c.at
  let byte = bytes[at++] as number
  if (byte < 0x80) {
    c.low = (byte >>> 1) ^ -(byte & 1)
    c.high = c.low >> 31
    c.at = at
    return
  }
  let a = byte & 0x7f
  let b = 0
  let d = 0
  let n = 1
  for (; byte >= 0x80 && n < 10; n++) {
    byte = bytes[at++] as number
    if (n < 4) a |= (byte & 0x7f) << (7 * n)
    else if (n < 8) b |= (byte & 0x7f) << (7 * (n - 4))
    else d |= (byte & 0x7f) << (7 * (n - 8))
  }
  if (at > c.end) c.fail('it ends in the middle of a value')
  if (byte >= 0x80 || d > 0xff) c.fail('an integer is longer than 64 bits')
  c.at = at
  const low = a | (b << 28)
  const high = (b >>> 4) | (d << 24)
  const sign = -(low & 1)
  c.low = ((low >>> 1) | (high << 31)) ^ sign
  c.high = (high >>> 1) ^ sign
}

/** As `readLong`, as the nearest number. */
export function readNumber(c: Cursor): number {
  readLong(c)
  if (c.at > c.end) c.fail('it ends in the middle of a value')
  return c.high * 2 ** 32 + (c.low >>> 0)
}

export function readInt(c: Cursor): number {
  readLong(c)
  if (c.low >> 31 !== c.high) c.fail('an int is larger than 32 bits')
  return c.low
}

/** Length of what follows; it is there in full. */
export function readLength(c: Cursor): number {
  const length = readNumber(c)
  if (length < 0 || length > c.end - c.at) c.fail(`it claims ${length} bytes where ${c.end - c.at} are left`)
  return length
}

/** Moves over `length` bytes and returns where they begin. */
export function pass(c: Cursor, length: number): number {
  const from = c.at
  c.at = from + length
  if (c.at > c.end) c.fail('it ends in the middle of a value')
  return from
}

const mostFree = 1 << 24

/** The number of items in the next piece of an array or map; 0 ends it. Each item takes at least `least` bytes. */
export function readItems(c: Cursor, least: number): number {
  let count = readNumber(c)
  if (count < 0) {
    count = -count
    readLength(c)
  }
  if (count * least > c.end - c.at) c.fail(`it claims ${count} items where ${c.end - c.at} bytes are left`)
  if (least === 0) takeFree(c, count)
  return count
}

export function takeFree(c: Cursor, count: number): void {
  c.free += count
  if (c.free > mostFree) c.fail(`it claims ${c.free} values that take no bytes`)
}
