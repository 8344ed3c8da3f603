import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { askLateData, askViolation, tellAfterStep, tellBeforeStep } from '../../src/hooks/ask.ts'
import { createHooks, hookNames, hooksFor, isTapped, tapHandlers } from '../../src/hooks/create-hooks.ts'
import type { LateData, StepEvent, StepResult, Violation } from '../../src/hooks/hooks.ts'

const event: StepEvent = { pipeline: 'flights', node: 'clean', kind: 'each', runId: 'r1', env: 'test' }
const counts = { rowsIn: 1, rowsOut: 1, quarantined: 0, dropped: 0, warned: 0 }
const result: StepResult = { ...event, ...counts, status: 'committed', duration: 1, bytes: 2 }
const check = { name: 'notNull(origin)', columns: ['origin'] }
const rowPhase: Violation = { ...event, phase: 'row', check, rows: 0, of: 0 }
const foldPhase: Violation = { ...event, phase: 'fold', check, rows: 11, of: 100 }
const late: LateData = { ...event, part: 'p', window: { start: 0, end: 1 }, rows: 2, earliest: 0, latest: 1 }

describe('order', () => {
  test("the config's handlers run before every plugin's, also one that asks for an early stage or to come before", async () => {
    const hooks = createHooks()
    const seen: string[] = []
    hooks.beforeStep.tap({ name: 'a', stage: Number.NEGATIVE_INFINITY }, () => void seen.push('a'))
    tapHandlers(hooks, { beforeStep: () => void seen.push('config') })
    hooks.beforeStep.tap({ name: 'b', before: 'config' }, () => void seen.push('b'))
    hooks.beforeStep.tap({ name: 'c', stage: -1 }, () => void seen.push('c'))
    await tellBeforeStep(hooks, event)
    expect(seen[0]).toBe('config')
    expect(seen.slice().sort()).toEqual(['a', 'b', 'c', 'config'])
  })

  test('every tap of a series is awaited before the next begins', async () => {
    const hooks = createHooks()
    const seen: string[] = []
    hooks.afterStep.tap('an async function under tap', async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      seen.push('first')
    })
    hooks.afterStep.tapAsync('callback', (_, done) => {
      seen.push('second')
      done()
    })
    hooks.afterStep.tapPromise('promise', async () => void seen.push('third'))
    await tellAfterStep(hooks, result)
    expect(seen).toEqual(['first', 'second', 'third'])
  })
})

describe('answers', () => {
  test('the first verdict wins, and who gave it is known', async () => {
    const hooks = createHooks()
    tapHandlers(hooks, { onQualityViolation: () => undefined })
    hooksFor(hooks, 'acme/rules').onQualityViolation.tap('rules', () => 'drop')
    hooksFor(hooks, 'acme/later').onQualityViolation.tapPromise('later', async () => 'warn')
    expect(await askViolation(hooks, rowPhase)).toEqual({ verdict: 'drop', by: 'acme/rules' })
  })

  test('null counts as no answer', async () => {
    const hooks = createHooks()
    hooks.onQualityViolation.tap('shy', () => null as never)
    hooks.onQualityViolation.tap('bold', () => 'quarantine')
    expect(await askViolation(hooks, rowPhase)).toEqual({ verdict: 'quarantine', by: 'bold' })
  })

  test('nobody has an answer when nobody taps', async () => {
    const hooks = createHooks()
    expect(isTapped(hooks, 'onQualityViolation')).toBe(false)
    expect(await askViolation(hooks, rowPhase)).toBeUndefined()
    expect(await askLateData(hooks, late)).toBeUndefined()
    tapHandlers(hooks, { onQualityViolation: () => undefined })
    expect(isTapped(hooks, 'onQualityViolation')).toBe(true)
    expect(isTapped(hooks, 'onLateData')).toBe(false)
  })

  test('in the fold only halt counts', async () => {
    const hooks = createHooks()
    hooks.onQualityViolation.tap('rows', () => 'quarantine')
    expect(await askViolation(hooks, foldPhase)).toBeUndefined()
    tapHandlers(hooks, { onQualityViolation: ({ rows, of }) => (rows / of > 0.1 ? 'halt' : undefined) })
    expect(await askViolation(hooks, foldPhase)).toEqual({ verdict: 'halt', by: 'config' })
  })

  test('late data has actions of its own', async () => {
    const hooks = createHooks()
    hooks.onLateData.tapPromise('windows', async () => 'backfill')
    expect(await askLateData(hooks, late)).toEqual({ verdict: 'backfill', by: 'windows' })
  })

  test('an answer that is no verdict names who gave it', async () => {
    const hooks = createHooks()
    hooksFor(hooks, 'acme/rules').onQualityViolation.tap('typo', () => 'dorp' as never)
    await expect(askViolation(hooks, rowPhase)).rejects.toMatchObject({
      code: 'HOOK_FAILED',
      message: 'Plugin acme/rules (its tap "typo") answered "dorp" in onQualityViolation, which is no verdict',
      hint: "Return one of 'halt', 'quarantine', 'drop', 'warn', or nothing.",
      data: { plugin: 'acme/rules', hook: 'onQualityViolation' },
    })
  })

  test.each([
    [true, 'true'],
    [{ verdict: 'halt' }, 'a value of type object'],
  ])('the answer %j is no verdict', async (given, quoted) => {
    const hooks = createHooks()
    hooks.onQualityViolation.tap('odd', () => given as never)
    await expect(askViolation(hooks, rowPhase)).rejects.toThrow(
      `The tap "odd" answered ${quoted} in onQualityViolation, which is no verdict`,
    )
  })

  test('a handler cannot change the event for those after it', async () => {
    const hooks = createHooks()
    hooks.beforeStep.tap('rude', (given) => {
      Object.assign(given, { node: 'other' })
    })
    await expect(tellBeforeStep(hooks, event)).rejects.toMatchObject({ code: 'HOOK_FAILED' })
  })
})

