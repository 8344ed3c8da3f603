import { isTidegateError } from '../errors.ts'
import { errorFacts } from './error-facts.ts'

export interface ErrorFormat {
  /** ANSI colours, for terminals. */
  readonly color?: boolean
  /** Blots out secrets. */
  readonly redact?: (text: string) => string
}

const deepest = 8

/**
 * An error for people: code and message, then the hint, then one line for each cause.
 *
 * ```text
 * SOURCE_CORRUPT: data/a.parquet is truncated
 *   hint: Fetch the file again.
 *   caused by Error: unexpected end of file
 * ```
 */
export function formatError(error: unknown, { color = false, redact }: ErrorFormat = {}): string {
  const paint = (code: number, text: string) => (color ? `\u001b[${code}m${text}\u001b[0m` : text)
  const { code, message, hint } = errorFacts(error, redact)
  const lines = [`${paint(31, code)}: ${message}`]
  if (hint !== undefined) lines.push(`  ${paint(36, 'hint:')} ${hint}`)
  for (const cause of causesOf(error)) lines.push(`  ${paint(2, `caused by ${oneLine(cause, redact)}`)}`)
  return lines.join('\n')
}

function causesOf(error: unknown): readonly unknown[] {
  const found = new Set<unknown>()
  const visit = (at: unknown): void => {
    if (!(at instanceof Error) && !isTidegateError(at)) return
    for (const next of at instanceof AggregateError ? at.errors : [at.cause]) {
      if (next === undefined || found.has(next) || next === error || found.size >= deepest) continue
      found.add(next)
      visit(next)
    }
  }
  visit(error)
  return [...found]
}

function oneLine(cause: unknown, redact: ErrorFormat['redact']): string {
  const { code, message } = errorFacts(cause, redact)
  return `${code}: ${message.split(/\s*\n\s*/, 1)[0]}`
}
