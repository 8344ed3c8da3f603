import { describe, expect, it } from 'vitest'
import { foldLineage } from '../../../src/kernel/lineage/fold-lineage.ts'
import { nameUuid } from '../../../src/kernel/lineage/uuid.ts'
import type { Key, Measure } from '../../../src/plugins/measure.ts'

const key = (name: string, columns: string[]) => ({ name, columns }) as unknown as Key
const measure = (name: string, columns: string[]) => ({ name, columns }) as unknown as Measure

describe('the lineage of a roll-up', () => {
  it('passes plain keys through, under their own or another name', () => {
    expect(foldLineage({ origin: key('origin', ['origin']), airport: key('origin', ['origin']) }, {})).toEqual([
      { column: 'origin', how: 'identity', sources: [{ input: '', column: 'origin' }] },
      { column: 'airport', how: 'identity', sources: [{ input: '', column: 'origin' }] },
    ])
  })

  it('derives computed keys and measures from the columns they name', () => {
    const found = foldLineage(
      { date: key('day(date)', ['date']) },
      { delay: measure('mean(delay)', ['delay']), flights: measure('count()', []) },
    )
    expect(found).toEqual([
      { column: 'date', how: 'derived', sources: [{ input: '', column: 'date' }], expression: 'day(date)' },
      { column: 'delay', how: 'derived', sources: [{ input: '', column: 'delay' }], expression: 'mean(delay)' },
      { column: 'flights', how: 'derived', sources: [], expression: 'count()' },
    ])
  })
})

describe('a UUID of a name', () => {
  it('is the one of the example of RFC 9562, appendix A.4', () => {
    expect(nameUuid('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe(
      '2ed6657d-e927-568b-95e1-2665a8aea6a2',
    )
  })
})
