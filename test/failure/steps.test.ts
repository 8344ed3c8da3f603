import { count, defineStep, each, type Node, rollup, step, TidegateError } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Line, lines, linesOf, runIn, thrown, world } from './lab.ts'
import { folder } from './scratch.ts'

const parts = { a: lines([1, 'x', 1], [2, 'y', 2]) }

/** Runs `bad` beside a sibling that is fine, and checks that only `bad` and what reads it are lost. */
async function only(bad: (src: Node<Line>) => Node) {
  const src = linesOf(world(parts))
  const broken = bad(src)
  const ran = await runIn(await folder(), {
    src,
    broken,
    after: rollup({ from: broken as Node<{ id: number }>, by: [], measure: { n: count() } }),
    fine: rollup({ from: src, by: ['k'], measure: { n: count() } }),
  })
  expect([ran.status('broken'), ran.status('after'), ran.status('fine')]).toEqual(['failed', 'skipped', 'committed'])
  expect(ran.outcome.errors).toHaveLength(1)
  return ran.error
}

describe("a step's code", () => {
  test('that throws is named, with the part and the native cause', async () => {
    const error = await only(
      (src) =>
        each({
          from: src,
          rehearse: false,
          run: (t) => {
            if (t.numRows() > 0) throw new RangeError('a bad day')
            return t
          },
        }) as Node,
    )
    expect(error).toMatchObject({
      code: 'STEP_FAILED',
      message: 'Step "broken" failed on a: a bad day',
      hint: expect.stringMatching(/code of the step/),
    })
    expect(error?.cause).toBeInstanceOf(RangeError)
  })

  test('that returns nothing is told to return', async () => {
    const error = await only((src) => each({ from: src, rehearse: false, run: (() => undefined) as never }) as Node)
    expect(error).toMatchObject({
      code: 'STEP_NO_RESULT',
      message: 'Step "broken" returned nothing',
      hint: expect.stringMatching(/Return the table/),
    })
  })

  test('that forgets to return in a block is found by the rehearsal, before data is read', async () => {
    const own = world(parts)
    const src = linesOf(own)
    const error = await thrown(
      runIn(await folder(), {
        src,
        broken: step({
          from: src,
          run: ((t: { filter(f: unknown): unknown }) => {
            t.filter((d: Line) => d.id > 1)
          }) as never,
        }),
      }),
    )
    expect(error).toMatchObject({
      code: 'STEP_NO_RESULT',
      message: 'Step "broken" returned undefined.',
      hint: expect.stringMatching(/return/),
    })
    expect(own.opened).toEqual([])
  })

  for (const [what, value] of [
    ['a list of 2 values', [1, 2]],
    ['an object', { id: [1] }],
    ['"rows" (string)', 'rows'],
    ['7 (number)', 7],
  ] as const) {
    test(`that returns ${what} is told what it returned`, async () => {
      const error = await only(
        (src) =>
          step({
            from: src,
            rehearse: false,
            params: { value },
            run: ((_: unknown, context: { params: { value: unknown } }) => context.params.value) as never,
          }) as Node,
      )
      expect(error).toMatchObject({
        code: 'STEP_NOT_A_TABLE',
        message: `Step "broken" returned ${what}, not an Arquero table`,
        hint: expect.stringMatching(/table\(\{ column: values \}\)/),
      })
    })
  }

  test('that names a column that is not there is refused before data is read', async () => {
    const own = world(parts)
    const src = linesOf(own)
    const error = await thrown(
      runIn(await folder(), {
        src,
        broken: each({
          from: src,
          run: (t) => t.derive({ late: (d) => (d as never as { delay: number }).delay > 15 }),
        }),
      }),
    )
    expect(error).toMatchObject({
      code: 'STEP_EXPRESSION',
      message: 'Step "broken": `(d) => d.delay > 15` of derive reads column "delay", which the table does not have.',
      hint: expect.stringMatching(/id, k,? .*v/),
    })
    expect(own.opened).toEqual([])
  })

  test('that gives rows which do not fit its declared schema is refused with both sides named', async () => {
    const error = await only(
      (src) =>
        each({
          from: src,
          rehearse: false,
          schema: z.object({ id: z.int32(), total: z.number() }),
          run: ((t: unknown) => t) as never,
        }) as Node,
    )
    expect(error?.code).toMatch(/SCHEMA_MISMATCH|COLUMN_MISSING/)
    expect(error?.message).toMatch(/broken/)
    expect(error?.message).toMatch(/total/)
  })

  test('that throws an error which names a node it has nothing to do with ends all the same', async () => {
    const [src, other] = [linesOf(world(parts)), linesOf(world(parts))]
    const odd = defineStep({
      name: 'test/odd',
      shape: 'row-wise',
      create: () => ({
        shape: 'row-wise' as const,
        run(batch) {
          if (batch.numRows() > 0)
            throw new TidegateError('STEP_FAILED', 'it was the other one', { data: { node: 'other' } })
          return batch
        },
      }),
    })
    const ran = await runIn(await folder(), { src, other, odd: odd({ from: src } as never) as Node })
    expect(ran.error).toMatchObject({ code: 'STEP_FAILED', message: 'it was the other one' })
    expect([ran.status('other'), ran.status('odd')]).toEqual(['committed', 'skipped'])
  }, 10_000)
})
