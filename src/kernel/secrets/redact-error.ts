import { inspect } from 'node:util'
import { isTidegateError, TidegateError } from '../errors.ts'

const depth = 6

/**
 * The error as it may leave the kernel. What holds no secret stays the object it was; of the rest a copy without it is made, causes included.
 * A native error keeps name, code, message and stack, and loses whatever else hung on it (a driver's options, a request's headers).
 */
export function redactError<E>(error: E, redact: (text: string) => string): E {
  return clean(error, redact, 0) as E
}

function clean(error: unknown, redact: (text: string) => string, level: number): unknown {
  const text = inspect(error, { depth })
  if (redact(text) === text) return error
  if (!(error instanceof Error) && !isTidegateError(error)) return redact(String(error))
  const message = redact(error.message)
  const cause = error.cause === undefined || level >= depth ? {} : { cause: clean(error.cause, redact, level + 1) }
  const copy = isTidegateError(error)
    ? new TidegateError(error.code, message, {
        ...(error.hint === undefined ? {} : { hint: redact(error.hint) }),
        data: JSON.parse(redact(JSON.stringify(error.data))) as TidegateError['data'],
        ...cause,
      })
    : nativeCopy(error, message, cause)
  if (error.stack !== undefined) copy.stack = redact(error.stack)
  return copy
}

function nativeCopy(error: Error, message: string, cause: { readonly cause?: unknown }): Error {
  const copy = new Error(message, cause)
  copy.name = error.name
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' ? Object.assign(copy, { code }) : copy
}
