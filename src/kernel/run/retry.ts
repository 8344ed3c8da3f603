import { type ErrorCode, isTidegateError } from '../errors.ts'
import type { GraphNode } from '../graph/graph.ts'
import { createRandom } from '../hash/random.ts'

/** Errors that another attempt may mend; what is wrong with data or code stays wrong. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'STEP_FAILED',
  'STEP_TIMEOUT',
  'WORKER_CRASHED',
  'SOURCE_UNREADABLE',
  'SOURCE_CHANGED',
  'WORKSPACE_FAILED',
  'TARGET_FAILED',
])

/** Native errors may pass as well. */
export function mayPass(error: unknown): boolean {
  return !isTidegateError(error) || passing.has(error.code)
}

/** Tries as often as the node's `retry` allows. `seed` makes the pauses of one run differ from those of another. */
export async function retrying<T>(
  node: GraphNode,
  seed: string,
  signal: AbortSignal,
  act: () => Promise<T>,
): Promise<T> {
  const { attempts = 1, backoff: first = 200 } = node.spec.gate.retry ?? {}
  for (let attempt = 1; ; attempt++) {
    try {
      return await act()
    } catch (error) {
      signal.throwIfAborted()
      if (attempt >= attempts || !mayPass(error)) throw error
      await sleep(backoff(first, attempt, createRandom(`${seed}/${node.name}/${attempt}`)), signal)
    }
  }
}

/** Exponential with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015), at most one minute. Milliseconds. */
export function backoff(first: number, attempt: number, random: () => number): number {
  return Math.round(random() * Math.min(60_000, first * 2 ** (attempt - 1)))
}

/** Rejects with the signal's reason as soon as it is aborted. */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    signal.addEventListener('abort', stop, { once: true })
  })
}
