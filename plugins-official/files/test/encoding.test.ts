import fc from 'fast-check'
import { types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { readCsv } from '../src/csv-read.ts'
import { encodings, type SourceEncoding, toUtf8 } from '../src/encoding.ts'
import { beyond, byteOrderMark, encodeText } from '../src/encoding-write.ts'
import { chunksOf, collect, schema } from './reading.ts'

async function utf8Of(bytes: Uint8Array, encoding: SourceEncoding, size?: number): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const chunk of toUtf8(chunksOf(bytes, size), encoding, 'a.txt')) parts.push(Uint8Array.from(chunk))
  return Buffer.concat(parts)
}

const columns = schema({ id: types.int32, city: types.string })
async function csv(bytes: Uint8Array, encoding: SourceEncoding, size?: number) {
  const reading = {
    dialect: { delimiter: 44, quote: 34, escape: 34, comment: -1, trim: false, emptyIsNull: true, spellings: [] },
    header: true as const,
    decimal: '.' as const,
    dateFormat: undefined,
    maxRecordBytes: 1 << 20,
    bytePositions: true,
    windowBytes: 16,
  }
  const text = toUtf8(chunksOf(bytes, size), encoding, 'a.csv')
  return collect(readCsv(text, 'a.csv', reading as never, { schema: columns, batchRows: 3 } as never))
}

describe('text of any encoding', () => {
  it('reads back as it was written, wherever the chunks end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...encodings),
        fc.string({
          unit: fc.constantFrom('a', ',', '\n', 'é', '€', '\u0081', 'ÿ', '漢', '😀', '\ufeff', '\0'),
          minLength: 1,
        }),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        async (encoding, text, size, bom) => {
          fc.pre(beyond(text, encoding) === undefined)
          // Only a mark makes the others known; NUL behind a mark of UTF-16 would be one of UTF-32.
          const auto = bom && encoding.startsWith('utf') && !text.startsWith('\0')
          const bytes = Buffer.concat([bom ? byteOrderMark(encoding) : Buffer.of(), encodeText(text, encoding)])
          fc.pre(bom || !/^[\ufeff\ufffe]/.test(text))
          const mark = bom && encoding.startsWith('utf') ? '\ufeff' : ''
          expect((await utf8Of(bytes, auto ? 'auto' : encoding, size)).toString()).toBe(mark + text)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('is windows-1252 as the WHATWG standard says, for all 256 bytes', async () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i)
    const special = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'
    const latin1 = Buffer.from(all).toString('latin1')
    const text = latin1.slice(0, 0x80) + special + latin1.slice(0xa0)
    expect((await utf8Of(all, 'windows1252')).toString()).toBe(text)
    expect([...encodeText(text, 'windows1252')]).toEqual([...all])
  })

  it('begins with the mark it states, or is refused', async () => {
    await expect(utf8Of(Buffer.from('\ufeffa', 'utf16le'), 'utf16be')).rejects.toMatchObject({
      code: 'SOURCE_CORRUPT',
      message: '"a.txt" is read as utf16be, but begins with the byte order mark of utf16le',
    })
    await expect(utf8Of(Uint8Array.of(0xff, 0xfe, 0, 0, 65, 0, 0, 0), 'auto')).rejects.toMatchObject({
      code: 'SOURCE_CORRUPT',
      message: '"a.txt" is UTF-32 text, which is not read',
    })
  })

  it('that ends within a UTF-16 unit is truncated', async () => {
    for (const size of [1, 2, 3, 100])
      await expect(utf8Of(Buffer.from('\ufeffab', 'utf16le').subarray(0, 5), 'auto', size)).rejects.toMatchObject({
        code: 'SOURCE_CORRUPT',
        message: '"a.txt" is truncated: its UTF-16 text ends within a character',
      })
  })
})

describe('a record that is set aside', () => {
  it.each(['utf8', 'utf16le', 'utf16be', 'latin1', 'windows1252'] as const)(
    'tells its byte in a file of %s, whatever stands before it',
    async (encoding) => {
      const before = encoding.startsWith('utf') ? 'é€😀漢' : 'éÿ'
      const text = `id,city\n${Array.from({ length: 40 }, (_, i) => `${i},${before}\n`).join('')}x,${before}\n7,ok\ny,\n`
      for (const bom of [true, false])
        for (const size of [1, 7, 1000]) {
          const bytes = Buffer.concat([bom ? byteOrderMark(encoding) : Buffer.of(), encodeText(text, encoding)])
          const { rows, rejected } = await csv(bytes, encoding, size)
          expect(rows).toHaveLength(41)
          const units = byteOrderMark(encoding).length * Number(bom)
          const at = (index: number) => units + encodeText(text.slice(0, index), encoding).length
          expect(rejected.map(({ line, byte }) => [line, byte])).toEqual([
            [42, at(text.indexOf('x,'))],
            [44, at(text.indexOf('y,'))],
          ])
        }
    },
  )

  it('holds half of a surrogate pair; its neighbours are read, and positions stay right', async () => {
    const bytes = encodeText('id,city\n1,Rome\n2,', 'utf16le')
    const half = Uint8Array.of(0x3d, 0xd8)
    const after = encodeText('\n3,😀\nx,a\n', 'utf16le')
    for (const size of [1, 2, 5, 1000]) {
      const { rows, rejected } = await csv(Buffer.concat([bytes, half, after]), 'utf16le', size)
      expect(rows).toEqual([
        [1, 'Rome'],
        [3, '😀'],
      ])
      expect(rejected.map(({ line, byte, reason }) => [line, byte, reason.slice(0, 24)])).toEqual([
        [3, bytes.length, 'is not valid UTF-8'],
        [5, bytes.length + 2 + encodeText('\n3,😀\n', 'utf16le').length, rejected[1]?.reason.slice(0, 24)],
      ])
    }
  })
})
