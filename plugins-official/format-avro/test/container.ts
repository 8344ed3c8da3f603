/** Zigzag and variable length, as far as 2^53. */
export function varint(value: number | bigint): Buffer {
  let zigzag = BigInt(value) < 0n ? -2n * BigInt(value) - 1n : 2n * BigInt(value)
  const bytes: number[] = []
  for (; zigzag > 127n; zigzag >>= 7n) bytes.push(Number(zigzag & 0x7fn) | 0x80)
  bytes.push(Number(zigzag))
  return Buffer.from(bytes)
}

export const blob = (data: string | Uint8Array) => Buffer.concat([varint(Buffer.from(data).length), Buffer.from(data)])

export interface BlockOf {
  readonly rows: number | bigint
  readonly data: Uint8Array
  /** What the block claims, where that is not the truth. */
  readonly size?: number | bigint
  readonly sync?: Uint8Array
}

const mark = Buffer.alloc(16, 7)

/** A container file, byte by byte. */
export function container(schema: string, blocks: readonly BlockOf[], codec = 'null'): Buffer {
  const head = [Buffer.from('Obj\x01'), varint(2), blob('avro.schema'), blob(schema), blob('avro.codec'), blob(codec)]
  const body = blocks.flatMap(({ rows, data, size = data.length, sync = mark }) => [
    varint(rows),
    varint(size),
    Buffer.from(data),
    Buffer.from(sync),
  ])
  return Buffer.concat([...head, varint(0), mark, ...body])
}
