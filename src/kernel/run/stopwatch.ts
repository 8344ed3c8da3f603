import { TidegateError } from '../errors.ts'

/** Limits the time that one node's code takes for one part; what other nodes of the same task take does not count. */
export interface Stopwatch {
  race<T>(act: () => T | Promise<T>): Promise<T>
}

/** `limit` in milliseconds; undefined for none. Code that never gives control back cannot be stopped in the same process. */
export function createStopwatch(node: string, part: string | undefined, limit: number | undefined): Stopwatch {
  if (limit === undefined) return { race: async (act) => act() }
  let left = limit
  return {
    async race(act) {
      const started = performance.now()
      let timer: NodeJS.Timeout | undefined
      const expired = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(timedOut(node, part, limit)), Math.max(left, 0))
      })
      try {
        const result = await Promise.race([Promise.resolve().then(act), expired])
        left -= performance.now() - started
        if (left < 0) throw timedOut(node, part, limit)
        return result
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

function timedOut(node: string, part: string | undefined, limit: number): TidegateError {
  const where = part === undefined || part === 'all' ? '' : ` on ${part}`
  return new TidegateError('STEP_TIMEOUT', `Step "${node}" took longer than ${limit / 1000} s${where}`, {
    hint: 'Raise `timeout`, or find out why the step does not end.',
    data: { node, limit, ...(part === undefined ? {} : { part }) },
  })
}
