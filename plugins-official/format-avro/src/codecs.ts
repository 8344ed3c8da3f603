import { crc32, inflateRawSync } from 'node:zlib'
import { TidegateError } from 'tidegate'
import { unpackSnappy } from './snappy.ts'
import { unpackZstdBlock } from './zstd.ts'

/** The bytes of one block, unpacked to at most `most` bytes, or what is wrong with them. */
export type Unpack = (packed: Uint8Array, most: number) => Promise<Uint8Array | string>

/** `codec` of the header. @throws `TYPE_UNSUPPORTED` for one that is not read. */
export function unpackOf(codec: string, shown: string): Unpack {
  const unpack = known.get(codec)
  if (unpack !== undefined) return unpack
  throw new TidegateError('TYPE_UNSUPPORTED', `"${shown}" is packed with the codec "${codec}", which is not read`, {
    hint: 'Write it with null, deflate, snappy or zstandard.',
    data: { path: shown, codec },
  })
}

const tooLarge = (most: number) => `it unpacks to more than ${most} bytes (maxBlockBytes)`

const known: ReadonlyMap<string, Unpack> = new Map<string, Unpack>([
  ['null', async (packed, most) => (packed.length > most ? tooLarge(most) : packed)],
  [
    'deflate',
    async (packed, most) => {
      try {
        return inflateRawSync(packed, { maxOutputLength: most })
      } catch (cause) {
        return (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
          ? tooLarge(most)
          : 'its deflate data does not unpack'
      }
    },
  ],
  [
    'snappy',
    async (packed, most) => {
      const bytes = packed.length < 5 ? undefined : unpackSnappy(packed.subarray(0, -4), most)
      if (bytes === undefined) return `its snappy data does not unpack, or not to at most ${most} bytes (maxBlockBytes)`
      const sum = new DataView(packed.buffer, packed.byteOffset + packed.length - 4, 4).getUint32(0)
      return crc32(bytes) === sum ? bytes : 'its checksum does not match'
    },
  ],
  [
    'zstandard',
    async (packed, most) => {
      const bytes = await unpackZstdBlock(packed, most)
      return bytes === 'large' ? tooLarge(most) : (bytes ?? 'its zstd data does not unpack')
    },
  ],
])
