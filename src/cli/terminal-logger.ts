import { provide } from '../kernel/define/plugin.ts'
import { type LogLevel, logLevel, logLevels } from '../kernel/log/create-logger.ts'
import { errorFacts } from '../kernel/log/error-facts.ts'
import { Logger } from '../plugins/logger.ts'
import type { AnyPlugin } from '../plugins/plugin.ts'
import type { Output } from './output.ts'
import { tameLines } from './text/width.ts'

/** Log lines for people at a terminal, in place of JSON; the level is TIDEGATE_LOG, else `warn`. A config's own logger stays. */
export function terminalLogger(output: Output, variables: Readonly<Record<string, string | undefined>>): AnyPlugin {
  return provide(Logger, {
    name: 'tidegate/terminal-logger',
    create: () => createTerminalLogger(output, variables),
  })()
}

export function createTerminalLogger(output: Output, variables: Readonly<Record<string, string | undefined>>): Logger {
  const styles = { debug: output.paint.dim, info: output.paint.dim, warn: output.paint.yellow, error: output.paint.red }
  const least = logLevels.indexOf(logLevel(variables['TIDEGATE_LOG'], 'warn'))
  const method = (level: Exclude<LogLevel, 'silent'>): Logger['info'] => {
    if (logLevels.indexOf(level) < least) return () => {}
    return (message, fields) =>
      output.note(`${styles[level](level)} ${tameLines(message)}${output.paint.dim(fieldsText(fields))}`)
  }
  return { debug: method('debug'), info: method('info'), warn: method('warn'), error: method('error') }
}

function fieldsText(fields: Readonly<Record<string, unknown>> | undefined): string {
  const entries = Object.entries(fields ?? {})
  return entries
    .map(
      ([key, value]) =>
        ` ${key}=${tameLines(value instanceof Error ? errorFacts(value).message : typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined'))}`,
    )
    .join('')
}
