import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { project, tidegate, write } from './projects.ts'

const steps = 'export const twice = (t) => t.derive({ twice: (d) => d.id * 2 })\n'
const config = (run: string) => `
import { csv, toCsv } from '@tidegate/files'
import { defineConfig, each, notNull, pipeline } from 'tidegate'
import { z } from 'zod'
import { twice } from './steps.js'
const rows = csv({ path: 'rows.csv', schema: z.object({ id: z.int32() }) })
const doubled = each({ from: rows, run: ${run}, expect: [notNull('id')] })
const out = toCsv({ from: doubled, path: 'out.csv' })
export default defineConfig(() => ({ pipelines: { p: pipeline({ rows, doubled, out }) } }))
`

describe('tidegate export', () => {
  test('writes a document that runs', () => {
    const folder = project({ 'pipeline.config.ts': config('twice'), 'steps.js': steps, 'rows.csv': 'id\n1\n2\n' })
    const yaml = tidegate(folder, ['export'])
    expect([yaml.code, yaml.stderr]).toEqual([0, ''])
    const json = tidegate(folder, ['export', 'p', '--format', 'json'])
    expect(JSON.parse(json.stdout)).toEqual(parse(yaml.stdout))
    expect(parse(yaml.stdout).pipelines.p.doubled.run).toBe('./steps.js#twice')
    write(folder, 'again.yaml', yaml.stdout)
    expect(tidegate(folder, ['run', '-c', 'again.yaml', '--json']).code).toBe(0)
    expect(tidegate(folder, ['export', '--format', 'xml']).stderr).toContain('--format: "xml" is no format')
  }, 60_000)

  test('refuses code that has no name', () => {
    const folder = project({ 'pipeline.config.ts': config('(t) => t'), 'steps.js': steps })
    const { code, stderr } = tidegate(folder, ['export'])
    expect(code).toBe(2)
    expect(stderr).toContain('pipelines.p.doubled.run: the function stands inside the config and has no name')
    expect(stderr).toContain('Move it into a module')
  }, 60_000)
})
