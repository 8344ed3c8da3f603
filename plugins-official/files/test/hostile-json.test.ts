import { types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { type Content, jsonText, schema } from './reading.ts'

const one = schema({ 'a?': types.float64 })
const splits = [{ chunk: 1, window: 1 }, { chunk: 7, window: 3 }, {}]

async function read(text: string | Uint8Array, options: { readonly at?: readonly string[] } = {}, columns = one) {
  const [first, ...others] = await Promise.all(splits.map((split) => jsonText(text, columns, { ...options, ...split })))
  for (const other of others) {
    expect(other.rows).toEqual(first!.rows)
    expect(other.rejected).toEqual(first!.rejected)
  }
  return first!
}

const told = ({ rejected }: Content) => rejected.map(({ line, byte, reason }) => [line, byte, reason])

describe('hostile JSON: each has a rule', () => {
  it.each([
    ['NaN', '{"a":NaN}', 'is not JSON: no JSON value at byte 5 of the record'],
    ['Infinity', '{"a":-Infinity}', 'is not JSON: no JSON value at byte 5 of the record'],
    ['a trailing comma', '{"a":1,}', 'is not JSON: a key in quotes is missing at byte 7 of the record'],
    ['single quotes', "{'a':1}", 'is not JSON: a key in quotes is missing at byte 1 of the record'],
    ['a comment', '{"a":1} // x', 'is not JSON: text follows the object at byte 8 of the record'],
    ['concatenated values', '{"a":1}{"a":2}', 'is not JSON: text follows the object at byte 7 of the record'],
    ['a number with leading zeros', '{"a":01}', 'is not JSON: a number with leading zeros at byte 5 of the record'],
    ['a number beyond all floats', '{"a":1e999}', 'a: "1e999" does not fit float64'],
    ['a list in place of an object', '[1]', 'is not an object'],
    ['an object that is cut off', '{"a":1', 'is not JSON: "," or "}" is missing at byte 7 of the record'],
  ])('%s sets its line aside', async (_, line, reason) => {
    const content = await read(`{"a":0}\n${line}\n{"a":3}\n`)
    expect(content.rows).toEqual([[0], [3]])
    expect(told(content)).toEqual([[2, expect.any(Number), reason]])
    expect(content.rejected[0]!.raw).toBe(line)
  })

  it('of equal keys the last counts', async () => {
    expect((await read('{"a":1,"a":2}\n')).rows).toEqual([[2]])
  })

  it('a huge number keeps its digits where the column is decimal', async () => {
    const text = '{"a":12345678901234567890.12}\n'
    const { batches } = await read(text, {}, schema({ a: types.decimal(38, 2) }))
    const column = batches[0]!.columns[0] as unknown as { unscaled(row: number): bigint }
    expect(column.unscaled(0)).toBe(1234567890123456789012n)
  })

  it('a byte order mark is skipped, in lines and in front of an array', async () => {
    expect((await read('\ufeff{"a":1}\n')).rows).toEqual([[1]])
    expect((await read('\ufeff[{"a":1}]', { at: [] })).rows).toEqual([[1]])
  })

  it('values nested a hundred thousand deep set their record aside, without overflowing the stack', async () => {
    const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    const content = await jsonText(`${deep}\n{"a":1}\n`, one, { chunk: 4096 })
    expect(content.rows).toEqual([[1]])
    expect(content.rejected[0]!.reason).toContain('values nested deeper than 500')
    const open = await jsonText(`[${'{"a":['.repeat(50_000)}`, one, { at: [] })
    expect(open.rejected.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('the file ends inside this element'),
    ])
  })

  it('an array that is cut off keeps its whole elements and tells of the rest', async () => {
    const content = await read('[{"a":1},{"a":2},{"a"', { at: [] })
    expect(content.rows).toEqual([[1], [2]])
    expect(told(content)).toEqual([[1, 17, 'the file ends inside this element']])
    expect(told(await read('[{"a":1},{"a":2}', { at: [] }))).toEqual([
      [1, 16, 'the file ends before its array is closed'],
    ])
  })

  it('commas too many, missing commas and text behind an array are records of their own', async () => {
    expect(told(await read('[{"a":1},,{"a":2},]', { at: [] })).map(([, , reason]) => reason)).toEqual([
      'an element is missing between commas',
      'an element is missing between commas',
    ])
    const missing = await read('[{"a":1}{"a":2},{"a":3}]', { at: [] })
    expect(missing.rows).toEqual([[3]])
    expect(missing.rejected.length).toBe(1)
    expect(told(await read('[{"a":1}] x', { at: [] })).map(([, , reason]) => reason)).toEqual([
      'text follows the end of the array',
    ])
  })

  it('an array at a nested path is found behind values of any kind; what is not there is an error that names it', async () => {
    const text = '{"x":{"items":[9]},"n":[1,{"items":2}],"data":{"s":"}]","items":[{"a":1}]},"z":1}'
    expect((await read(text, { at: ['data', 'items'] })).rows).toEqual([[1]])
    await expect(jsonText(text, one, { at: ['data', 'rows'] })).rejects.toMatchObject({ code: 'SOURCE_CORRUPT' })
    for (const broken of ['', '{', '{"data"', '{"data":{"items":', 'null', '"x"', '{"data":NaN}'])
      await expect(jsonText(broken, one, { at: ['data', 'items'] })).rejects.toMatchObject({ code: 'SOURCE_CORRUPT' })
  })

  it('a line of 20 MB is set aside in bounded memory', async () => {
    const { rows, rejected } = await jsonText(`{"a":"${'x'.repeat(20 << 20)}"}\n{"a":1}\n`, one, {
      maxRecordBytes: 1 << 20,
      chunk: 1 << 19,
    })
    expect(rows).toEqual([[1]])
    expect(rejected).toMatchObject([{ row: 0, line: 1 }])
    expect(rejected[0]!.raw.length).toBe(65_536)
  })
})
