import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lineageStoreContract } from 'tidegate/testing'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { createFileLineage } from './file-lineage.ts'

describe('the lineage store in a file', () => {
  let folder = ''
  let stores = 0
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'file-lineage-'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  for (const { name, run } of lineageStoreContract(() => createFileLineage(join(folder, `${stores++}.ndjson`))))
    it(name, run)
})
