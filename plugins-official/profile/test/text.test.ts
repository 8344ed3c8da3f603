import fc from 'fast-check'
import { types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { profile } from '../src/index.ts'
import { batchOf, dice, encodings } from './rows.ts'

const text = fc.option(fc.oneof(fc.constantFrom('', 'a', 'ß', '😀', '\u0000', 'A-1'), fc.string({ unit: 'grapheme' })))
const byPoint = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

async function column(values: readonly (string | null)[]) {
  return (await profile(batchOf({ text: [types.string, values] }))).columns[0]
}

describe('a column of text', () => {
  it('is that of a naive reference, the same in every encoding', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 40 }), async (values) => {
        const [first, ...others] = await Promise.all(encodings(values).map((batch) => profile(batch)))
        for (const other of others) expect(other).toEqual(first)
        const found = first?.columns[0]
        const present = values.filter((value) => value !== null)
        const times = new Map<string, number>()
        for (const value of present) times.set(value, (times.get(value) ?? 0) + 1)
        expect(found).toMatchObject({ count: present.length, distinct: { count: times.size, method: 'exact' } })
        if (present.length === 0) return
        const sorted = present.toSorted(byPoint)
        const lengths = present.map((value) => [...value].length)
        expect([found?.min, found?.max]).toEqual([sorted[0], sorted.at(-1)])
        expect(found?.text).toMatchObject({
          empty: present.filter((value) => value === '').length,
          length: { min: Math.min(...lengths), max: Math.max(...lengths) },
        })
        expect(found?.text?.length.mean).toBeCloseTo(lengths.reduce((a, b) => a + b, 0) / lengths.length, 9)
        for (const { value, count } of found?.top?.values ?? []) expect(times.get(String(value))).toBe(count)
        expect(found?.top?.values[0]?.count).toBe(Math.max(...times.values()))
      }),
    )
  })

  it('is the same in every encoding beyond what is counted exactly', async () => {
    const random = dice(5)
    const values = Array.from({ length: 12_000 }, () => `k${Math.floor(random() ** 3 * 9000)}`)
    const [first, ...others] = await Promise.all(encodings(values).map((batch) => profile(batch)))
    for (const other of others) expect(other).toEqual(first)
    expect(first?.columns[0]?.distinct.method).toBe('HyperLogLog')
    const different = new Set(values).size
    expect(Math.abs((first?.columns[0]?.distinct.count ?? 0) - different)).toBeLessThanOrEqual(0.0325 * different)
  })

  it('cuts very long texts and still tells them apart', async () => {
    const found = await column(['x'.repeat(1_000_000), `${'x'.repeat(999_999)}y`, '😀'.repeat(5000)])
    expect(found?.distinct.count).toBe(3)
    expect(found?.text?.length).toMatchObject({ min: 5000, max: 1_000_000 })
    for (const { value } of found?.top?.values ?? []) {
      expect(String(value).length).toBeLessThanOrEqual(201)
      expect(String(value).isWellFormed()).toBe(true)
    }
  })

  it.each([
    ['email', ['a@b.de', 'c.d@e.fr', 'x+y@z.co.uk']],
    ['uuid', ['123e4567-e89b-12d3-a456-426614174000', '00000000-0000-0000-0000-00000000000A']],
    ['url', ['https://a.b/c?d', 'http://x']],
    ['ip', ['192.168.0.1', '::1', '255.255.255.255']],
    ['date', ['2024-01-31', '31.12.1999']],
    ['timestamp', ['2024-01-31T10:00:00Z', '2024-01-31 10:00']],
    ['currency amount', ['$1,234.50', '12 €']],
    ['currency code (ISO 4217)', ['EUR', 'USD']],
    ['country code (ISO 3166)', ['DE', 'FR', 'JP']],
    ['boolean-like', ['yes', 'No']],
    ['code', ['AB-123', 'CD-456']],
    ['words', ['Oslo', 'New York']],
    ['free text', ['it was a dark night', 'and the wind blew cold']],
  ])('is taken for %s', async (name, values) => {
    expect((await column(values))?.meaning).toMatchObject({ name, share: 1, basis: 'all rows' })
  })

  it('has its shapes', async () => {
    expect((await column(['AB-12', 'CD-34', 'x', null]))?.text?.patterns).toEqual([
      { pattern: 'AA-99', share: 2 / 3 },
      { pattern: 'a', share: 1 / 3 },
    ])
    const many = Array.from({ length: 12 }, (_, i) => `${'a'.repeat(i + 1)}${i}`)
    expect((await column(many))?.text?.patterns).toEqual([{ pattern: 'a+9+', share: 1 }])
  })

  it('shows nothing of binary cells but their sizes', async () => {
    const { columns } = await profile(
      batchOf({ b: [types.binary, [new Uint8Array([255, 0]), new Uint8Array(0), null]] }),
    )
    expect(columns[0]).toMatchObject({ distinct: { count: 2 }, text: { empty: 1, length: { max: 2 }, patterns: [] } })
    expect(columns[0]).not.toHaveProperty('min')
  })
})
