import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCron } from '../../../src/kernel/schedule/cron.ts'
import { scheduleFaults } from '../../../src/kernel/schedule/validate-schedules.ts'

const at = (text: string) => Date.parse(text)
const short = (tick: number | undefined) => (tick === undefined ? 'none' : new Date(tick).toISOString().slice(5, 16))

function ticks(pattern: string, zone: string, from: string, count: number): string[] {
  const cron = readCron(pattern, zone)
  const found: string[] = []
  let moment: number | undefined = at(from)
  for (let i = 0; i < count && moment !== undefined; i++) {
    moment = cron.next(moment)
    found.push(short(moment))
  }
  return found
}

describe('where clocks change', () => {
  test('a time that they skip is taken at the moment of the change', () => {
    const expected = ['03-28T01:30', '03-29T01:00', '03-30T00:30']
    expect(ticks('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00Z', 3)).toEqual(expected)
  })

  test('a time that they show twice is taken once, the first time, where the pattern names the hour', () => {
    const expected = ['10-24T00:30', '10-25T00:30', '10-26T01:30']
    expect(ticks('30 2 * * *', 'Europe/Berlin', '2026-10-24T00:00Z', 3)).toEqual(expected)
  })

  test('a pattern that goes through the hours follows real time', () => {
    const spring = ['03-28T23:30', '03-29T00:30', '03-29T01:30', '03-29T02:30']
    const autumn = ['10-24T23:30', '10-25T00:30', '10-25T01:30', '10-25T02:30']
    expect(ticks('30 * * * *', 'Europe/Berlin', '2026-03-28T23:00Z', 4)).toEqual(spring)
    expect(ticks('30 * * * *', 'Europe/Berlin', '2026-10-24T23:00Z', 4)).toEqual(autumn)
  })
})

test('looking back finds the same ticks as looking forward, for every pattern and zone', () => {
  const pattern = fc.constantFrom('*/15 * * * *', '30 2 * * *', '0 6 * * MON-FRI', '7 */5 1,15 * *', '*/20 * * * * *')
  const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata')
  const start = fc.integer({ min: at('2026-03-27T00:00Z'), max: at('2026-03-31T00:00Z') })
  fc.assert(
    fc.property(pattern, zone, start, fc.integer({ min: 0, max: 6 * 3_600_000 }), (text, where, from, length) => {
      const cron = readCron(text, where)
      const forward: number[] = []
      for (let tick = cron.next(from); tick !== undefined && tick <= from + length; tick = cron.next(tick))
        forward.push(tick)
      expect(cron.between(from, from + length, 1e6)).toEqual(forward)
      expect(cron.between(from, from + length, 2)).toEqual(forward.slice(-2))
      if (forward.length > 0) expect(cron.last(from + length)).toBe(forward.at(-1))
    }),
    { numRuns: 60 },
  )
})

describe('a pattern', () => {
  test.each([
    ['99 * * * *', 'schedules.p.cron: "99 * * * *" is no cron pattern: Invalid value for minute: 99'],
    ['daily', 'schedules.p.cron: "daily" is no cron pattern:'],
    ['0 0 31 2 *', 'schedules.p.cron: "0 0 31 2 *" never comes'],
    ['2026-01-01T00:00:00', 'schedules.p.cron: "2026-01-01T00:00:00" is no cron pattern: it is a date, not a pattern'],
  ])('%s is a fault', (cron, text) => {
    const [fault, ...more] = scheduleFaults({ p: { cron } })
    expect(`${fault?.where}: ${fault?.message}`).toContain(text)
    expect(fault?.hint).toContain('0 6 * * *')
    expect(more).toEqual([])
  })

  test.each(['0 6 * * *', '*/5 * * * * *', '0 6 L * *', '@daily', '0 9 * * MON#1'])('%s is none', (cron) => {
    expect(scheduleFaults({ p: { cron, zone: 'Europe/Berlin' } })).toEqual([])
  })
})
