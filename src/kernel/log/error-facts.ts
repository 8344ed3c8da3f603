import type { ErrorFacts } from '../../plugins/events.ts'
import { isTidegateError } from '../errors.ts'

const asIs = (text: string): string => text

/** What events, logs and manifests keep of an error. Errors of others keep their own code (`ENOENT`), or else their name. */
export function errorFacts(error: unknown, redact: (text: string) => string = asIs): ErrorFacts {
  if (isTidegateError(error)) {
    const facts = { code: error.code, message: redact(error.message) }
    return error.hint === undefined ? facts : { ...facts, hint: redact(error.hint) }
  }
  if (!(error instanceof Error)) return { code: 'Error', message: redact(String(error)) }
  const { code } = error as { readonly code?: unknown }
  return { code: typeof code === 'string' ? code : error.name, message: redact(error.message) }
}
