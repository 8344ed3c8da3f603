import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig, diskWorkspace, fromTable, pipeline, run, type Table, table } from 'tidegate'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { toBatch } from '../../../src/kernel/columns/from-table.ts'

it('a table with other columns than before keeps all of them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-table-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const columnsOf = async (given: Table) => {
    const people = fromTable(given)
    const config = defineConfig(() => ({
      pipelines: { p: pipeline({ people }) },
      workspace: diskWorkspace({ folder }),
    }))
    const ran = await run(config, 'p')
    return (await ran.people.table()).columnNames()
  }
  expect(await columnsOf(table({ id: [1], email: ['a'] }))).toEqual(['id', 'email'])
  expect(await columnsOf(table({ id: [1], email: ['a'], salary: [5] }))).toEqual(['id', 'email', 'salary'])
  expect(await columnsOf(table({ id: [1] }))).toEqual(['id'])
})

it('tags of a schema stay with the columns of its table', () => {
  const Person = z.object({ id: z.int(), email: z.string().meta({ tags: ['pii'] }) })
  const made = table(Person, { id: [1, 2], email: ['a', 'b'] })
  const { schema } = toBatch(made as never, { node: 'test' })
  expect(schema.fields.map(({ name, meta }) => [name, meta])).toEqual([
    ['id', undefined],
    ['email', { tags: ['pii'] }],
  ])
})
