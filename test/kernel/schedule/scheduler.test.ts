import { hostname } from 'node:os'
import { describe, expect, test } from 'vitest'
import { readCron } from '../../../src/kernel/schedule/cron.ts'
import { dueTicks } from '../../../src/kernel/schedule/due-ticks.ts'
import { createTickRecords, stampOf } from '../../../src/kernel/schedule/records.ts'
import { createMemoryWorkspace } from '../../support/memory-workspace.ts'
import { place } from './lab.ts'

const hourly = { p: { cron: '0 * * * *' } }
const dead = { version: 1, by: 'other', pid: 2 ** 22 + 1, host: hostname(), at: 0 } as const

describe('a scheduler', () => {
  test('runs pipelines at their times, each by its own clock, and records every tick', async () => {
    const own = place('2026-07-01T00:30:00Z')
    const stop = own.start({ p: { cron: '0 * * * *' }, q: { cron: '0 4 * * *', zone: 'Europe/Berlin' } })
    await own.clock.to('2026-07-01T03:00:30Z')
    await stop()
    expect([...own.ran].sort()).toEqual([
      'p 2026-07-01T01:00:00Z',
      'p 2026-07-01T02:00:00Z',
      'p 2026-07-01T03:00:00Z',
      'q 2026-07-01T02:00:00Z',
    ])
    expect(await own.recorded('q')).toEqual(['2026-07-01T02:00:00Z succeeded'])
    expect([...own.objects.keys()]).toContain('schedules/test/q/20260701T020000Z/claim-1.json')
    expect(own.clock.timers()).toBe(0)
  })

  test('of two schedulers over one workspace only one runs a tick', async () => {
    const own = place('2026-07-01T00:30:00Z')
    const stops = ['one', 'two', 'three'].map((id) => own.start(hourly, { id }))
    await own.clock.to('2026-07-01T05:30:00Z')
    await Promise.all(stops.map((stop) => stop()))
    expect(own.ran).toEqual([1, 2, 3, 4, 5].map((hour) => `p 2026-07-01T0${hour}:00:00Z`))
  })

  test('puts runs off by chance up to the jitter, and gives them the time of the tick', async () => {
    const own = place('2026-07-01T00:30:00Z')
    const stop = own.start({ p: { cron: '0 * * * *', jitter: '10m' } })
    await own.clock.to('2026-07-01T06:30:00Z')
    await stop()
    const begun = own.events.flatMap((event) => (event.type === 'tick.started' ? [event.at - event.tick] : []))
    expect(begun).toHaveLength(6)
    expect(begun.every((late) => late >= 0 && late < 600_000)).toBe(true)
    expect(new Set(begun).size).toBe(6)
  })

  test('records a run that fails, and goes on', async () => {
    const own = place('2026-07-01T00:30:00Z')
    let runs = 0
    const stop = own.start(hourly, {
      run: async () => {
        if (++runs === 1) throw new Error('no connection')
        return { runId: 'r', status: 'failed', error: { code: 'GATE_HALTED', message: 'halted' } }
      },
    })
    await own.clock.to('2026-07-01T02:30:00Z')
    await stop()
    expect(await own.recorded()).toEqual(['2026-07-01T01:00:00Z failed', '2026-07-01T02:00:00Z failed'])
    const finished = own.events.flatMap((event) =>
      event.type === 'tick.finished' ? [event.outcome.error?.message] : [],
    )
    expect(finished).toEqual(['no connection', 'halted'])
  })

  test('keeps the records of the newest hundred ticks', async () => {
    const own = place('2026-07-01T00:00:30Z')
    await own.once({ p: { cron: '* * * * *', catchUp: 'all' } })
    await own.clock.to('2026-07-01T01:45:30Z')
    await own.once({ p: { cron: '* * * * *', catchUp: 'all' } })
    const recorded = await own.recorded()
    expect([own.ran.length, recorded.length]).toEqual([106, 100])
    expect(recorded[0]).toBe('2026-07-01T00:06:00Z succeeded')
    expect([...own.objects.keys()]).toHaveLength(201)
  })
})

