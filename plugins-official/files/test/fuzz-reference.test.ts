import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { type Field, types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { csvText, jsonText } from './reading.ts'

/** The plainest reader of CSV there can be: one character after another, everything in memory. Undefined for a record that is malformed. */
function referenceCsv(bytes: Uint8Array, width: number): (readonly string[] | undefined)[] {
  const text = Buffer.from(bytes)
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
  const records: (readonly string[] | undefined)[] = []
  let p = 0
  const atEnd = () => p >= text.length || text[p] === '\n' || text[p] === '\r'
  const newline = () => {
    p += text.startsWith('\r\n', p) ? 2 : 1
  }
  while (p < text.length) {
    if (atEnd() && width > 1) {
      newline()
      continue
    }
    const start = p
    const cells: string[] = []
    let broken = false
    for (;;) {
      let cell = ''
      if (text[p] === '"') {
        p++
        while (p < text.length && !(text[p] === '"' && text[p + 1] !== '"')) {
          if (text[p] === '"') p++
          cell += text[p++]
        }
        broken ||= p >= text.length
        p++
        while (!atEnd() && text[p] !== ',') {
          broken = true
          p++
        }
      } else while (!atEnd() && text[p] !== ',') cell += text[p++]
      cells.push(Buffer.from(cell, 'latin1').toString())
      if (text[p] !== ',') break
      p++
    }
    const raw = Buffer.from(text.slice(start, p), 'latin1')
    records.push(broken || cells.length !== width || !isUtf8(raw) ? undefined : cells)
    newline()
  }
  return records
}

const split = fc.record({
  chunk: fc.integer({ min: 1, max: 50 }),
  window: fc.integer({ min: 1, max: 50 }),
  batchRows: fc.integer({ min: 1, max: 5 }),
})
const csvBytes = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...['a', 'b7', ',', ',', '\n', '\n', '\r\n', '\r', '"', '""', '"x,"', 'é', '\0', ' ', '😀'].map((text) =>
          Buffer.from(text),
        ),
      ),
      fc.uint8Array({ minLength: 1, maxLength: 2 }),
    ),
    { maxLength: 60 },
  )
  .map((parts) => Buffer.concat(parts))
  .filter((bytes) => !(bytes[0] === 0xff && bytes[1] === 0xfe) && !(bytes[0] === 0xfe && bytes[1] === 0xff))

describe('any bytes', () => {
  it('read as CSV give the records of the plainest reader, good or set aside, however they are split', async () => {
    await fc.assert(
      fc.asyncProperty(csvBytes, fc.integer({ min: 1, max: 3 }), split, async (bytes, width, how) => {
        const names = ['a', 'b', 'c'].slice(0, width)
        const fields = names.map((name): Field => ({ name, type: types.string, nullable: false }))
        const expected = referenceCsv(bytes, width)
        const { rows, rejected } = await csvText(bytes, { fields }, { header: names, ...how })
        expect(rows).toEqual(expected.filter((record) => record !== undefined))
        expect(rejected.map(({ row }) => row)).toEqual(
          expected.flatMap((record, i) => (record === undefined ? [i] : [])),
        )
      }),
      { numRuns: 1500 },
    )
  })

  it('read as lines of JSON give what JSON.parse gives for each line, however they are split', async () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom({ a: 1 }, { a: 'x' }, { a: null, b: 2 }, { b: 'é\ud83d' }),
    )
    const line = fc.oneof(
      value.map((json) => Buffer.from(JSON.stringify(json))),
      fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 10))),
      fc.constantFrom(
        ...[
          '{"a":1,}',
          '{"a":1}{}',
          '{"a":01}',
          ' ',
          '\t\r',
          '{"a":"\\u00e9"}',
          '{"a":"\\ud800"}',
          '{"a":1} x',
          '{',
          '{"__proto__":1,"a":"y"}',
        ].map((text) => Buffer.from(text)),
      ),
    )
    const columns = { fields: ['a', 'b'].map((name): Field => ({ name, type: types.string, nullable: true })) }
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    const expectedOf = (bytes: Uint8Array): (readonly unknown[] | undefined)[] => {
      const lines: Buffer[] = []
      let text = Buffer.from(bytes)
      if (text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf) text = text.subarray(3)
      for (let p = 0; p < text.length; ) {
        const next = text.indexOf(10, p)
        lines.push(text.subarray(p, next < 0 ? text.length : next))
        p = next < 0 ? text.length : next + 1
      }
      return lines
        .filter((own) => !/^[ \t\r]*$/.test(own.toString('latin1')))
        .map((own) => {
          try {
            const parsed: unknown = JSON.parse(strict.decode(own))
            if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined
            const cells = ['a', 'b'].map((key) => new Map(Object.entries(parsed)).get(key) ?? null)
            const good = cells.every((cell) => cell === null || (typeof cell === 'string' && cell.isWellFormed()))
            return good ? cells : undefined
          } catch {
            return undefined
          }
        })
    }
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), split, async (lines, how) => {
        const bytes = Buffer.concat(lines.flatMap((own) => [own, Buffer.from('\n')]))
        if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) return
        const expected = expectedOf(bytes)
        const { rows, rejected } = await jsonText(bytes, columns, how)
        expect(rows).toEqual(expected.filter((record) => record !== undefined))
        expect(rejected.map(({ row }) => row)).toEqual(
          expected.flatMap((record, i) => (record === undefined ? [i] : [])),
        )
      }),
      { numRuns: 1000 },
    )
  })

  it('read as a JSON array give the elements that JSON.parse gives, where it takes them', async () => {
    const columns = { fields: [{ name: 'a', type: types.float64, nullable: true }] }
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            a: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: null }),
            b: fc.jsonValue(),
          }),
        ),
        fc.nat(3),
        split,
        async (elements, indent, how) => {
          const { rows, rejected } = await jsonText(JSON.stringify(elements, null, indent), columns, { at: [], ...how })
          expect(rejected).toEqual([])
          expect(rows).toEqual((JSON.parse(JSON.stringify(elements)) as typeof elements).map(({ a }) => [a]))
        },
      ),
      { numRuns: 300 },
    )
  })
})
