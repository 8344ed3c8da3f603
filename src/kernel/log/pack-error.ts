import { type ErrorCode, isTidegateError, TidegateError } from '../errors.ts'
import { redactError } from '../secrets/redact-error.ts'

/** An error as JSON: what one thread or process tells another of it. */
export interface PackedError {
  /** `tidegate` for errors with a code of `errorCodes`. */
  readonly kind: 'tidegate' | 'native'
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly hint?: string
  readonly data?: Readonly<Record<string, unknown>>
  readonly stack?: string
  readonly cause?: PackedError
  /** Of an `AggregateError`. */
  readonly errors?: readonly PackedError[]
}

const deepest = 8
const asIs = (text: string): string => text

/** Secrets are blotted out before anything is taken. What hangs on a native error besides name, message, code, stack and causes is left behind. */
export function packError(error: unknown, redact: (text: string) => string = asIs): PackedError {
  return pack(redactError(error, redact), 0)
}

function pack(error: unknown, level: number): PackedError {
  if (!(error instanceof Error) && !isTidegateError(error))
    return { kind: 'native', name: 'Error', message: String(error) }
  const { name, message, stack, cause } = error
  const inner = level >= deepest ? undefined : cause
  const rest = {
    name,
    message,
    ...(stack === undefined ? {} : { stack }),
    ...(inner === undefined ? {} : { cause: pack(inner, level + 1) }),
  }
  if (isTidegateError(error)) {
    const { code, hint, data } = error
    return { kind: 'tidegate', ...rest, code, ...(hint === undefined ? {} : { hint }), data: plain(data) }
  }
  const { code } = error as { readonly code?: unknown }
  return {
    kind: 'native',
    ...rest,
    ...(typeof code === 'string' ? { code } : {}),
    ...(error instanceof AggregateError && level < deepest
      ? { errors: error.errors.map((one: unknown) => pack(one, level + 1)) }
      : {}),
  }
}

/** `data` is JSON by contract; what is not, in somebody's own error, must not hide the error. */
function plain(data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(JSON.stringify(data)) as Readonly<Record<string, unknown>>
  } catch {
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, String(value)]))
  }
}

/** The error again, with its brand. */
export function unpackError(packed: PackedError): Error {
  const { message, stack, hint, data } = packed
  const cause = packed.cause === undefined ? undefined : unpackError(packed.cause)
  if (packed.kind === 'tidegate') {
    // Known to the thread that threw it, which runs the same code.
    const error = new TidegateError(packed.code as ErrorCode, message, {
      ...(hint === undefined ? {} : { hint }),
      ...(data === undefined ? {} : { data }),
      ...(cause === undefined ? {} : { cause }),
    })
    if (stack !== undefined) error.stack = stack
    return error
  }
  const options = cause === undefined ? undefined : { cause }
  const error =
    packed.errors === undefined
      ? new Error(message, options)
      : new AggregateError(packed.errors.map(unpackError), message, options)
  error.name = packed.name
  if (stack !== undefined) error.stack = stack
  return packed.code === undefined ? error : Object.assign(error, { code: packed.code })
}
