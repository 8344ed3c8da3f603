import { count, each, type Node, rollup, step } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { type Line, lines, linesOf, runIn, world } from '../../failure/lab.ts'
import { folder } from '../../failure/scratch.ts'

describe('several consumers of one source', () => {
  test('are fed from one reading, also when one of them waits for a side table', async () => {
    const [place, own, sides] = [
      await folder(),
      world({ a: lines([1, 'x', 1], [2, 'y', 2]) }),
      world({ s: lines([7, 'x', 70]) }),
    ]
    const src = linesOf(own)
    const side = linesOf(sides)
    const plain = rollup({ from: src, by: ['k'], measure: { n: count() } })
    const joined = each({
      from: src,
      with: { side },
      run: (t, { side }) =>
        t.join_left((side as never as typeof t).select({ k: 'k', v: 'w' } as never) as never, 'k' as never) as never,
    })
    const counted = rollup({ from: joined as Node<Line>, by: ['k'], measure: { n: count() } })
    await runIn(place, { src, side, plain, joined, counted } as Record<string, Node>)
    expect(own.opened).toEqual(['a'])
  })

  test('are read again where one of them waits for another, which nothing can help', async () => {
    const [place, own] = [await folder(), world({ a: lines([1, 'x', 1], [2, 'y', 2]) })]
    const src = linesOf(own)
    const totals = rollup({ from: src, by: ['k'], measure: { n: count() } })
    const shares = each({ from: src, with: { totals }, run: (t, { totals }) => t.join_left(totals, 'k') })
    const all = step({ from: shares as Node<Line>, run: (t) => t.filter((d) => d.id > 0) })
    const ran = await runIn(place, { src, totals, shares, all } as Record<string, Node>)
    expect(own.opened).toEqual(['a', 'a'])
    expect(await ran.rows('all')).toHaveLength(2)
  })
})
