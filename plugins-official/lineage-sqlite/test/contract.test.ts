import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lineageStoreContract } from 'tidegate/testing'
import { afterAll, describe, it } from 'vitest'
import { createSqliteLineage } from '../src/store.ts'

const folder = mkdtempSync(join(tmpdir(), 'tidegate-lineage-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('lineage in SQLite', () => {
  let count = 0
  for (const { name, run } of lineageStoreContract(() => createSqliteLineage(join(folder, `${count++}.db`))))
    it(name, run)
})
