import fc from 'fast-check'
import { between, type CheckOptions, notNull, rowCount, type Threshold, unique } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { missedThresholds, showThresholds } from '../../../src/kernel/threshold.ts'
import { lines, linesOf, type Ran, runIn, world } from '../../failure/lab.ts'
import { folder } from '../../failure/scratch.ts'

const parts = { a: lines([1, 'x', 1], [2, 'y', 99], [3, 'x', null]), b: lines([4, 'y', -5], [5, 'x', 5]) }
const limit = (options?: CheckOptions) => between('v', 0, 50, options)
const gateOf = async (options: Record<string, unknown>) =>
  runIn(await folder(), { src: linesOf(world(parts), options) }, {}, {})
const sectionOf = (ran: Ran) => ran.outcome.states.get('src')?.section
const outcome = (ran: Ran, name: string) => sectionOf(ran)?.checks.find((check) => check.name === name)

describe('thresholds', () => {
  test.each([
    [{ atLeast: 0.6 }, true],
    [{ atLeast: 0.61 }, false],
    [{ atLeast: { share: 0.6 } }, true],
    [{ atLeast: { rows: 3 } }, true],
    [{ atLeast: { rows: 4 } }, false],
    [{ atMost: 2 }, true],
    [{ atMost: 1 }, false],
    [{ atMost: { rows: 1 } }, false],
    [{ atMost: { share: 0.4 } }, true],
    [{ atMost: { share: 0.39 } }, false],
    [{ atLeast: 0.6, atMost: 1 }, false],
  ] as const)('%j of 3 rows out of 5 passes: %s', async (options, passes) => {
    const ran = await gateOf({ expect: [limit(options)] })
    expect(outcome(ran, 'between(v, 0, 50)')).toMatchObject({ pass: passes, failed: 2, of: 5 })
    expect(ran.status('src')).toBe(passes ? 'committed' : 'withheld')
    expect(sectionOf(ran)?.counts).toMatchObject({ rowsIn: 5, rowsOut: 3, quarantined: 2 })
  })

  test('say in words what is missed', async () => {
    const ran = await gateOf({ expect: [limit({ atLeast: { rows: 1000 }, atMost: { share: 0.001 } })] })
    expect(outcome(ran, 'between(v, 0, 50)')?.observed).toBe(
      '2 of 5 rows failed, at least 1,000 must pass and at most 0.1 % may fail',
    )
  })

  test('of no rows every share passes, and a number of rows that must pass does not', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (share) => {
        expect(missedThresholds({ atLeast: share, atMost: { share } }, 0, 0)).toEqual([])
        expect(missedThresholds({ atLeast: { rows: 1 } }, 0, 0)).toEqual(['at least 1 must pass'])
      }),
    )
  })

  test('written as a number or as an object mean the same', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(share, fc.nat(50), fc.nat(50), fc.nat(50), (least, most, failed, passed) => {
        const plain = missedThresholds({ atLeast: least, atMost: most }, failed, failed + passed)
        const named = { atLeast: { share: least }, atMost: { rows: most } } as const
        expect(missedThresholds(named, failed, failed + passed)).toEqual(plain)
        expect(showThresholds(named)).toBe(showThresholds({ atLeast: least, atMost: most }))
      }),
    )
  })

  test.each([
    ['atLeast', 1.5, 'is 1.5, but a share of the rows lies between 0 and 1'],
    ['atLeast', { rows: -1 }, 'is -1, but a number of rows is a whole number from 0 on'],
    ['atMost', 0.5, 'is 0.5, but a number of rows is a whole number from 0 on'],
    ['atMost', { share: 0.1, rows: 3 }, 'is neither { share } nor { rows }'],
  ])('%s: %j is refused, of a check and of a node', async (option, value, why) => {
    const given = { [option]: value as Threshold }
    expect(() => notNull('v', given)).toThrow(`notNull(v): ${option} ${why}.`)
    const ran = await gateOf(given).catch((error: Error) => ({ error }))
    expect(ran.error?.message).toContain(why)
  })
})

