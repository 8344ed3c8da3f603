import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { buildField, defineConfig, diskWorkspace, pipeline, provide, run, secretText, types, Workspace } from 'tidegate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createCsvSource, csv } from '../src/csv.ts'
import { csvOptions } from '../src/csv-options.ts'
import { discoverFiles } from '../src/discover.ts'
import { createParquetSource, parquet } from '../src/parquet.ts'
import { createParquetTarget, toParquet } from '../src/parquet-target.ts'
import { createCsvTarget, toCsv } from '../src/to-csv.ts'
import { collect, createFolder, discover, publication, readAll, schema, signal } from './reading.ts'

/** Objects in memory, as a store across a network would hold them: no local path. */
class Store implements Workspace {
  readonly location = 'memory://store'
  readonly objects = new Map<string, { readonly bytes: Uint8Array; readonly modified: number }>()
  readonly ranges: string[] = []
  #clock = 1
  failing: string | undefined
  async put(path: string, data: Uint8Array | AsyncIterable<Uint8Array>) {
    const parts: Uint8Array[] = []
    if (data instanceof Uint8Array) parts.push(data)
    else for await (const chunk of data) parts.push(Uint8Array.from(chunk))
    if (this.failing !== undefined && path.includes(this.failing)) throw new Error('connection lost')
    this.objects.set(path, { bytes: Buffer.concat(parts), modified: this.#clock++ })
  }
  async putIfAbsent(path: string, data: Uint8Array) {
    if (this.objects.has(path)) return false
    await this.put(path, data)
    return true
  }
  async get(path: string, range?: { readonly offset: number; readonly length: number }) {
    const { bytes } = this.objects.get(path) ?? {}
    this.ranges.push(`${path} ${range?.offset} ${range?.length}`)
    return range === undefined ? bytes : bytes?.subarray(range.offset, range.offset + range.length)
  }
  async *list(prefix: string) {
    const paths = [...this.objects.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    for (const path of paths) {
      const { bytes, modified } = this.objects.get(path)!
      if (path.startsWith(prefix)) yield { path, size: bytes.length, modified }
    }
  }
  async delete(path: string) {
    this.objects.delete(path)
  }
}

const cities = schema({ id: types.int32, city: types.string })
const source = (store: Workspace, path: string | string[]) =>
  createCsvSource({ ...z.strictObject(csvOptions).parse({ path }), in: store }, { folder: '/nowhere' })
const idsOf = async (store: Workspace, path: string | string[], extensions = ['csv', 'csv.gz']) => {
  const ids: string[] = []
  for await (const { id } of discoverFiles({
    path,
    folder: '/nowhere',
    in: store,
    extensions,
    known: new Map(),
    signal,
  }))
    ids.push(id)
  return ids
}
const batch = {
  schema: cities,
  length: 1,
  columns: cities.fields.map((field) => buildField(field, field.name === 'id' ? [1] : ['Rome'])),
}

describe('files in a workspace', () => {
  it('are found by path, folder and glob as on disk', async () => {
    const store = new Store()
    for (const path of [
      'raw/a.csv',
      'raw/deep/b.CSV.gz',
      'raw/_tmp.csv',
      'raw/.x.csv',
      'raw/_old/c.csv',
      'raw/d.txt',
      'e.csv',
    ])
      await store.put(path, Buffer.from('id,city\n'))
    expect(await idsOf(store, 'raw')).toEqual(['raw/a.csv', 'raw/deep/b.CSV.gz'])
    expect(await idsOf(store, 'raw/')).toEqual(['raw/a.csv', 'raw/deep/b.CSV.gz'])
    expect(await idsOf(store, '.')).toEqual(['e.csv', 'raw/a.csv', 'raw/deep/b.CSV.gz'])
    expect(await idsOf(store, 'raw/*.csv')).toEqual(['raw/_tmp.csv', 'raw/a.csv'])
    expect(await idsOf(store, ['raw/{a,d}.*', 'e.csv'])).toEqual(['e.csv', 'raw/a.csv', 'raw/d.txt'])
    for (const [path, code] of [
      ['raw/*.json', 'SOURCE_EMPTY'],
      ['none', 'SOURCE_NOT_FOUND'],
      ['raw/z.csv', 'SOURCE_NOT_FOUND'],
      ['../up.csv', 'CONFIG_INVALID'],
      ['/etc/hosts', 'CONFIG_INVALID'],
    ] as const)
      await expect(idsOf(store, path)).rejects.toMatchObject({ code })
    await expect(idsOf(store, 'raw/deep', ['json'])).rejects.toMatchObject({ code: 'SOURCE_EMPTY' })
  })

  it('are hashed once while size and time stay', async () => {
    const store = new Store()
    await store.put('a.csv', Buffer.from('id,city\n1,Rome\n'))
    const [first] = await discover(source(store, 'a.csv'))
    store.ranges.length = 0
    const [again] = await discover(source(store, 'a.csv'), [first!])
    expect(again).toEqual(first)
    expect(store.ranges).toEqual([])
    await store.put('a.csv', Buffer.from('id,city\n1,Rome\n'))
    const [touched] = await discover(source(store, 'a.csv'), [first!])
    expect([touched!.fingerprint, touched!.mark === first!.mark]).toEqual([first!.fingerprint, false])
  })

  it('are read in ranges, unpacked, and refused where they changed meanwhile', async () => {
    const store = new Store()
    const lines = Array.from({ length: 600_000 }, (_, i) => `${i},Rome\n`).join('')
    await store.put('big.csv', Buffer.from(`id,city\n${lines}`))
    await store.put('p.csv', gzipSync('id,city\n7,Oslo\n'))
    expect((await readAll(source(store, 'big.csv'), cities)).rows).toHaveLength(600_000)
    expect(store.ranges.filter((range) => range.startsWith('big.csv')).length).toBeGreaterThan(2)
    expect((await readAll(source(store, 'p.csv'), cities)).rows).toEqual([[7, 'Oslo']])
    const from = source(store, 'p.csv')
    const [part] = await discover(from)
    await store.put('p.csv', gzipSync('id,city\n8,Oslo\n'))
    const chunks = from.open(part!, { schema: cities, batchRows: 10, random: () => 0, signal })
    await expect(collect(chunks)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' })
    await store.delete('p.csv')
    await expect(
      collect(from.open(part!, { schema: cities, batchRows: 10, random: () => 0, signal })),
    ).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
      message: 'There is no file "p.csv" in memory://store',
    })
  })

  it('are published all or nothing, the manifest last', async () => {
    const store = new Store()
    const writing = {
      delimiter: ',',
      quote: '"',
      nulls: [''],
      decimal: '.',
      header: true,
      in: store,
      compression: 'zstd',
    } as const
    const target = createCsvTarget('out/daily', writing as never, { folder: '/nowhere' })
    expect(target.location).toBe('memory://store/out/daily')
    const published = await target.commit(publication(cities, { a: [batch], b: [batch] }))
    expect([...store.objects.keys()].at(-1)).toBe('out/daily/_manifest.json')
    expect(published.files.every((file) => /^out\/daily\/[ab]-\w+\.csv\.zst$/.test(file))).toBe(true)
    expect(await target.intact?.('s1', published.state)).toBe(true)
    expect((await readAll(source(store, 'out/daily'), cities)).rows).toEqual([
      [1, 'Rome'],
      [1, 'Rome'],
    ])
    const before = new Map(store.objects)
    store.failing = '_manifest'
    await expect(target.commit(publication(cities, { c: [batch] }, { snapshot: 's2' }))).rejects.toMatchObject({
      code: 'TARGET_FAILED',
    })
    for (const [path, object] of before) expect(store.objects.get(path)).toBe(object)
    expect((await readAll(source(store, 'out/daily'), cities)).rows).toHaveLength(2)
    await store.delete(published.files[0]!)
    expect(await target.intact?.('s1', published.state)).toBe(false)
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('tidegate-put-'))).toEqual([])
  })

  it('hold Parquet too, by a copy that is removed', async () => {
    const store = new Store()
    const place = { folder: '/nowhere', memory: 256 << 20, threads: 1 }
    const options = { compression: 'zstd', rowGroupRows: 2048, in: store } as const
    await createParquetTarget({ ...options, path: 'one.parquet' }, place).commit(publication(cities, { a: [batch] }))
    await createParquetTarget({ ...options, path: 'many', partitionBy: 'city' } as never, place).commit(
      publication(cities, { a: [batch] }),
    )
    expect([...store.objects.keys()].some((path) => path.startsWith('many/city=Rome/'))).toBe(true)
    const from = createParquetSource(['one.parquet', 'many'], undefined, place, store)
    expect((await readAll(from, cities)).rows).toEqual([
      [1, 'Rome'],
      [1, 'Rome'],
    ])
    await from.close?.()
    await store.put('bad.parquet', Buffer.from('PAR1 nothing'))
    const bad = createParquetSource('bad.parquet', undefined, place, store)
    await expect(readAll(bad, cities)).rejects.toMatchObject({ code: 'SOURCE_CORRUPT' })
    await bad.close?.()
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('tidegate-copy-'))).toEqual([])
  })
})

