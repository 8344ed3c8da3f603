import { isTidegateError, TidegateError } from 'tidegate'

export function corrupt(shown: string, what: string, hint?: string, cause?: unknown): TidegateError {
  return new TidegateError('SOURCE_CORRUPT', `"${shown}" ${what}`, {
    hint: hint ?? 'Open it in a spreadsheet program and save it again as .xlsx.',
    data: { path: shown },
    ...(cause === undefined ? {} : { cause }),
  })
}

/** An error of the zip or XML library, in the user's names; errors of Tidegate pass. */
export function asCorrupt(shown: string, cause: unknown): unknown {
  if (isTidegateError(cause)) return cause
  return corrupt(
    shown,
    `is damaged: ${cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause)}`,
    'Fetch the file again; it may have been cut off on its way.',
    cause,
  )
}
