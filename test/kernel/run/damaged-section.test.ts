import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { count, type Node, rollup } from 'tidegate'
import { expect, test } from 'vitest'
import { lines, linesOf, runIn, thrown, world } from '../../failure/lab.ts'
import { folder } from '../../failure/scratch.ts'

test('a damaged section stops a run, and --full makes everything anew', async () => {
  const [place, own] = [await folder(), world({ a: lines([1, 'x', 1], [2, 'x', 2]) })]
  const nodes = () => {
    const src = linesOf(own)
    return { src, totals: rollup({ from: src, by: ['k'], measure: { n: count() } }) } as Record<string, Node>
  }
  await runIn(place, nodes())
  const sections = join(place, '.tidegate', 'sections')
  for (const name of await readdir(sections, { recursive: true }))
    if (name.endsWith('.json')) await writeFile(join(sections, name), '{')
  const error = await thrown(runIn(place, nodes()))
  expect(error).toMatchObject({ code: 'WORKSPACE_CORRUPT' })
  expect(error.hint).toContain('--full')
  const mended = await runIn(place, nodes(), { full: true })
  expect(await mended.rows('totals')).toMatchObject([{ k: 'x', n: 2 }])
})
