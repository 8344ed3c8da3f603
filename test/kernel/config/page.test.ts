import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { buildDocument } from '../../../src/kernel/config/build-document.ts'
import { configFiles } from '../../../src/kernel/config/find-config.ts'
import { typeWords } from '../../../src/kernel/config/inline-schema.ts'
import { coreRegistry } from '../../../src/kernel/config/registry.ts'
import { configSchema } from '../../../src/kernel/define/config-schema.ts'
import { project, source } from './projects.ts'

const page = await readFile(new URL('../../../docs/config.md', import.meta.url), 'utf8')
const node = `import { createNode } from '${source('kernel/node.ts')}'\n`
const make = (point: string) =>
  `(given: object) => createNode({ uses: { point: '${point}', name: 'x', needs: {} } as never, options: given })`

test('every key of a config stands in the table of docs/config.md, and no other', () => {
  const table = page.slice(page.indexOf('## Keys'), page.indexOf('## Options of every node'))
  const listed = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, key]) => key)
  expect(listed.sort()).toEqual(Object.keys(configSchema.shape).sort())
})

test('every file name that is looked for and every type word stands in docs/config.md', () => {
  for (const file of configFiles) expect(page).toContain(file.split('.').at(-1))
  for (const word of typeWords.filter((text) => /^\w+$/.test(text))) {
    expect(page).toMatch(new RegExp(`\`${word}\`|\`u?int8\` to \`u?int64\``))
  }
})

test('the YAML of docs/config.md makes the nodes it shows, without faults', async () => {
  const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? []
  const folder = await project({
    'steps.ts':
      'export const clean = (b: unknown) => b\nexport const explain = clean\nexport const decide = () => undefined',
    'schemas.ts': "import { z } from 'zod'\nexport const Airport = z.object({ iata: z.string() })",
    'files.ts': `${node}export const parquet = ${make('source')}\nexport const csv = parquet\nexport const toParquet = ${make('target')}`,
    'lineage-sqlite.ts': "export const sqliteLineage = (given: object) => ({ point: 'plugin', name: 'x', given })",
  })
  const local = yaml.replaceAll(/@tidegate\/([\w-]+)#/g, './$1.ts#') // Stand-ins for the packages.
  const { source: config, faults } = await buildDocument(parse(local), { folder, registry: coreRegistry })
  expect(faults).toEqual([])
  expect(Object.keys(config.pipelines['flights']?.nodes ?? {})).toEqual([
    'flights',
    'airports',
    'clean',
    'rejected',
    'daily',
    'dailyFiles',
  ])
  expect(JSON.stringify(config.lineage)).toContain('"path":"secret(LINEAGE_PATH)"')
})
