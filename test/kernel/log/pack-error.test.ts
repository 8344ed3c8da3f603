import { isTidegateError, packError, TidegateError, unpackError } from 'tidegate'
import { describe, expect, test } from 'vitest'

const through = (error: unknown, redact?: (text: string) => string) =>
  unpackError(JSON.parse(JSON.stringify(packError(error, redact))) as never)

describe('an error that goes to another thread', () => {
  test('keeps brand, code, message, hint, data and causes', () => {
    const cause = Object.assign(new RangeError('native'), { code: 'E_RANGE' })
    const error = new TidegateError('SOURCE_CORRUPT', 'a.csv is damaged', {
      hint: 'Mend it.',
      data: { node: 'orders', row: 3 },
      cause,
    })
    const there = through(error) as TidegateError
    expect(isTidegateError(there)).toBe(true)
    expect([there.code, there.message, there.hint, there.data]).toEqual([
      'SOURCE_CORRUPT',
      'a.csv is damaged',
      'Mend it.',
      { node: 'orders', row: 3 },
    ])
    expect(there.stack).toBe(error.stack)
    expect(there.cause).toMatchObject({ name: 'RangeError', message: 'native', code: 'E_RANGE' })
  })

  test('keeps what was thrown together', () => {
    const there = through(new AggregateError([new Error('a'), new TidegateError('USAGE', 'b')], 'both'))
    expect((there as AggregateError).errors.map((one: Error) => one.message)).toEqual(['a', 'b'])
    expect(isTidegateError((there as AggregateError).errors[1])).toBe(true)
  })

  test('leaves secrets behind, also in its cause and data', () => {
    const redact = (text: string) => text.replaceAll('hunter2', '[secret PASSWORD]')
    const error = new TidegateError('SOURCE_UNREADABLE', 'no hunter2', {
      data: { url: 'x:hunter2@y' },
      cause: new Error('hunter2'),
    })
    expect(JSON.stringify(packError(error, redact))).not.toContain('hunter2')
  })

  test('is told also where it is no error, or has no end', () => {
    expect(through('just text').message).toBe('just text')
    const round = new Error('round')
    round.cause = round
    expect(through(round).message).toBe('round')
    const data: Record<string, unknown> = { n: 1n }
    expect((through(new TidegateError('USAGE', 'odd', { data })) as TidegateError).data).toEqual({ n: '1' })
  })
})
