import type { Logger } from '../plugins/logger.ts'
import type { Place } from '../plugins/source.ts'
import { createRunId, wallClock } from './context.ts'
import { createRandom } from './hash/random.ts'

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** A place for a source or target to work at outside of a run: its memory in bytes, the time now, seeded chance, a log that nobody reads. */
export function createPlace({
  folder,
  memory,
  threads,
}: {
  readonly folder: string
  readonly memory: number
  readonly threads: number
}): Place {
  const now = wallClock()
  const random = createRandom('0/place')
  return { folder, memory, threads, log: silent, random, now: new Date(now), runId: createRunId(now) }
}
