import type { GateFacts } from 'tidegate'

/** Facts for rules that look at none. */
export const noFacts: GateFacts = { now: 0, others: {}, history: [], signal: new AbortController().signal }
