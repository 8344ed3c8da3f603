import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { avro, toAvro } from '@tidegate/format-avro'
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
import { avroOptions, createAvroSource } from '../src/avro.ts'
import { createAvroTarget, toAvroOptions } from '../src/to-avro.ts'
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

it('a pipeline publishes avro, and another reads it with and without a schema', async () => {
  const config = defineConfig(() => {
    const trips = avro({ path: 'out/trips', schema: Trip, expect: [notNull('city')] })
    return {
      pipelines: {
        write: pipeline({ made, files: toAvro({ from: made, path: 'out/trips' }) }),
        read: pipeline({ trips, cities: rollup({ from: trips, by: ['city'], measure: { n: count() } }) }),
        open: pipeline({ any: avro({ path: 'out/trips' }) }),
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
      send: pipeline({ made, files: toAvro({ from: made, path: 'trips', in: store }) }),
      fetch: pipeline({ trips: avro({ path: 'trips', in: store, schema: Trip }) }),
    },
  }))
  await run(config, 'send')
  const { trips } = await run(config, 'fetch')
  expect((await trips.table()).objects()).toHaveLength(3)
})

const Row = z.object({ id: z.int32(), name: z.string().nullable(), value: z.number().nullable() })
const columns = schema({ id: types.int32, 'name?': types.string, 'value?': types.float64 })
const write = (home: string, file: string, rows: readonly (readonly unknown[])[]) =>
  createAvroTarget(toAvroOptions.parse({ path: file }), { folder: home }).commit(
    publication(columns, [batchOf(columns, rows)]),
  )
const objects = (rows: readonly (readonly unknown[])[]) => rows.map(([id, name, value]) => ({ id, name, value }))

describe('avro keeps the contract of sources', () => {
  const rows = Array.from({ length: 50 }, (_, i) => [i, i % 7 ? `n${i}` : null, i / 4])
  const cases = sourceContract({
    async node(home) {
      await write(home, 'a.avro', rows.slice(0, 30))
      await write(home, 'b.avro', rows.slice(30))
      return avro({ path: '*.avro', schema: Row })
    },
    rows: objects(rows) as never,
    async change(home) {
      await write(home, 'b.avro', [[99, null, null]])
      return objects([...rows.slice(0, 30), [99, null, null]]) as never
    },
  })
  it.each(cases.map(({ name, run: check }) => [name, check] as const))('%s', (_, check) => check())
})

describe('toAvro keeps the contract of targets', () => {
  const cases = targetContract({
    node: (from) => toAvro({ from: from as never, path: 'out' }),
    async read(home) {
      const source = createAvroSource(avroOptions.parse({ path: 'out' }), { folder: home })
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
