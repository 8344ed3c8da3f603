import { TidegateError } from 'tidegate'
import { jsonBytes, jsonOf } from './whole-measure.ts'

/** What a part says of its keys: their kinds, then `sets` times four words a row. */
export interface KeyPartial {
  readonly kinds: readonly (readonly string[])[]
  /** One array for each set of keys. */
  readonly words: readonly Int32Array[]
}

export function packKeys(
  kinds: readonly (readonly string[])[],
  pieces: readonly (readonly Int32Array[])[],
): Uint8Array {
  const head = jsonBytes(kinds)
  const start = 4 * Math.ceil((4 + head.length) / 4)
  const size = pieces.flat().reduce((sum, piece) => sum + piece.byteLength, start)
  const bytes = new Uint8Array(size)
  new DataView(bytes.buffer).setUint32(0, head.length, true)
  bytes.set(head, 4)
  let at = start
  for (const piece of pieces.flat()) {
    bytes.set(new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength), at)
    at += piece.byteLength
  }
  return bytes
}

/** Throws `WORKSPACE_CORRUPT` where the bytes are not those of so many rows. */
export function unpackKeys(bytes: Uint8Array, rows: number, asker: string): KeyPartial {
  const corrupt = () =>
    new TidegateError(
      'WORKSPACE_CORRUPT',
      `${asker}: the keys of a part have ${bytes.length} bytes, which do not fit ${rows} rows.`,
      {
        hint: 'Run with --full to compute the records again.',
        data: { check: asker },
      },
    )
  if (bytes.length < 4) throw corrupt()
  const own = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)
  const length = new DataView(own.buffer, own.byteOffset).getUint32(0, true)
  const start = 4 * Math.ceil((4 + length) / 4)
  if (start > own.length) throw corrupt()
  const kinds = jsonOf(own.subarray(4, 4 + length)) as KeyPartial['kinds']
  if (own.length !== start + 16 * rows * kinds.length) throw corrupt()
  const words = kinds.map((_, set) => new Int32Array(own.buffer, own.byteOffset + start + 16 * rows * set, 4 * rows))
  return { kinds, words }
}