describe('thresholds of a node', () => {
  test('judge all checks without one of their own together, by the rows that go on', async () => {
    const expect_ = [limit(), notNull('v')]
    const loose = await gateOf({ expect: expect_, atLeast: 0.4 })
    expect(loose.status('src')).toBe('committed')
    expect(sectionOf(loose)?.counts).toMatchObject({ rowsIn: 5, rowsOut: 2, quarantined: 3 })
    expect(outcome(loose, 'gate')).toMatchObject({ pass: true, failed: 0, of: 5, observed: '3 of 5 rows do not go on' })
    const strict = await gateOf({ expect: expect_, atMost: 2 })
    expect(strict.error).toMatchObject({
      code: 'GATE_HALTED',
      message: 'The gate of "src" halted: gate: 3 of 5 rows do not go on, at most 2 may fail',
    })
  })

  test('tolerate no row of a check that says halt itself, and judge no check that has its own threshold', async () => {
    const own = await gateOf({ expect: [limit({ verdict: 'halt' })], atMost: 4 })
    expect(own.status('src')).toBe('withheld')
    const other = await gateOf({ expect: [limit({ atMost: 1 })], atMost: 4 })
    expect(outcome(other, 'between(v, 0, 50)')?.pass).toBe(false)
  })

  test('count rows that the whole dataset condemns, and dropped rows', async () => {
    const ran = await gateOf({ expect: [unique('k', { verdict: 'drop' })], atLeast: { rows: 1 } })
    expect(outcome(ran, 'gate')).toMatchObject({ pass: false, failed: 5, of: 5 })
  })

  test('changed alone need no new records', async () => {
    const [place, own] = [await folder(), world(parts)]
    const first = await runIn(place, { src: linesOf(own, { expect: [limit()], atMost: 1 }) }, {}, {})
    expect(first.status('src')).toBe('withheld')
    const second = await runIn(place, { src: linesOf(own, { expect: [limit()], atMost: 2 }) }, {}, {})
    expect(second.status('src')).toBe('committed')
    expect(second.outcome.states.get('src')?.made.size).toBe(0)
  })
})

describe('severity', () => {
  test.each(['warn', 'info'] as const)(
    '%s: failing rows pass, missed thresholds and datasets halt nothing',
    async (severity) => {
      const ran = await gateOf({ expect: [limit({ severity, atLeast: 1 }), rowCount(100, undefined, { severity })] })
      expect(ran.status('src')).toBe('committed')
      expect(sectionOf(ran)?.counts).toMatchObject({ rowsOut: 5, warned: 2 })
      expect(outcome(ran, 'between(v, 0, 50)')).toMatchObject({ severity, pass: false, verdict: 'warn' })
      expect(outcome(ran, 'rowCount(100)')).toMatchObject({ severity, pass: false })
    },
  )

  test('a verdict of its own still sets rows aside', async () => {
    const ran = await gateOf({ expect: [limit({ severity: 'warn', verdict: 'quarantine', atMost: 0 })] })
    expect(ran.status('src')).toBe('committed')
    expect(sectionOf(ran)?.counts).toMatchObject({ rowsOut: 3, quarantined: 2 })
  })

  test('an error is the default, and is not told', async () => {
    const ran = await gateOf({ expect: [limit({ severity: 'error' })] })
    expect(ran.status('src')).toBe('withheld')
    expect(outcome(ran, 'between(v, 0, 50)')).not.toHaveProperty('severity')
  })

  test('that halts nothing and a verdict that halts contradict each other', async () => {
    const ran = await gateOf({ expect: [limit({ severity: 'info', verdict: 'halt' })] }).catch((error: Error) => ({
      error,
    }))
    expect(ran.error?.message).toContain('between(v, 0, 50) halts, but its severity is "info"')
    const repaired = await gateOf({
      expect: [limit({ severity: 'warn', verdict: { repair: (v: number) => v, otherwise: 'halt' } })],
    }).catch((error: Error) => ({ error }))
    expect(repaired.error?.message).toContain('between(v, 0, 50) halts, but its severity is "warn"')
  })
})
