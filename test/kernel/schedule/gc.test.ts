import { expect, test } from 'vitest'
import { collectGarbage } from '../../../src/kernel/commit/gc.ts'
import { createStore } from '../../../src/kernel/parts/store.ts'
import { createTickRecords } from '../../../src/kernel/schedule/records.ts'
import { createArrowStorage } from '../../../src/plugins/defaults/arrow-storage.ts'
import { createMemoryWorkspace } from '../../support/memory-workspace.ts'

test('a collection of garbage keeps the newest hundred ticks of each schedule, however old, and where it began', async () => {
  const workspace = createMemoryWorkspace()
  const records = createTickRecords(workspace, 'production', 'p')
  const since = Date.parse('2026-01-01T00:00Z')
  await records.since(since)
  for (let hour = 1; hour <= 120; hour++) {
    const tick = since + hour * 3_600_000
    await records.claim(tick, 1, { version: 1, by: 'x', pid: 1, host: 'h', at: tick })
    await records.finish(tick, 1, { version: 1, status: 'succeeded', at: tick })
  }
  const store = createStore({ workspace, storage: createArrowStorage(), readable: [], durability: 'process' })
  const options = { entries: 10, grace: 0, now: Date.parse('2027-01-01T00:00Z') }
  expect(await collectGarbage(store, { ...options, dryRun: true })).toMatchObject({ deleted: 40 })
  expect(await records.read()).toHaveLength(120)
  expect(await collectGarbage(store, options)).toMatchObject({ deleted: 40 })
  const kept = await records.read()
  expect([kept.length, kept[0]?.tick, await records.began()]).toEqual([100, since + 21 * 3_600_000, since])
})