describe('a tick that comes while an earlier run is at work', () => {
  const during = async (overlap?: 'skip' | 'queue' | 'cancel') => {
    const own = place('2026-07-01T00:00:30Z')
    const stop = own.start(
      { p: { cron: '* * * * *', ...(overlap === undefined ? {} : { overlap }) } },
      { takes: 90_000 },
    )
    await own.clock.to('2026-07-01T00:02:10Z')
    const early = await own.recorded()
    await own.clock.to('2026-07-01T00:02:50Z')
    const late = await own.recorded()
    await stop()
    return { early, late, ran: own.ran }
  }

  test('is skipped by default', async () => {
    const { early, late, ran } = await during()
    expect(early).toEqual(['2026-07-01T00:01:00Z open', '2026-07-01T00:02:00Z skipped'])
    expect(late).toEqual(['2026-07-01T00:01:00Z succeeded', '2026-07-01T00:02:00Z skipped'])
    expect(ran).toHaveLength(1)
  })

  test('waits its turn with `queue`', async () => {
    const { early, late } = await during('queue')
    expect(early).toEqual(['2026-07-01T00:01:00Z open'])
    expect(late).toEqual(['2026-07-01T00:01:00Z succeeded', '2026-07-01T00:02:00Z open'])
  })

  test('takes its place with `cancel`', async () => {
    const { early } = await during('cancel')
    expect(early).toEqual(['2026-07-01T00:01:00Z cancelled', '2026-07-01T00:02:00Z open'])
  })

  test('is skipped also where that run is one of another scheduler', async () => {
    const own = place('2026-07-01T01:10:00Z')
    const records = createTickRecords(createMemoryWorkspace(own.objects), 'test', 'p')
    await records.since(own.clock.now())
    const alive = { ...dead, pid: process.pid, at: own.clock.now() }
    await records.claim(Date.parse('2026-07-01T01:00Z'), 1, alive)
    const stop = own.start(hourly)
    await records.beat(Date.parse('2026-07-01T01:00Z'), 1, Date.parse('2026-07-01T01:59:30Z'))
    await own.clock.to('2026-07-01T02:10:00Z')
    await stop()
    expect([own.ran, await own.recorded()]).toEqual([[], ['2026-07-01T01:00:00Z open', '2026-07-01T02:00:00Z skipped']])
  })
})

describe('after ticks that nobody was there for', () => {
  const returning = async (catchUp?: 'none' | 'last' | 'all', back = '2026-07-01T05:30:00Z') => {
    const own = place('2026-07-01T00:30:00Z')
    const schedules = { p: { cron: '0 * * * *', ...(catchUp === undefined ? {} : { catchUp }) } }
    const stop = own.start(schedules)
    await own.clock.to('2026-07-01T01:30:00Z')
    await stop()
    await own.clock.to(back)
    own.ran.length = 0
    own.events.length = 0
    const again = own.start(schedules)
    await own.clock.to(Date.parse(back) + 1000)
    await again()
    return own
  }

  test('the last one is made up for by default, and the gap is told', async () => {
    const own = await returning()
    expect(own.ran).toEqual(['p 2026-07-01T05:00:00Z'])
    expect(own.events.find(({ type }) => type === 'tick.missed')).toMatchObject({
      ticks: 3,
      from: Date.parse('2026-07-01T02:00Z'),
      to: Date.parse('2026-07-01T04:00Z'),
    })
    expect(own.events.find(({ type }) => type === 'tick.finished')).toMatchObject({ outcome: { passed: 3 } })
  })

  test('all of them are, oldest first, with `all`', async () => {
    const own = await returning('all')
    expect(own.ran).toEqual([2, 3, 4, 5].map((hour) => `p 2026-07-01T0${hour}:00:00Z`))
    expect(await own.recorded()).toHaveLength(5)
  })

  test('none is with `none`: the newest is recorded as missed', async () => {
    const own = await returning('none')
    expect(own.ran).toEqual([])
    expect(await own.recorded()).toEqual(['2026-07-01T01:00:00Z succeeded', '2026-07-01T05:00:00Z missed'])
  })

  test('with `none` a tick that has just passed is on time', async () => {
    const own = await returning('none', '2026-07-01T05:00:40Z')
    expect(own.ran).toEqual(['p 2026-07-01T05:00:00Z'])
  })

  test('the first start knows of no tick before it', async () => {
    const own = place('2026-07-01T05:30:00Z')
    const stop = own.start({ p: { cron: '0 * * * *', catchUp: 'all' } })
    await own.clock.to('2026-07-01T05:40:00Z')
    await stop()
    expect([own.ran, await own.recorded()]).toEqual([[], []])
  })
})

