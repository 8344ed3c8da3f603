import { createRequire } from 'node:module'
import type { Logger } from '../../plugins/logger.ts'
import { TidegateError } from '../errors.ts'
import type { Redactor } from '../secrets/redactor.ts'
import { errorFacts } from './error-facts.ts'

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** The level named by the variable TIDEGATE_LOG, or `otherwise` when it is not set. */
export function logLevel(text: string | undefined, otherwise: LogLevel): LogLevel {
  if (text === undefined || text === '') return otherwise
  const level = logLevels.find((name) => name === text.toLowerCase())
  if (level) return level
  throw new TidegateError('USAGE', `TIDEGATE_LOG is "${text}", which is no log level`, {
    hint: `Use one of ${logLevels.join(', ')}.`,
  })
}

/**
 * JSON lines by pino, each written at once (nothing is lost when the process is killed) and without the secrets that `redactor` knows.
 * pino is loaded with the first line that is written: a quiet run does not pay for it.
 */
export function createLogger(given: {
  readonly level: LogLevel
  readonly redactor: Redactor
  /** Where lines go, each ending in a line break. Standard error by default. */
  readonly write?: (line: string) => void
}): Logger {
  const write = given.write ?? ((line: string) => void process.stderr.write(line))
  const least = logLevels.indexOf(given.level)
  let sink: Logger | undefined
  const method = (level: Exclude<LogLevel, 'silent'>): Logger['info'] => {
    if (logLevels.indexOf(level) < least) return () => {}
    return (message, fields) => {
      sink ??= openPino((line) => write(given.redactor.redact(line)))
      sink[level](message, fields)
    }
  }
  return { debug: method('debug'), info: method('info'), warn: method('warn'), error: method('error') }
}

function openPino(write: (line: string) => void): Logger {
  const { pino } = createRequire(import.meta.url)('pino') as typeof import('pino')
  const lines = pino(
    {
      level: 'debug',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    { write },
  )
  const method =
    (level: 'debug' | 'info' | 'warn' | 'error'): Logger['info'] =>
    (message, fields) =>
      lines[level](readable(fields), message)
  return { debug: method('debug'), info: method('info'), warn: method('warn'), error: method('error') }
}

/** Errors among the fields would be written as `{}`. */
function readable(fields: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
  const entries = Object.entries(fields ?? {})
  return Object.fromEntries(entries.map(([key, value]) => [key, value instanceof Error ? errorFacts(value) : value]))
}
