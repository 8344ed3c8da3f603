import { brotliCompressSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Packing, packingOf, packings, unpack, withPacked } from '../src/compression.ts'
import { pack } from '../src/compression-write.ts'
import { unpackZstd } from '../src/compression-zstd.ts'
import { chunksOf, signal } from './reading.ts'

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(Uint8Array.from(chunk))
  return Buffer.concat(parts)
}
const packed = (text: string | Uint8Array, packing: Packing) => bytesOf(pack(chunksOf(text, 1000), packing))
const unpacked = (bytes: Uint8Array, packing: Packing, size?: number) =>
  bytesOf(unpack(chunksOf(bytes, size), packing, 'a.csv', signal))

const lines = Array.from({ length: 20_000 }, (_, i) => `${i},${(i * 7919) % 1000}\n`).join('')

describe('packed text', () => {
  it('reads back whatever the chunks, also in several members or frames, with zeros behind', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...packings),
        fc.array(fc.string({ maxLength: 300 }), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 40 }),
        fc.nat({ max: 5 }),
        async (packing, texts, size, zeros) => {
          // A brotli stream has no members.
          const members = packing === 'brotli' ? [texts.join('')] : texts
          const all = Buffer.concat([
            ...(await Promise.all(members.map((text) => packed(text, packing)))),
            Buffer.alloc(zeros),
          ])
          expect((await unpacked(all, packing, size)).toString()).toBe(texts.join(''))
        },
      ),
      { numRuns: 200 },
    )
  })

  it.each(packings)('%s that is cut anywhere is truncated, never shorter', async (packing) => {
    const whole = await packed(lines, packing)
    for (const end of [0, 1, 3, 10, whole.length >> 1, whole.length - 9, whole.length - 4, whole.length - 1])
      await expect(unpacked(whole.subarray(0, end), packing, 777)).rejects.toMatchObject({
        code: 'SOURCE_CORRUPT',
        message: `"a.csv" is truncated: its ${packing} data ends early`,
      })
  })

  it('that is damaged in any byte is an error or the same text (gzip and zstd carry checksums)', async () => {
    for (const packing of ['gzip', 'zstd'] as const) {
      const whole = await packed(lines.slice(0, 3000), packing)
      await fc.assert(
        fc.asyncProperty(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
          const bad = Buffer.from(whole)
          bad[at] = (bad[at] as number) ^ flip
          const text = await unpacked(bad, packing).catch((error: { code: string }) => {
            expect(error.code).toBe('SOURCE_CORRUPT')
          })
          if (text !== undefined) expect(text.toString()).toBe(lines.slice(0, 3000))
        }),
        { numRuns: 300 },
      )
    }
  })

  it.each(packings)('%s followed by something else is refused', async (packing) => {
    const whole = await packed('hello', packing)
    for (const tail of ['x', '\0\0x', '\0\0\0\0\0\0\0\0x'])
      for (const size of [1, 5, 1000])
        await expect(unpacked(Buffer.concat([whole, Buffer.from(tail)]), packing, size)).rejects.toMatchObject({
          code: 'SOURCE_CORRUPT',
        })
  })

  it.each(packings)('%s that unpacks to very much is read in chunks', async (packing) => {
    const zeros = async function* () {
      for (let i = 0; i < 96; i++) yield new Uint8Array(1 << 20)
    }
    const bomb = await bytesOf(pack(zeros(), packing))
    expect(bomb.length).toBeLessThan(1 << 20)
    let bytes = 0
    let largest = 0
    for await (const chunk of unpack(chunksOf(bomb), packing, 'bomb', signal)) {
      bytes += chunk.length
      largest = Math.max(largest, chunk.length)
    }
    expect(bytes).toBe(96 << 20)
    expect(largest).toBeLessThanOrEqual(8 << 20)
  })

  it('is known by its first bytes, brotli by its name', async () => {
    expect(packingOf(gzipSync('a'), 'a.csv', 'auto')).toBe('gzip')
    expect(packingOf(await packed('a', 'zstd'), 'a.csv', 'auto')).toBe('zstd')
    expect(packingOf(brotliCompressSync('a'), 'a.csv.br', 'auto')).toBe('brotli')
    expect(packingOf(Buffer.from('id\n'), 'a.csv.gz', 'auto')).toBeUndefined()
    expect(packingOf(gzipSync('a'), 'a.csv', 'none')).toBeUndefined()
    expect(withPacked(['csv'])).toContain('csv.zst')
  })

  it('of zstd may hold skippable frames, and states windows of at most 128 MiB', async () => {
    const skippable = Buffer.concat([Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0), Buffer.from('abc')])
    const frame = await packed('hello', 'zstd')
    for (const size of [1, 100]) {
      const parts = chunksOf(Buffer.concat([skippable, frame, skippable]), size)
      expect((await bytesOf(unpackZstd(parts))).toString()).toBe('hello')
    }
    const huge = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0xf8, 1, 0, 0)
    await expect(unpacked(huge, 'zstd')).rejects.toMatchObject({
      code: 'SOURCE_CORRUPT',
      message: '"a.csv" wants more than 128 MiB of memory to unpack',
    })
  })
})
