import { between, count, defineStep, each, type Node, pipeline, rollup, sum } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createKernel } from '../../../src/kernel/kernel.ts'
import { readNode } from '../../../src/kernel/run/read-node.ts'
import { runPipeline } from '../../../src/kernel/run/run-pipeline.ts'
import { lines, linesOf, runIn, world } from '../../failure/lab.ts'
import { folder } from '../../failure/scratch.ts'

const values = async (ran: Awaited<ReturnType<typeof runIn>>, node: string, column: string) =>
  (await ran.rows(node)).map((row) => row[column])

describe('a recipe', () => {
  test('holds the declared schema of a step: another default is another record', async () => {
    const [place, own] = [await folder(), world({ a: lines([1, 'x', 1], [2, 'y', null as never]) })]
    const once = async (fallback: number) => {
      const src = linesOf(own)
      const filled = each({
        from: src,
        schema: z.object({ id: z.int32(), v: z.number().default(fallback) }),
        run: (t) => t,
      })
      return values(await runIn(place, { src, filled } as Record<string, Node>), 'filled', 'v')
    }
    expect(await once(1)).toEqual([1, 1])
    expect(await once(2)).toEqual([1, 2])
  })

  test('holds the order of measures, which is the order of columns', async () => {
    const [place, own] = [await folder(), world({ a: lines([1, 'x', 1]) })]
    const once = async (measure: Parameters<typeof rollup>[0]['measure']) => {
      const src = linesOf(own)
      const totals = rollup({ from: src, by: ['k'], measure: measure as never })
      const ran = await runIn(place, { src, totals } as Record<string, Node>)
      return ran.outcome.states.get('totals')?.section?.schema.fields.map(({ name }) => name)
    }
    expect(await once({ n: count(), s: sum('v') as never })).toEqual(['k', 'n', 's'])
    expect(await once({ s: sum('v') as never, n: count() })).toEqual(['k', 's', 'n'])
  })

  test('holds the code of a kind of step that the project defines', async () => {
    const [place, own] = [await folder(), world({ a: lines([1, 'x', 1]) })]
    const schema = z.object({ id: z.int32(), q: z.number() })
    const kindOf = (factor: number) =>
      factor === 2
        ? defineStep({
            name: 'test/times',
            shape: 'row-wise',
            create: () => ({ shape: 'row-wise', run: (t) => t.derive({ q: (d: { v: number }) => d.v * 2 }) }),
          })
        : defineStep({
            name: 'test/times',
            shape: 'row-wise',
            create: () => ({ shape: 'row-wise', run: (t) => t.derive({ q: (d: { v: number }) => d.v * 3 }) }),
          })
    const once = async (factor: number) => {
      const src = linesOf(own)
      const made = kindOf(factor)({ from: src, schema })
      const kernel = await createKernel(
        { pipelines: { p: pipeline({ src, made }) } },
        { folder: place, file: import.meta.filename },
      )
      try {
        const outcome = await runPipeline(kernel, 'p')
        const found: unknown[] = []
        for await (const batch of readNode(
          outcome.engine,
          outcome.states,
          'made',
          'main',
          new AbortController().signal,
        ))
          found.push(...(batch.columns[1] ?? []))
        return found
      } finally {
        await kernel.dispose()
      }
    }
    expect([await once(2), await once(3)]).toEqual([[2], [3]])
  })
})

describe('a node is settled', () => {
  test('only after those before it: what a gate withholds takes its readers along', async () => {
    const [place, own] = [
      await folder(),
      world({ a: lines([1, 'x', 1], [2, 'x', 99]), b: lines([3, 'x', 99], [4, 'x', 99]) }),
    ]
    const once = async (atLeast: number, keep: object) => {
      const src = linesOf(own, {
        expect: [between('v', 0, 50, { atLeast, verdict: 'quarantine' })],
        allowVanishing: true,
        ...keep,
      })
      const totals = rollup({ from: src, by: ['k'], measure: { n: count() } })
      return runIn(place, { src, totals } as Record<string, Node>)
    }
    await once(0.1, {})
    own.parts = { b: own.parts['b'] as never }
    const ran = await once(0.9, { keep: true })
    expect([ran.status('src'), ran.status('totals')]).toEqual(['withheld', 'withheld'])
  })

  test('again when the hook answers otherwise about what was tolerated', async () => {
    const [place, own] = [await folder(), world({ a: lines([1, 'x', 1], [2, 'x', 99]) })]
    const once = async (answer: 'halt' | undefined) => {
      const src = linesOf(own, { expect: [between('v', 0, 50)], otherwise: 'quarantine' })
      return (
        await runIn(
          place,
          { src } as Record<string, Node>,
          {},
          { hooks: { onQualityViolation: ({ phase }: { phase: string }) => (phase === 'fold' ? answer : undefined) } },
        )
      ).status('src')
    }
    expect([await once(undefined), await once(undefined), await once('halt')]).toEqual([
      'committed',
      'up to date',
      'withheld',
    ])
  })
})
