import type { GateFacts } from '../plugins/check.ts'

/** What a rule over the whole dataset may look at, for a test of its own: the beginning of time, no other dataset, no history. */
export function gateFacts(given: Partial<GateFacts> = {}): GateFacts {
  return { now: 0, others: {}, history: [], signal: new AbortController().signal, ...given }
}
