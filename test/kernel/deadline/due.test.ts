import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alarm, type Clock, createClock } from '../../../src/kernel/deadline/alarm.ts'
import { dueAt } from '../../../src/kernel/deadline/due.ts'
import { minutesOf, nextWallTime } from '../../../src/kernel/deadline/wall-time.ts'

const at = (text: string) => Date.parse(text)
const iso = (moment: number) => new Date(moment).toISOString()

describe('a deadline is due', () => {
  const startedAt = at('2026-07-01T10:00:00Z')

  test('within a length of time after the run began', () => {
    expect(iso(dueAt({ within: '90m' }, { startedAt }))).toBe('2026-07-01T11:30:00.000Z')
  })

  test('within a length of time after the beginning, whatever it was scheduled for', () => {
    expect(iso(dueAt({ within: '1h' }, { startedAt, scheduled: at('2026-06-01T00:00Z') }))).toBe(
      '2026-07-01T11:00:00.000Z',
    )
  })

  test('at the next such time of day, in UTC where no zone is told', () => {
    expect(iso(dueAt({ by: '06:00' }, { startedAt }))).toBe('2026-07-02T06:00:00.000Z')
    expect(iso(dueAt({ by: '13:00', zone: 'Europe/Berlin' }, { startedAt }))).toBe('2026-07-01T11:00:00.000Z')
  })

  test('at the first such time after the tick that the run belongs to', () => {
    const scheduled = at('2026-06-30T02:00Z')
    expect(iso(dueAt({ by: '06:00' }, { startedAt, scheduled }))).toBe('2026-06-30T06:00:00.000Z')
  })
})

describe('a time of day', () => {
  test.each([
    ['that is now is the one of tomorrow', '2026-07-01T06:00Z', '06:00', 'UTC', '2026-07-02T06:00:00.000Z'],
    [
      'that clocks skip is the moment of the change',
      '2026-03-29T00:00Z',
      '02:30',
      'Europe/Berlin',
      '2026-03-29T01:00:00.000Z',
    ],
    ['that clocks show twice is the first', '2026-10-24T22:00Z', '02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    [
      'is taken once where clocks show it twice',
      '2026-10-25T00:30Z',
      '02:30',
      'Europe/Berlin',
      '2026-10-26T01:30:00.000Z',
    ],
    ['follows zones of half an hour', '2026-07-01T00:00Z', '06:00', 'Asia/Kolkata', '2026-07-01T00:30:00.000Z'],
    [
      'of a day that was skipped is the moment of the change',
      '2011-12-30T09:00Z',
      '06:00',
      'Pacific/Apia',
      '2011-12-30T10:00:00.000Z',
    ],
  ])('%s', (_, after, time, zone, due) => {
    expect(iso(nextWallTime(at(after), minutesOf(time) as number, zone))).toBe(due)
  })

  test('comes within 49 hours, after the moment asked about, and shows on the clocks of its zone unless they skip it', () => {
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe')
    const moment = fc.integer({ min: at('2020-01-01T00:00Z'), max: at('2030-01-01T00:00Z') })
    fc.assert(
      fc.property(moment, fc.integer({ min: 0, max: 1439 }), zones, (after, minutes, zone) => {
        const due = nextWallTime(after, minutes, zone)
        expect(due).toBeGreaterThan(after)
        expect(due - after).toBeLessThanOrEqual(49 * 3_600_000)
        const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' })
        const wanted = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
        const [before, shown] = [format.format(due - 1), format.format(due)]
        // Skipped: the clock jumps over it at this very moment.
        expect(shown === wanted || (before < wanted && wanted < shown)).toBe(true)
      }),
    )
  })

  test.each(['24:00', '6', '06:60', '6 o’clock', ''])('"%s" is none', (text) => {
    expect(minutesOf(text)).toBeUndefined()
  })
})

describe('an alarm', () => {
  test('goes off once at its time, in steps where timers do not reach that far, and again later where the clock was put back', () => {
    let now = 0
    let pending: { at: number; act: () => void } | undefined
    const clock: Clock = {
      now: () => now,
      after(milliseconds, act) {
        expect(milliseconds).toBeLessThanOrEqual(2 ** 31 - 1)
        pending = { at: now + milliseconds, act }
        return () => {
          pending = undefined
        }
      },
    }
    const rung: number[] = []
    alarm(clock, 3e9, () => rung.push(now))
    while (pending !== undefined) {
      const { at: when, act } = pending
      pending = undefined
      now = rung.length === 0 && when === 3e9 && now < 3e9 - 5 ? 3e9 - 5 : when
      act()
    }
    expect(rung).toEqual([3e9])
  })

  test('that is taken back never goes off', async () => {
    const rung: string[] = []
    const stop = alarm(createClock(Date.now), Date.now() + 20, () => rung.push('a'))
    alarm(createClock(Date.now), Date.now() + 20, () => rung.push('b'))
    stop()
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(rung).toEqual(['b'])
  })
})