const folder = createFolder()
const home = process.cwd()
beforeAll(() => process.chdir(folder))
afterAll(() => process.chdir(home))

const provideOpen = (store: Store) => provide(Workspace, { name: 'test/open', create: () => store })()

describe('a pipeline', () => {
  it('reads from one workspace and writes to another; secrets stay references', async () => {
    const store = new Store()
    const remote = provide(Workspace, {
      name: 'test/store',
      options: z.object({ bucket: z.string(), key: secretText() }),
      create: ({ key }) => {
        expect(key).toBe('open sesame')
        return store
      },
    })
    await store.put('raw/a.csv', Buffer.from('id,city\n1,Rome\n2,Oslo\n'))
    const City = z.object({ id: z.int32(), city: z.string() })
    process.env['STORE_KEY'] = 'open sesame'
    const config = defineConfig(({ secret }) => {
      const there = remote({ bucket: 'raw', key: secret('STORE_KEY') })
      const raw = csv({ path: 'raw/*.csv', in: there, schema: City })
      const disk = diskWorkspace({ folder: 'published' })
      const files = toParquet({ from: raw, path: 'cities', in: disk })
      const text = toCsv({ from: raw, path: 'out/cities.csv.gz', in: there })
      return { pipelines: { cities: pipeline({ raw, files, text }) } }
    })
    await run(config, 'cities')
    const back = parquet({ path: 'cities', in: diskWorkspace({ folder: 'published' }), schema: City })
    const again = csv({ path: 'out/cities.csv.gz', in: provideOpen(store), schema: City })
    const handles = await run({ pipelines: { check: pipeline({ back, again }) } }, 'check')
    const rows = [
      { id: 1, city: 'Rome' },
      { id: 2, city: 'Oslo' },
    ]
    expect((await handles.back.table()).objects()).toEqual(rows)
    expect((await handles.again.table()).objects()).toEqual(rows)
    const everything = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    expect(everything.length).toBeGreaterThan(3)
    expect(everything.filter((text) => text.includes('open sesame'))).toEqual([])
  })
})
