import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { TidegateError } from '../../src/kernel/errors.ts'
import { createMemoryLineage } from '../../src/plugins/defaults/memory-lineage.ts'
import type { LineageEvent, LineageStore } from '../../src/plugins/lineage-store.ts'
import { lineageStoreContract } from '../../src/testing/lineage-store.ts'

describe('the lineage store in memory', () => {
  for (const { name, run } of lineageStoreContract(createMemoryLineage)) it(name, run)
})

/** What a user writes: one line of JSON per event, nothing else. The kernel answers every question. */
function fileLineage(path: string): LineageStore {
  const parse = (time: string): number => {
    if (Number.isNaN(Date.parse(time))) throw new TidegateError('LINEAGE_FAILED', `"${time}" is not a time`)
    return Date.parse(time)
  }
  const lines = async (): Promise<string[]> => (await readFile(path, 'utf8').catch(() => '')).split('\n').slice(0, -1)
  let last: Promise<void> = Promise.resolve()
  return {
    append(event) {
      const line = JSON.stringify(event)
      last = last
        .catch(() => undefined)
        .then(async () => {
          parse(event.eventTime)
          if (!(await lines()).includes(line)) await appendFile(path, `${line}\n`)
        })
      return last
    },
    async *events({ namespace, job, dataset, runId, until } = {}) {
      const limit = until === undefined ? Number.POSITIVE_INFINITY : parse(until)
      const here = (place: { readonly namespace: string; readonly name: string }, name: string): boolean =>
        place.name === name && (namespace === undefined || place.namespace === namespace)
      for (const line of await lines()) {
        const event = JSON.parse(line) as LineageEvent
        if (Date.parse(event.eventTime) > limit || (runId !== undefined && event.run.runId !== runId)) continue
        if (job !== undefined && !here(event.job, job)) continue
        if (dataset !== undefined && ![...event.inputs, ...event.outputs].some((place) => here(place, dataset)))
          continue
        if (job === undefined && dataset === undefined && namespace !== undefined && event.job.namespace !== namespace)
          continue
        yield event
      }
    },
  }
}

describe('a lineage store written by hand, in a file', () => {
  let folder: string
  let count = 0
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidegate-lineage-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  for (const { name, run } of lineageStoreContract(() => fileLineage(join(folder, `${count++}.ndjson`)))) it(name, run)
})