describe('a tick whose scheduler ended in between', () => {
  const crashed = async (catchUp: 'none' | 'last' | 'all', now: string, claim: object = dead) => {
    const own = place(now)
    const records = createTickRecords(createMemoryWorkspace(own.objects), 'test', 'p')
    await records.since(Date.parse('2026-07-01T00:30Z'))
    await records.claim(Date.parse('2026-07-01T01:00Z'), 1, { ...dead, ...claim })
    const stop = own.start({ p: { cron: '0 * * * *', catchUp } })
    await own.clock.to(Date.parse(now) + 1000)
    await stop()
    return own
  }

  test('is run again with `last`, as a second attempt', async () => {
    const own = await crashed('last', '2026-07-01T01:30:00Z')
    expect(own.ran).toEqual(['p 2026-07-01T01:00:00Z'])
    expect(await own.recorded()).toEqual(['2026-07-01T01:00:00Z succeeded attempt 2'])
  })

  test('is lost with `last` where a later tick has come since', async () => {
    const own = await crashed('last', '2026-07-01T02:30:00Z')
    expect(own.ran).toEqual(['p 2026-07-01T02:00:00Z'])
    expect(await own.recorded()).toEqual(['2026-07-01T01:00:00Z lost', '2026-07-01T02:00:00Z succeeded'])
  })

  test('is run again before the others with `all`', async () => {
    const own = await crashed('all', '2026-07-01T02:30:00Z')
    expect(own.ran).toEqual(['p 2026-07-01T01:00:00Z', 'p 2026-07-01T02:00:00Z'])
  })

  test('is lost with `none`', async () => {
    const own = await crashed('none', '2026-07-01T01:30:00Z')
    expect([own.ran, await own.recorded()]).toEqual([[], ['2026-07-01T01:00:00Z lost']])
  })

  test('counts as at work while its scheduler on another machine gives signs of life, and not any longer', async () => {
    const far = { host: 'another', at: Date.parse('2026-07-01T01:29:00Z') }
    expect((await crashed('last', '2026-07-01T01:30:00Z', far)).ran).toEqual([])
    expect((await crashed('last', '2026-07-01T01:35:00Z', far)).ran).toEqual(['p 2026-07-01T01:00:00Z'])
  })

  test('because it was stopped is run again at the next start; with `drain` it comes to its end', async () => {
    for (const drain of [false, true]) {
      const own = place('2026-07-01T00:30:00Z')
      const stop = own.start(hourly, { takes: 600_000, drain })
      await own.clock.to('2026-07-01T01:05:00Z')
      await stop()
      expect(await own.recorded()).toEqual([`2026-07-01T01:00:00Z ${drain ? 'succeeded' : 'interrupted'}`])
      const again = own.start(hourly)
      await own.clock.to('2026-07-01T01:20:00Z')
      await again()
      expect(await own.recorded()).toEqual([`2026-07-01T01:00:00Z succeeded${drain ? '' : ' attempt 2'}`])
    }
  })
})

describe('one look at what is due', () => {
  test('runs the tick that has just passed, once', async () => {
    const own = place('2026-07-01T06:00:05Z')
    expect(await own.once(hourly)).toBe(0)
    expect(await own.once(hourly)).toBe(0)
    expect(own.ran).toEqual(['p 2026-07-01T06:00:00Z'])
  })

  test('runs nothing between ticks, and later what was missed', async () => {
    const own = place('2026-07-01T06:30:00Z')
    await own.once(hourly)
    expect(own.ran).toEqual([])
    await own.clock.to('2026-07-01T09:30:00Z')
    await own.once({ p: { cron: '0 * * * *', catchUp: 'all' } })
    expect(own.ran).toEqual([7, 8, 9].map((hour) => `p 2026-07-01T0${hour}:00:00Z`))
  })

  test('says how many failed', async () => {
    const own = place('2026-07-01T06:00:05Z')
    expect(await own.once(hourly, { run: () => Promise.reject(new Error('no')) })).toBe(1)
  })
})

test('a gap of more than a thousand ticks is made up for by its newest thousand', () => {
  const [since, now] = [Date.parse('2026-07-01T00:00:30Z'), Date.parse('2026-07-03T00:00:30Z')]
  const schedule = { cron: '* * * * *', catchUp: 'all' } as const
  const { due } = dueTicks({ schedule, ticks: readCron(schedule.cron), records: [], since, now, jitter: 0 })
  expect([due.length, due.at(-1)?.tick]).toEqual([1000, Date.parse('2026-07-03T00:00:00Z')])
})

test('stamps are ISO 8601 and sort by time', () => {
  const ticks = readCron('*/7 * * * *').between(Date.parse('2026-09-29T00:00Z'), Date.parse('2026-10-02T00:00Z'), 1e5)
  expect(stampOf(Date.parse('2026-03-29T01:00:00Z'))).toBe('20260329T010000Z')
  expect(ticks.map(stampOf)).toEqual(ticks.map(stampOf).sort())
})
