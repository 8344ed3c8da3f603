import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { loadConfig } from '../../../src/kernel/config/load-config.ts'
import { exportConfig } from '../../../src/kernel/export/export-config.ts'
import { createKernel } from '../../../src/kernel/kernel.ts'
import { runPipeline } from '../../../src/kernel/run/run-pipeline.ts'
import { rowsOf } from '../../failure/lab.ts'
import { root, temporaryFolder } from '../../support/temporary-project.ts'

const steps = `
import { defineRepair } from 'tidegate'
import { z } from 'zod'
export const clean = (batch: never) => batch
export const shout = (value: string) => value + '!'
export const stars = defineRepair({ name: 'acme/stars', options: z.object({ count: z.int() }), arguments: ['count'], cells: z.string(),
  cell: (value, { count }) => value + '*'.repeat(count) })
export const two = stars(2)
`
const expectations = [
  { notNull: 'n', verdict: { repair: { use: '@tidegate/checks#defaultTo', value: 0, columns: ['n'] } } },
  {
    matches: ['name', '^[A-Z]'],
    verdict: {
      repair: [{ use: '@tidegate/checks#trim', inner: true }, { use: '@tidegate/checks#upperCase' }],
      otherwise: 'drop',
    },
  },
  { between: ['n', 0, 10], verdict: { repair: { use: '@tidegate/checks#clamp', min: '-Infinity', max: 10 } } },
  { matches: ['name', '!$'], verdict: { repair: './steps.ts#shout', otherwise: 'warn' } },
  { matches: ['name', '\\*$'], verdict: { repair: ['./steps.ts#two', { use: './steps.ts#stars', count: 1 }] } },
]
const document = {
  pipelines: {
    p: {
      rows: { use: '@tidegate/files#csv', path: 'rows.csv', schema: { name: 'string?', n: 'number' } },
      clean: { kind: 'each', from: 'rows', run: './steps.ts#clean', expect: expectations },
      told: { kind: 'each', from: 'clean.repairs', run: './steps.ts#clean' },
    },
  },
}

async function project(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder()
  await mkdir(folder, { recursive: true })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}

async function opened(folder: string) {
  const loaded = await loadConfig({ cwd: folder })
  return createKernel(loaded.source, { ...loaded, log: 'silent' })
}

describe('repairs in YAML and JSON', () => {
  const files = { 'steps.ts': steps, 'rows.csv': 'name,n\n  a  b,1\nnone,99\n' }

  test('repair, and are exported as they were written', async () => {
    const folder = await project({ ...files, 'pipeline.config.yaml': stringify(document) })
    const kernel = await opened(folder)
    try {
      const outcome = await runPipeline(kernel, 'p', {})
      expect(outcome.errors).toEqual([])
      expect(await rowsOf(outcome, 'clean')).toEqual([
        { name: 'A B!***', n: 1 },
        { name: 'NONE!***', n: 10 },
      ])
      const written = await exportConfig(kernel.config, { file: kernel.file, folder })
      expect((written['pipelines'] as typeof document.pipelines).p.clean.expect).toEqual(expectations)
      expect((written['pipelines'] as typeof document.pipelines).p.told).toMatchObject({ from: 'clean.repairs' })
      expect(parse(stringify(written))).toEqual(written)
    } finally {
      await kernel.dispose()
    }
  })

  test('that are no repairs, or know no such option, are faults with their place', async () => {
    const expectBad = [
      { notNull: 'name', verdict: { repair: { use: '@tidegate/checks#trim', innner: true } } },
      { notNull: 'n', verdict: { repair: 'trim' } },
    ]
    const bad = {
      pipelines: { p: { ...document.pipelines.p, clean: { ...document.pipelines.p.clean, expect: expectBad } } },
    }
    const folder = await project({ ...files, 'pipeline.config.yaml': stringify(bad) })
    await expect(opened(folder)).rejects.toThrow(/innner/)
  })
})
