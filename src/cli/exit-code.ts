import { errorCodes, isTidegateError } from '../kernel/errors.ts'

/** What the process ends with after an error: 1 where data or a run failed (or Tidegate itself), 2 for usage and configuration. */
export function exitCodeOf(error: unknown): number {
  return isTidegateError(error) ? (errorCodes[error.code]?.exit ?? 1) : 1
}
