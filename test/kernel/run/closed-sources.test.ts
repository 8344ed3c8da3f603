import { each, type Node } from 'tidegate'
import { expect, test } from 'vitest'
import { lines, linesOf, runIn, world } from '../../failure/lab.ts'
import { folder } from '../../failure/scratch.ts'

test('a connector is opened once for a run, and closed when it ends, also when it fails', async () => {
  for (const fails of [false, true]) {
    const own = world({ a: lines([1, 'x', 1]), b: lines([2, 'y', 2]) })
    const told: string[] = []
    own.onList = () => void told.push('list')
    own.onClose = () => void told.push('close')
    if (fails) {
      own.onOpen = () => {
        throw new Error('no')
      }
    }
    const src = linesOf(own)
    const ran = await runIn(await folder(), { src, next: each({ from: src, keep: true, run: (t) => t }) as Node })
    expect(ran.outcome.status).toBe(fails ? 'failed' : 'succeeded')
    expect(told).toEqual(['list', 'close'])
  }
})
