import { TidegateError } from '../errors.ts'

/** A call of a node's code that begins: told to whoever watches from another thread, where code that never gives control back can be ended. */
export interface NodeCall {
  readonly node: string
  readonly part: string | undefined
  /** Milliseconds that the node has left for this part; undefined without a limit. */
  readonly left: number | undefined
  /** What to say where they are over. */
  readonly late: TidegateError | undefined
}

/** Returns what is to be called when the call is over. */
export type Watch = (call: NodeCall) => () => void

/** Limits the time that one node's code takes for one part; what other nodes of the same task take does not count. */
export interface Stopwatch {
  /** Milliseconds; undefined without a limit. */
  readonly left: number | undefined
  /** Milliseconds that its code took so far, here and elsewhere. */
  readonly spent: number
  /** From now on so many milliseconds are left, where there is a limit. */
  leave(milliseconds: number | undefined): void
  /** Time that the node's code took elsewhere. Throws `STEP_TIMEOUT` when that was too long. */
  spend(milliseconds: number): void
  /** What `act` gives; `STEP_TIMEOUT` when the time is over, the signal's reason as soon as the run is cancelled. */
  race<T>(act: () => T | Promise<T>): Promise<T>
}

/**
 * `limit` in milliseconds; undefined for none. Code that does not listen to the signal is left behind; code that never gives control back cannot
 * be stopped in the same process.
 */
export function createStopwatch(
  node: string,
  part: string | undefined,
  limit: number | undefined,
  signal: AbortSignal,
  watch?: Watch,
): Stopwatch {
  let left = limit ?? Number.POSITIVE_INFINITY
  let spent = 0
  const late = () => (limit === undefined ? undefined : timedOut(node, part, limit))
  return {
    get left() {
      return limit === undefined ? undefined : left
    },
    get spent() {
      return spent
    },
    leave(milliseconds) {
      if (limit !== undefined && milliseconds !== undefined) left = milliseconds
    },
    spend(milliseconds) {
      take(milliseconds)
      if (limit !== undefined && left < 0) throw timedOut(node, part, limit)
    },
    async race(act) {
      signal.throwIfAborted()
      const over = watch?.({ node, part, left: limit === undefined ? undefined : left, late: late() })
      try {
        return await raced(act)
      } finally {
        over?.()
      }
    },
  }

  function take(milliseconds: number): void {
    spent += milliseconds
    left -= milliseconds
  }

  async function raced<T>(act: () => T | Promise<T>): Promise<T> {
    const started = performance.now()
    let timer: NodeJS.Timeout | undefined
    let stop = (): void => undefined
    const over = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason)
      signal.addEventListener('abort', stop, { once: true })
      if (limit !== undefined) timer = setTimeout(() => reject(timedOut(node, part, limit)), Math.max(left, 0))
    })
    try {
      const result = await Promise.race([Promise.resolve().then(act), over])
      take(performance.now() - started)
      if (limit !== undefined && left < 0) throw timedOut(node, part, limit)
      return result
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    }
  }
}

/** Whether a call that nobody waits for any more ends in so many milliseconds, well or badly. */
export async function endsWithin(call: Promise<unknown> | undefined, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds)
  })
  const ended = Promise.resolve(call).then(
    () => true,
    () => true,
  )
  try {
    return await Promise.race([ended, over])
  } finally {
    clearTimeout(timer)
  }
}

function timedOut(node: string, part: string | undefined, limit: number): TidegateError {
  const where = part === undefined || part === 'all' ? '' : ` on ${part}`
  return new TidegateError('STEP_TIMEOUT', `Step "${node}" took longer than ${limit / 1000} s${where}`, {
    hint: 'Raise `timeout`, or find out why the step does not end.',
    data: { node, limit, ...(part === undefined ? {} : { part }) },
  })
}
