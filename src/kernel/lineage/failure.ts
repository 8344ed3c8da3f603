import { isTidegateError, TidegateError } from '../errors.ts'

/** An error that says `LINEAGE_FAILED` already stays as it is; any other becomes the cause of a new one. */
export function lineageFailed(
  error: unknown,
  message: string,
  hint: string,
  data: Readonly<Record<string, unknown>>,
): TidegateError {
  if (isTidegateError(error) && error.code === 'LINEAGE_FAILED') return error
  return new TidegateError('LINEAGE_FAILED', message, { hint, data, cause: error })
}
