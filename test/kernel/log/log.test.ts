import { describe, expect, test } from 'vitest'
import { TidegateError } from '../../../src/kernel/errors.ts'
import { createEvents } from '../../../src/kernel/log/create-events.ts'
import { createLogger, logLevel } from '../../../src/kernel/log/create-logger.ts'
import { errorFacts } from '../../../src/kernel/log/error-facts.ts'
import { formatError } from '../../../src/kernel/log/format-error.ts'
import { createRedactor } from '../../../src/kernel/secrets/redactor.ts'
import type { TidegateEvent } from '../../../src/plugins/events.ts'

const event: TidegateEvent = { type: 'run.started', at: 0, env: 'test', runId: 'r', pipeline: 'p', span: 's' }

function recorder(level: Parameters<typeof createLogger>[0]['level'] = 'debug') {
  const lines: string[] = []
  const redactor = createRedactor()
  const log = createLogger({ level, redactor, write: (line) => void lines.push(line) })
  return { lines, redactor, log, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

describe('logger', () => {
  test('writes one JSON line per message, with its fields', () => {
    const { log, lines, parsed } = recorder()
    log.info('read a file', { path: 'a.csv', rows: 3 })
    expect(lines[0]?.endsWith('}\n')).toBe(true)
    expect(parsed()).toMatchObject([{ level: 'info', msg: 'read a file', path: 'a.csv', rows: 3 }])
  })

  test('writes nothing below its level, and nothing at all when silent', () => {
    const warn = recorder('warn')
    for (const level of ['debug', 'info', 'warn', 'error'] as const) warn.log[level](level)
    expect(warn.parsed().map(({ msg }) => msg)).toEqual(['warn', 'error'])
    const silent = recorder('silent')
    silent.log.error('x')
    expect(silent.lines).toEqual([])
  })

  test('a canary secret reaches no line: not in message, field, nested error or JSON text', () => {
    const { log, lines, redactor } = recorder()
    redactor.learn('TOKEN', 'canary"4711')
    log.error('failed with canary"4711', { nested: { url: 'x?canary"4711' }, cause: new Error('canary"4711') })
    log.info(JSON.stringify({ token: 'canary"4711' }))
    const text = lines.join('')
    expect(text).not.toContain('4711')
    expect(text.split('[secret TOKEN]')).toHaveLength(5)
  })

  test('errors among the fields keep code, message and hint', () => {
    const { log, parsed } = recorder()
    log.warn('again', { error: new TidegateError('SOURCE_EMPTY', 'nothing', { hint: 'Look.' }) })
    expect(parsed()[0]).toMatchObject({ error: { code: 'SOURCE_EMPTY', message: 'nothing', hint: 'Look.' } })
  })

  test('TIDEGATE_LOG names the level; another word is refused', () => {
    expect(logLevel(undefined, 'silent')).toBe('silent')
    expect(logLevel('DEBUG', 'silent')).toBe('debug')
    expect(() => logLevel('loud', 'silent')).toThrow('TIDEGATE_LOG is "loud", which is no log level')
  })
})

describe('events', () => {
  test('reach every listener until it leaves', () => {
    const { log, redactor } = recorder()
    const events = createEvents(log, redactor)
    const seen: string[] = []
    const listener = ({ type }: TidegateEvent) => void seen.push(type)
    const leave = events.on(listener)
    events.on(listener)
    events.emit(event)
    leave()
    events.emit(event)
    expect(seen).toEqual(['run.started', 'run.started', 'run.started'])
  })

  test('a listener that throws is reported once and does not keep others from listening', () => {
    const { log, redactor, parsed } = recorder()
    const events = createEvents(log, redactor)
    let heard = 0
    events.on(() => {
      throw new Error('screen is gone')
    })
    events.on(() => void heard++)
    events.emit(event)
    events.emit(event)
    expect(heard).toBe(2)
    expect(parsed()).toMatchObject([{ level: 'error', error: { message: 'screen is gone' } }])
  })
})

test('errors in events hold no secrets', () => {
  const { log, redactor } = recorder()
  redactor.learn('TOKEN', 'canary-4711')
  const events = createEvents(log, redactor)
  const seen: string[] = []
  events.on((heard) => void seen.push(JSON.stringify(heard)))
  const error = { code: 'E', message: 'canary-4711 refused', hint: 'not canary-4711' }
  events.emit({ ...event, type: 'run.finished', status: 'failed', duration: 1, error })
  expect(seen.join()).toContain('[secret TOKEN] refused')
  expect(seen.join()).not.toContain('canary')
})

describe('errors for people', () => {
  const native = Object.assign(new Error('no such file\n  at line 2'), { code: 'ENOENT' })
  const error = new TidegateError('SOURCE_NOT_FOUND', 'a.csv does not exist', {
    hint: 'Check the path.',
    cause: new TidegateError('SOURCE_UNREADABLE', 'inner', { cause: native }),
  })

  test('show code, message, hint and one line per cause', () => {
    expect(formatError(error)).toBe(
      [
        'SOURCE_NOT_FOUND: a.csv does not exist',
        '  hint: Check the path.',
        '  caused by SOURCE_UNREADABLE: inner',
        '  caused by ENOENT: no such file',
      ].join('\n'),
    )
  })

  test('have colours only when asked', () => {
    expect(formatError(error)).not.toContain('\u001b')
    expect(formatError(error, { color: true })).toContain('\u001b[31mSOURCE_NOT_FOUND\u001b[0m')
  })

  test('show every error of an aggregate, and end on a circle of causes', () => {
    const one = new Error('one')
    one.cause = one
    const all = new TidegateError('RUN_FAILED', 'two things', {
      cause: new AggregateError([one, new Error('two')], 'both'),
    })
    expect(formatError(all).split('\n').slice(1)).toEqual([
      '  caused by AggregateError: both',
      '  caused by Error: one',
      '  caused by Error: two',
    ])
  })

  test('hold no secrets', () => {
    const redactor = createRedactor()
    redactor.learn('TOKEN', 'canary-4711')
    const leaking = new TidegateError('TARGET_FAILED', 'PUT x?canary-4711', {
      hint: 'not canary-4711',
      cause: new Error('canary-4711'),
    })
    expect(formatError(leaking, { redact: redactor.redact })).not.toContain('canary')
    expect(JSON.stringify(errorFacts(leaking, redactor.redact))).not.toContain('canary')
  })

  test('keep the code of native errors, and take anything that is thrown', () => {
    expect(errorFacts(native)).toMatchObject({ code: 'ENOENT' })
    expect(errorFacts(new RangeError('r'))).toEqual({ code: 'RangeError', message: 'r' })
    expect(errorFacts('just text')).toEqual({ code: 'Error', message: 'just text' })
  })
})
