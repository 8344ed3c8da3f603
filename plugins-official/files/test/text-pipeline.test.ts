import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, pipeline, run } from 'tidegate'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { csv } from '../src/csv.ts'
import { ndjson } from '../src/json.ts'
import { toCsv } from '../src/to-csv.ts'
import { toNdjson } from '../src/to-json.ts'
import { createFolder } from './reading.ts'

const folder = createFolder()
const before = process.cwd()
beforeAll(() => process.chdir(folder))
afterAll(() => process.chdir(before))

const City = z.object({ id: z.int32(), city: z.string().nullable() })

function config(otherwise: 'halt' | 'quarantine') {
  const cities = csv({ path: 'in/*.csv', schema: City, otherwise })
  return defineConfig(() => ({
    pipelines: {
      publish: pipeline({
        cities,
        one: toCsv({ from: cities, path: 'out/all.csv' }),
        many: toNdjson({ from: cities, path: 'out/lines' }),
      }),
      back: pipeline({ lines: ndjson({ path: 'out/lines', schema: City }) }),
    },
  }))
}

it('a record that cannot be read is quarantined with its raw text, and what is published reads back equal', async () => {
  mkdirSync(join(folder, 'in'))
  writeFileSync(join(folder, 'in/a.csv'), 'id,city\n1,Rome\nx,Oslo\n3,\n')
  writeFileSync(join(folder, 'in/b.csv'), 'city,id\n"a,b",4\n')
  const { cities } = await run(config('quarantine'), 'publish')
  const rows = [
    { id: 1, city: 'Rome' },
    { id: 3, city: null },
    { id: 4, city: 'a,b' },
  ]
  expect((await cities.table()).objects()).toEqual(rows)
  expect((await cities.quarantine.table()).objects()).toMatchObject([
    {
      id: null,
      city: null,
      _reasons: 'line 3, column 1: id: "x" is not an integer (int32)',
      _part: 'in/a.csv',
      _row: 1,
      _raw: 'x,Oslo',
    },
  ])
  expect(readFileSync(join(folder, 'out/all.csv'), 'utf8')).toBe('id,city\n1,Rome\n3,\n4,"a,b"\n')
  const { lines } = await run(config('quarantine'), 'back')
  expect((await lines.table()).objects()).toEqual(rows)
})

it('the same record halts the run by default, naming file, line, column and reason', async () => {
  await expect(run(config('halt'), 'publish')).rejects.toMatchObject({
    message: expect.stringContaining('line 3, column 1: id: "x" is not an integer (int32)'),
  })
})
