import { randomBytes } from 'node:crypto'

/** What a step's code may know of the run. Time and chance come only from here. */
export interface Context {
  /** Fixed when the run begins and recorded; a node that reads it is never "up to date" unless it says `stable`. */
  readonly now: Date
  /** Uniform in [0, 1), seeded by (seed, pipeline, node, part): the same part gets the same numbers in every run. */
  readonly random: () => number
  readonly signal: AbortSignal
  readonly runId: string
}

export type Awaitable<T> = T | Promise<T>

/** What survives `JSON.parse(JSON.stringify(x))`. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Milliseconds since an arbitrary moment, for durations. */
export const stopwatch = (): number => performance.now()

/** Epoch milliseconds, UTC: the one place where a run's `now` comes from. */
export const wallClock = (): number => Date.now()

/** A UUID of version 7 (RFC 9562): run ids sort by the time at which runs began. */
export function createRunId(now: number): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(now, 0, 6)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