describe('blame', () => {
  test.each(hookNames)('a tap that throws in %s is named, and its error is the cause', async (name) => {
    const fire = {
      beforeStep: (h: ReturnType<typeof createHooks>) => tellBeforeStep(h, event),
      afterStep: (h: ReturnType<typeof createHooks>) => tellAfterStep(h, result),
      onQualityViolation: (h: ReturnType<typeof createHooks>) => askViolation(h, rowPhase),
      onLateData: (h: ReturnType<typeof createHooks>) => askLateData(h, late),
    }[name]
    const cause = new Error('disk full')
    const throwing = () => {
      throw cause
    }
    const styles = [
      (h: any) => h.tap('watch', throwing),
      (h: any) => h.tapPromise('watch', async () => throwing()),
      (h: any) => h.tapAsync('watch', (_: unknown, done: (error: Error) => void) => done(cause)),
    ]
    for (const tap of styles) {
      const hooks = createHooks()
      tap(hooksFor(hooks, 'acme/watch')[name])
      await expect(fire(hooks)).rejects.toMatchObject({
        code: 'HOOK_FAILED',
        message: `Plugin acme/watch (its tap "watch") failed in ${name}: disk full`,
        data: { plugin: 'acme/watch', hook: name },
        cause,
      })
    }
  })

  test("the config's own handler is named as such", async () => {
    const hooks = createHooks()
    tapHandlers(hooks, {
      beforeStep: () => {
        throw new Error('no')
      },
    })
    await expect(tellBeforeStep(hooks, event)).rejects.toMatchObject({
      message: "The config's own handler failed in beforeStep: no",
      data: { plugin: 'config', hook: 'beforeStep' },
    })
  })
})

test('for all lists of answers, the first that is a verdict is the one given', async () => {
  const verdicts = ['halt', 'quarantine', 'drop', 'warn'] as const
  const answer = fc.constantFrom(undefined, null, ...verdicts)
  await fc.assert(
    fc.asyncProperty(fc.array(answer, { maxLength: 6 }), async (answers) => {
      const hooks = createHooks()
      answers.forEach((given, i) => {
        hooks.onQualityViolation.tap(`tap ${i}`, () => given as never)
      })
      const first = answers.findIndex((given) => given !== undefined && given !== null)
      expect(await askViolation(hooks, rowPhase)).toEqual(
        first < 0 ? undefined : { verdict: answers[first], by: `tap ${first}` },
      )
    }),
  )
})

test('hooks of two kernels do not meet', async () => {
  const [one, two] = [createHooks(), createHooks()]
  one.onQualityViolation.tap('only here', () => 'drop')
  expect(await askViolation(two, rowPhase)).toBeUndefined()
})
