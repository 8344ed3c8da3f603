import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { planPipeline } from '../../src/kernel/plan/plan.ts'
import { runPipeline } from '../../src/kernel/run/run-pipeline.ts'
import { temporaryCopy, withKernel } from '../support/temporary-project.ts'

const run = (folder: string) => withKernel(folder, (kernel) => runPipeline(kernel, 'shops'))
const plan = (folder: string) => withKernel(folder, (kernel) => planPipeline(kernel, 'shops'))
const made = ({ states }: Awaited<ReturnType<typeof run>>) =>
  [...states.values()]
    .filter(({ status }) => status === 'committed' || status === 'published')
    .map(({ node }) => node.name)

describe('05-dynamic', () => {
  test('computes only the nodes of a shop that was added, and what reads all shops', async () => {
    const folder = await temporaryCopy('examples/05-dynamic')
    await run(folder)
    await writeFile(join(folder, 'data/ängelholm.csv'), 'item,cents\ntea,200\n')
    const planned = await plan(folder)
    const todo = planned.nodes.filter(({ action }) => action === 'run').map(({ node }) => node)
    const expected = ['ängelholm_sales', 'ängelholm_clean', 'ängelholm_totals', 'all', 'allFile']
    expect([...todo].sort()).toEqual([...expected].sort())
    expect(planned.removed).toEqual([])
    const outcome = await run(folder)
    expect(made(outcome).sort()).toEqual([...expected].sort())
    expect(await readFile(join(folder, 'out/all.csv'), 'utf8')).toContain('ängelholm,tea,1,200')
  })

  test('removes the nodes of a shop that is gone from the next entry, and says so in the plan', async () => {
    const folder = await temporaryCopy('examples/05-dynamic')
    const first = await run(folder)
    await rm(join(folder, 'data/ystad.csv'))
    const planned = await plan(folder)
    expect(planned.removed).toEqual(
      ['ystad_sales', 'ystad_clean', 'ystad_totals'].map((node) => ({ node, why: 'no longer in the pipeline' })),
    )
    const second = await run(folder)
    expect([second.status, second.errors]).toEqual(['succeeded', []])
    expect(made(second)).toEqual(['all', 'allFile'])
    expect(second.entry).toBeGreaterThan(first.entry as number)
    expect(await readFile(join(folder, 'out/all.csv'), 'utf8')).not.toContain('ystad')
    expect((await plan(folder)).removed).toEqual([])
    expect((await run(folder)).status).toBe('up to date')
  })
})
