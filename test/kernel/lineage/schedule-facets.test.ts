import { expect, test } from 'vitest'
import { finishEvents, startEvents } from '../../../src/kernel/lineage/events.ts'
import { node } from './facts-of.ts'

const run = {
  env: 'test',
  pipeline: 'flights',
  runId: 'run-1',
  startedAt: 1000,
  scheduled: Date.parse('2026-03-29T01:00Z'),
}
const missed = { due: 1500, deadline: 'within 30m', action: 'notify' } as const

test('a run of a schedule says what time it stands for, a late one by how much', () => {
  const nominalTime = { nominalStartTime: '2026-03-29T01:00:00.000Z' }
  expect(startEvents(run)[0]?.run.facets).toMatchObject({ nominalTime })
  const events = finishEvents({
    ...run,
    endedAt: 3000,
    missed: [{ ...missed, action: 'halt' }],
    nodes: [node({ name: 'clean', missed: [{ ...missed, node: 'clean', late: 250 }] })],
  })
  const ends = events.filter(({ eventType }) => eventType === 'COMPLETE')
  expect(ends.map(({ run: { facets } }) => facets?.['tidegate'])).toMatchObject([
    {
      node: 'clean',
      missedDeadlines: [{ due: '1970-01-01T00:00:01.500Z', deadline: 'within 30m', action: 'notify', late: 250 }],
    },
    { missedDeadlines: [{ due: '1970-01-01T00:00:01.500Z', deadline: 'within 30m', action: 'halt' }] },
  ])
  expect(ends.at(-1)?.run.facets).toMatchObject({ nominalTime })
})

test('a run by hand says neither', () => {
  const { scheduled: _, ...plain } = run
  const text = JSON.stringify([
    startEvents(plain),
    finishEvents({ ...plain, endedAt: 2, nodes: [node({ name: 'clean' })] }),
  ])
  expect(text).not.toMatch(/nominalTime|missedDeadlines/)
})
