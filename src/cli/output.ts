import { isTidegateError } from '../kernel/errors.ts'
import { errorFacts } from '../kernel/log/error-facts.ts'
import { formatError } from '../kernel/log/format-error.ts'
import { createPaint, type Paint, wantsColor } from './text/paint.ts'
import { tameLines } from './text/width.ts'
import { userFrame } from './user-frame.ts'

/** What of a stream the output needs; terminals have a size. */
export interface OutputStream {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly rows?: number | undefined
}

/** The one writer of the command line: everything that is shown goes through here, and loses secrets on the way. */
export interface Output {
  /** Standard output is a terminal. */
  readonly terminal: boolean
  /** Records for programs instead of text for people. */
  readonly json: boolean
  readonly paint: Paint
  /** Columns of the terminal; without end where there is none. */
  readonly width: () => number
  readonly height: () => number
  /** Lines on standard output. */
  lines(...lines: readonly string[]): void
  /** One record on a line of its own, on standard output. */
  record(value: unknown): void
  /** Raw text on standard output, such as cursor movements. */
  raw(text: string): void
  /** A line on standard error: what is no result. */
  note(line: string): void
  /** The error for people on standard error, and with `json` as a record on standard output. */
  error(error: unknown): void
  /** From now on this is blotted out. */
  redactWith(redact: (text: string) => string): void
  /** Whoever draws on the terminal is asked to step aside before anything else is written. */
  aside: (() => void) | undefined
}

/** Errors that come out of the user's own code: the place in it is worth a line. */
const usersCode: readonly string[] = ['STEP_FAILED', 'CHECK_FAILED', 'HOOK_FAILED']

export function createOutput(given: {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly json: boolean
}): Output {
  const { stdout, stderr, variables, json } = given
  const terminal = stdout.isTTY === true
  const color = !json && wantsColor(terminal, variables)
  let redact = (text: string): string => text
  const write = (stream: OutputStream, text: string) => {
    output.aside?.()
    stream.write(redact(text))
  }
  const output: Output = {
    terminal,
    json,
    paint: createPaint(color),
    width: () => (terminal ? (stdout.columns ?? 80) : Number.POSITIVE_INFINITY),
    height: () => stdout.rows ?? 24,
    lines: (...lines) => write(stdout, lines.map((line) => `${line}\n`).join('')),
    record: (value) => write(stdout, `${JSON.stringify(value)}\n`),
    raw: (text) => void stdout.write(redact(text)),
    note: (line) => write(stderr, `${line}\n`),
    error(error) {
      const own = {
        color: wantsColor(stderr.isTTY === true, variables),
        redact: (text: string) => tameLines(redact(text)),
      }
      write(stderr, `${formatError(error, own)}\n`)
      const frame =
        isTidegateError(error) && usersCode.includes(error.code) ? userFrame(error, process.cwd()) : undefined
      if (frame !== undefined) write(stderr, `  at ${tameLines(frame)}\n`)
      if (!isTidegateError(error)) write(stderr, unexpected(error, variables['TIDEGATE_LOG']))
      if (json) output.record({ error: errorFacts(error) })
    },
    redactWith(next) {
      redact = next
    },
    aside: undefined,
  }
  return output
}

/** What is no TidegateError should not have happened: who wants to find out where sees the stack. */
function unexpected(error: unknown, level: string | undefined): string {
  if (level === 'debug' && error instanceof Error) return `${tameLines(error.stack ?? '')}\n`
  return '  This is a fault of Tidegate or of a plugin; TIDEGATE_LOG=debug shows where.\n'
}
