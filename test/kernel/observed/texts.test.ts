import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatColumns } from '../../../src/kernel/columns/concat.ts'
import { BytesColumn } from '../../../src/kernel/columns/text.ts'
import { numberTextsApart } from '../../../src/kernel/observed/distinct/text-partitions.ts'
import { createTextTable, findTexts, numberTexts } from '../../../src/kernel/observed/distinct/texts.ts'

/** Texts that differ in length, in one letter, or not at all. */
const text = fc.tuple(fc.nat(40), fc.nat(40), fc.constantFrom('b', 'ä', '\u0000')).map(([size, at, letter]) => {
  const letters = [...'a'.repeat(size)]
  if (at < size) letters[at] = letter
  return letters.join('')
})
const cells = fc.array(fc.option(text, { freq: 6 }), { maxLength: 40 })

function columnOf(given: readonly (string | null)[]): BytesColumn {
  const validity = new Uint8Array((given.length + 7) >> 3)
  given.forEach((cell, i) => {
    if (cell !== null) validity[i >> 3] = (validity[i >> 3] as number) | (1 << (i & 7))
  })
  const { offsets, bytes, type } = BytesColumn.ofStrings(given.map((cell) => cell ?? 'nothing'))
  return new BytesColumn(type, offsets, bytes, validity)
}

/** Numbers in order of first appearance. */
function numbersOf(given: readonly unknown[]): number[] {
  const known = new Map<unknown, number>()
  return given.map((cell) => {
    if (!known.has(cell)) known.set(cell, known.size)
    return known.get(cell) as number
  })
}

describe('numbers of texts', () => {
  it('are given by value in order of first appearance, whatever the lengths', () => {
    fc.assert(
      fc.property(cells, (given) => {
        const { ids, first, count } = numberTexts(createTextTable(), columnOf(given), undefined, true)
        expect([...ids]).toEqual(numbersOf(given))
        expect([...first].map((row) => given[row])).toEqual([...new Set(given)])
        expect(count).toBe(first.length)
      }),
    )
  })

  it('are the same taken apart by hash, but for their order', () => {
    fc.assert(
      fc.property(cells, (given) => {
        const { ids, first } = numberTextsApart(columnOf(given))
        expect(numbersOf([...ids])).toEqual(numbersOf(given))
        expect([...ids].map((id) => given[first[id] as number])).toEqual(given)
      }),
    )
  })

  it('are found again for the texts of another column', () => {
    fc.assert(
      fc.property(cells, cells, (known, asked) => {
        const table = createTextTable()
        const { ids } = numberTexts(table, columnOf(known), undefined, false)
        const wanted = asked.map((cell) => (cell === null ? -1 : (ids[known.indexOf(cell)] ?? -1)))
        expect([...findTexts(table, columnOf(asked))]).toEqual(wanted)
      }),
    )
  })
})

describe('text picked from other columns', () => {
  it('is the same however often it is picked, cut and joined before it is read', () => {
    const step = fc.oneof(
      fc.record({ take: fc.array(fc.integer({ min: -1, max: 60 }), { maxLength: 60 }) }),
      fc.record({ from: fc.nat(20), to: fc.nat(40) }),
      fc.record({ join: cells }),
    )
    fc.assert(
      fc.property(cells, fc.array(step, { maxLength: 30 }), fc.boolean(), (given, steps, bytesFirst) => {
        let column = columnOf(given)
        let wanted = [...given]
        for (const next of steps) {
          if ('take' in next) {
            const rows = Int32Array.from(next.take, (row) => (row < wanted.length ? row : -1))
            column = column.take(rows)
            wanted = [...rows].map((row) => (row < 0 ? null : (wanted[row] as string | null)))
          } else if ('join' in next) {
            column = concatColumns([column, columnOf(next.join)]) as BytesColumn
            wanted = [...wanted, ...next.join].slice(0, 200)
            column = column.slice(0, wanted.length)
          } else {
            const from = Math.min(next.from, wanted.length)
            const to = Math.max(from, Math.min(next.to, wanted.length))
            column = column.slice(from, to)
            wanted = wanted.slice(from, to)
          }
        }
        if (bytesFirst) expect(column.offsets.length).toBe(wanted.length + 1)
        expect([...column]).toEqual(wanted)
        expect([...new BytesColumn(column.type, column.offsets, column.bytes, column.validity)]).toEqual(wanted)
      }),
    )
  })

  it('does not call itself once for each of many joins', () => {
    let column = columnOf(['a'])
    for (let i = 0; i < 5000; i++) column = concatColumns([column, columnOf(['b'])]) as BytesColumn
    expect(column.at(5000)).toBe('b')
  }, 20_000)
})
