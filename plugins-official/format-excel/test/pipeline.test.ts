import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { excel, toExcel } from '@tidegate/format-excel'
import {
  count,
  decimal,
  defineConfig,
  defineGenerator,
  diskWorkspace,
  notNull,
  pipeline,
  rollup,
  run,
  table,
  types,
} from 'tidegate'
import { sourceContract, targetContract } from 'tidegate/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createExcelSource } from '../src/excel.ts'
import { excelOptions } from '../src/options.ts'
import { createExcelTarget, toExcelOptions } from '../src/to-excel.ts'
import { batchOf, createFolder, publication, readAll, schema } from './reading.ts'

const folder = createFolder()
const before = process.cwd()
beforeAll(() => process.chdir(folder))
afterAll(() => process.chdir(before))

const Trip = z.object({ city: z.string(), price: decimal(9, 2), note: z.string().nullable(), at: z.date() })
const made = defineGenerator({
  name: 'trips',
  options: z.object({}),
  load: () =>
    table(Trip, { city: ['Oslo', 'Rome', 'Oslo'], price: [1.25, 2.5, 4], note: [null, 'x', ''], at: [0, 1, 2] }),
})()

it('a pipeline publishes excel, and another reads it with and without a schema', async () => {
  const config = defineConfig(() => {
    const trips = excel({ path: 'out/trips', schema: Trip, expect: [notNull('city')] })
    return {
      pipelines: {
        write: pipeline({ made, files: toExcel({ from: made, path: 'out/trips' }) }),
        read: pipeline({ trips, cities: rollup({ from: trips, by: ['city'], measure: { n: count() } }) }),
        open: pipeline({ any: excel({ path: 'out/trips' }) }),
      },
    }
  })
  mkdirSync(join(folder, 'out'))
  await run(config, 'write')
  const { trips, cities } = await run(config, 'read')
  const rows = [
    { city: 'Oslo', price: 1.25, note: null, at: 0 },
    { city: 'Rome', price: 2.5, note: 'x', at: 1 },
    { city: 'Oslo', price: 4, note: '', at: 2 },
  ]
  expect((await trips.table()).objects()).toEqual(rows)
  expect((await cities.table()).objects()).toEqual([
    { city: 'Oslo', n: 2 },
    { city: 'Rome', n: 1 },
  ])
  expect((await (await run(config, 'open')).any.table()).objects()).toEqual(rows)
})

it('the same files may lie in a workspace instead of the disk', async () => {
  const store = diskWorkspace({ folder: join(folder, 'store') })
  const config = defineConfig(() => ({
    pipelines: {
      send: pipeline({ made, files: toExcel({ from: made, path: 'trips', in: store }) }),
      fetch: pipeline({ trips: excel({ path: 'trips', in: store, schema: Trip }) }),
    },
  }))
  await run(config, 'send')
  const { trips } = await run(config, 'fetch')
  expect((await trips.table()).objects()).toHaveLength(3)
})

const Row = z.object({ id: z.int32(), name: z.string().nullable(), value: z.number().nullable() })
const columns = schema({ id: types.int32, 'name?': types.string, 'value?': types.float64 })
const write = (home: string, file: string, rows: readonly (readonly unknown[])[]) =>
  createExcelTarget(toExcelOptions.parse({ path: file }), { folder: home }).commit(
    publication(columns, [batchOf(columns, rows)]),
  )
const objects = (rows: readonly (readonly unknown[])[]) => rows.map(([id, name, value]) => ({ id, name, value }))

describe('excel keeps the contract of sources', () => {
  const rows = Array.from({ length: 50 }, (_, i) => [i, i % 7 ? `n${i}` : null, i / 4])
  const cases = sourceContract({
    async node(home) {
      await write(home, 'a.xlsx', rows.slice(0, 30))
      await write(home, 'b.xlsx', rows.slice(30))
      return excel({ path: '*.xlsx', schema: Row })
    },
    rows: objects(rows) as never,
    async change(home) {
      await write(home, 'b.xlsx', [[99, null, null]])
      return objects([...rows.slice(0, 30), [99, null, null]]) as never
    },
  })
  it.each(cases.map(({ name, run: check }) => [name, check] as const))('%s', (_, check) => check())
})

describe('toExcel keeps the contract of targets', () => {
  const cases = targetContract({
    node: (from) => toExcel({ from: from as never, path: 'out' }),
    async read(home) {
      const source = createExcelSource(excelOptions.parse({ path: 'out' }), { folder: home })
      try {
        return objects((await readAll(source, columns)).rows) as never
      } catch {
        return undefined
      }
    },
    async lose(home) {
      const { rmSync } = await import('node:fs')
      rmSync(join(home, 'out'), { recursive: true, force: true })
    },
  })
  it.each(cases.map(({ name, run: check }) => [name, check] as const))('%s', (_, check) => check())
})
