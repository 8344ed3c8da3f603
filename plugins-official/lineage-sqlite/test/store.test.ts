import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import Database from 'libsql'
import type { LineageEvent, LineageStore } from 'tidegate'
import { randomLineage, sameAnswers } from 'tidegate/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { sqliteLineage } from '../src/index.ts'
import { createSqliteLineage } from '../src/store.ts'
import { fromStored, toStored } from '../src/text.ts'
import { eventOf } from './event-of.ts'

const folder = mkdtempSync(join(tmpdir(), 'tidegate-lineage-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function read(store: LineageStore): Promise<LineageEvent[]> {
  const events: LineageEvent[] = []
  for await (const event of store.events()) events.push(event)
  return events
}

function failure(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('a lineage file', () => {
  it('keeps what it was told until the next time', async () => {
    const path = join(folder, 'kept.db')
    for (let i = 0; i < 3; i++) {
      const store = createSqliteLineage(path)
      await store.append(eventOf('a', i))
      await store.append(eventOf('a', 0))
      await store.close?.()
      await store.close?.()
    }
    const store = createSqliteLineage(path)
    expect(await read(store)).toEqual([eventOf('a', 0), eventOf('a', 1), eventOf('a', 2)])
    expect(await store.answers?.upstream?.({ namespace: 'test', name: 'a', column: 'c0' }, {})).toHaveLength(1)
    await store.close?.()
  })

  it('stands where the path says, from the folder of the config, with folders made on the way', async () => {
    const plugin = sqliteLineage({ path: 'deep/er/lineage.db' })
    const create = plugin.create as (options: unknown, given: unknown) => Promise<LineageStore>
    const store = await create({ path: 'deep/er/lineage.db' }, { project: { folder, env: 'test' } })
    await store.append(eventOf('a', 1))
    await plugin.dispose?.(store)
    expect(readFileSync(join(folder, 'deep/er/lineage.db')).subarray(0, 15).toString()).toBe('SQLite format 3')
    expect(Object.keys(plugin.needs)).toEqual(['project'])
  })

  it('stores edges once, however often a job runs', async () => {
    const path = join(folder, 'edges.db')
    const store = createSqliteLineage(path)
    for (let i = 0; i < 50; i++) await store.append(eventOf('a', i, 30))
    await store.close?.()
    const db = new Database(path)
    expect(
      db.prepare('SELECT (SELECT count(*) FROM edges) AS edges, (SELECT count(*) FROM events) AS events').get(),
    ).toMatchObject({ edges: 30, events: 50 })
    db.close()
  })

  it('takes nothing of an event that cannot be stored whole', async () => {
    const path = join(folder, 'whole.db')
    const store = createSqliteLineage(path)
    await expect(store.append({ ...eventOf('broken', 1), outputs: [null as never] })).rejects.toMatchObject({
      code: 'LINEAGE_FAILED',
    })
    await store.append(eventOf('a', 1))
    expect(await read(store)).toEqual([eventOf('a', 1)])
    await store.close?.()
    const db = new Database(path)
    expect(db.prepare("SELECT count(*) AS n FROM jobs WHERE name = 'broken'").get()).toMatchObject({ n: 0 })
    db.close()
  })

  it('gives the answers that its events give, for any pipelines and runs', async () => {
    let count = 0
    await fc.assert(
      fc.asyncProperty(fc.string(), async (seed) => {
        const store = createSqliteLineage(join(folder, `property-${count++}.db`))
        for (const event of randomLineage(seed, 3)) await store.append(event)
        await sameAnswers(store)
        await store.close?.()
      }),
      { numRuns: 12 },
    )
  })
})

describe('a path that cannot be used', () => {
  it('because it is a folder says so', () => {
    expect(failure(() => createSqliteLineage(folder))).toMatchObject({
      code: 'LINEAGE_FAILED',
      message: `"${folder}" cannot be opened for writing`,
      hint: 'Give the path of a file (not of a folder) in a folder that may be written to.',
    })
  })

  it('because its folder is a file, or may not be written to, says so', () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    expect(failure(() => createSqliteLineage(join(file, 'lineage.db')))).toMatchObject({
      code: 'LINEAGE_FAILED',
      message: `"${join(file, 'lineage.db')}" cannot be opened for writing`,
    })
    const closed = join(folder, 'closed')
    mkdirSync(closed)
    chmodSync(closed, 0o500)
    if (process.getuid?.() !== 0)
      expect(failure(() => createSqliteLineage(join(closed, 'lineage.db')))).toMatchObject({ code: 'LINEAGE_FAILED' })
    chmodSync(closed, 0o700)
  })

  it('because the file is no database says so, and leaves it alone', () => {
    const path = join(folder, 'text.db')
    writeFileSync(path, 'not a database at all\n'.repeat(100))
    expect(failure(() => createSqliteLineage(path))).toMatchObject({
      code: 'LINEAGE_FAILED',
      message: `"${path}" is damaged or is no SQLite database`,
      hint: 'Move the file away and run again: a new one is made, and the committed data is not touched.',
    })
    expect(readFileSync(path, 'utf8')).toMatch(/^not a database/)
  })

  it('because the file is cut off says so', async () => {
    const path = join(folder, 'cut.db')
    const store = createSqliteLineage(path)
    for (let i = 0; i < 200; i++) await store.append(eventOf(`job ${i}`, i, 20))
    await store.close?.()
    truncateSync(path, 40_000)
    const use = async (): Promise<void> => {
      const cut = createSqliteLineage(path)
      try {
        await read(cut)
        await cut.append(eventOf('a', 1))
      } finally {
        await cut.close?.()
      }
    }
    await expect(use()).rejects.toMatchObject({
      code: 'LINEAGE_FAILED',
      message: `"${path}" is damaged or is no SQLite database`,
    })
  })

  it('because the database belongs to another program says so', () => {
    const path = join(folder, 'other.db')
    const db = new Database(path)
    db.exec('CREATE TABLE customers (id INTEGER)')
    db.close()
    expect(failure(() => createSqliteLineage(path))).toMatchObject({
      code: 'LINEAGE_FAILED',
      message: `"${path}" is a database of another program`,
    })
  })

  it('because a newer version wrote the file says so', async () => {
    const path = join(folder, 'newer.db')
    await createSqliteLineage(path).close?.()
    const db = new Database(path)
    db.exec('PRAGMA user_version = 99')
    db.close()
    expect(failure(() => createSqliteLineage(path))).toMatchObject({
      code: 'LINEAGE_FAILED',
      message: `"${path}" was written by a newer @tidegate/lineage-sqlite (format 99; this one knows 1)`,
      hint: 'Update @tidegate/lineage-sqlite, or give another path.',
    })
  })
})

describe('text in SQLite', () => {
  it('comes back as it went in, whatever it is', () => {
    const db = new Database(':memory:')
    const echo = db.prepare('SELECT ? AS text')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(fromStored((echo.get(toStored(text)) as { text: string }).text)).toBe(text)
      }),
    )
    for (const text of ['', '"', '"a"', 'a\0b', '\ud800', '\udc00x', '😀'])
      expect(fromStored((echo.get(toStored(text)) as { text: string }).text)).toBe(text)
    db.close()
  })
})
