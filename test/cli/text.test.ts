import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesText, countText, durationText, rateText } from '../../src/cli/text/numbers.ts'
import { createPaint, wantsColor } from '../../src/cli/text/paint.ts'
import { tableLines } from '../../src/cli/text/table.ts'
import { cut, tame, widthOf } from '../../src/cli/text/width.ts'

const plain = createPaint(false)

describe('numbers for people', () => {
  it.each([
    [countText(3_000_000), '3,000,000'],
    [bytesText(812), '812 B'],
    [bytesText(12_345_678), '12.3 MB'],
    [bytesText(999_960), '1.0 MB'],
    [rateText(3_000_000, 2_500), '1.2 M/s'],
    [rateText(95, 1_000), '95/s'],
    [rateText(0, 1_000), ''],
    [durationText(12.4), '12 ms'],
    [durationText(3_740), '3.7 s'],
    [durationText(59_960), '1 min'],
    [durationText(125_000), '2 min 5 s'],
    [durationText(3_780_000), '1 h 3 min'],
  ])('%s', (text, wanted) => expect(text).toBe(wanted))
})

describe('a table', () => {
  const columns = [
    { title: 'node' },
    { title: 'rows', align: 'right' as const },
    { title: 'kind', drop: 1 },
    { title: 'why', least: 6 },
    { title: 'note', optional: true },
  ]
  const rows = [
    ['flights', '3,000,000', 'parquet', 'first run', ''],
    ['daily', '12', 'rollup', 'its code changed: mean', ''],
  ]

  it('aligns its columns and leaves out what is empty', () => {
    expect(tableLines(columns, rows, { width: 100, paint: plain })).toEqual([
      'node          rows  kind     why',
      'flights  3,000,000  parquet  first run',
      'daily           12  rollup   its code changed: mean',
    ])
  })

  it('first loses columns, then cuts the long one', () => {
    expect(tableLines(columns, rows, { width: 33, paint: plain })).toEqual([
      'node          rows  why',
      'flights  3,000,000  first run',
      'daily           12  its code cha…',
    ])
  })

  it('is never wider than the terminal once everything that may go is gone', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ maxLength: 8 }), fc.string(), fc.string({ unit: 'grapheme' })), { maxLength: 5 }),
        fc.integer({ min: 24, max: 80 }),
        (cells, width) => {
          const lines = tableLines([{ title: 'a' }, { title: 'b', drop: 1 }, { title: 'c', least: 4 }], cells, {
            width,
            paint: plain,
          })
          for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width)
        },
      ),
    )
  })
})

describe('text on a terminal', () => {
  it('is cut by the columns it takes', () => {
    expect(cut('日本語テキスト', 7)).toBe('日本語…')
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, width) => widthOf(cut(text, width)) <= width),
    )
  })

  it('cannot steer it', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/\p{Cc}/u.test(tame(text))))
    expect(tableLines([{ title: 'a' }], [['\u001b[2Jgone']], { width: 20, paint: plain })[1]).toBe('?[2Jgone')
  })

  it('has colour only where a terminal is and nobody minds', () => {
    expect(wantsColor(true, {})).toBe(true)
    expect(wantsColor(true, { NO_COLOR: '1' })).toBe(false)
    expect(wantsColor(true, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false)
    expect(wantsColor(true, { TERM: 'dumb' })).toBe(false)
    expect(wantsColor(false, {})).toBe(false)
    expect(wantsColor(false, { FORCE_COLOR: '1' })).toBe(true)
  })
})
