import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { loadConfig } from '../../../src/kernel/config/load-config.ts'
import { exportConfig } from '../../../src/kernel/export/export-config.ts'
import { createKernel } from '../../../src/kernel/kernel.ts'
import { root, temporaryFolder } from '../../support/temporary-project.ts'

const modules = `
import { binary, decimal, defineCheck, definePlugin, int8, secretText, timestamp } from 'tidegate'
import { z } from 'zod'

export const clean = (batch: never) => batch
export const whole = (table: never) => table
export const isFar = (d: { distance: number }) => d.distance > 10
export const even = defineCheck({ name: 'acme/even', columns: z.number(), row: (value) => value % 2 === 0 })
export const evenId = even('id', { verdict: 'drop' })
export const Tagged = z.object({ id: z.int32(), name: z.string().meta({ tags: ['pii'] }) })
export const Row = z.object({
  id: z.int32(), far: z.boolean().nullable(), distance: z.number(), when: timestamp({ unit: 'us', zone: 'UTC' }), price: decimal(18, 2),
  small: int8(), raw: binary().nullable(), kind: z.enum(['a', 'b']), words: z.array(z.string()), day: z.iso.date(), at: z.date(), big: z.int64(),
})
export const watch = definePlugin({ name: 'acme/watch', options: z.object({ url: secretText() }), setup() {} })
export const after = () => {}
`
const config = `
import {
  approxDistinct, between, count, countDistinct, day, defineConfig, each, expression, first, last, matches, max, mean, min, month, notNull, oneOf,
  pipeline, quantile, rollup, rowCount, satisfies, stdev, step, sum, tumbling, unique, variance, windowed,
} from 'tidegate'
import { csv, toCsv } from '@tidegate/files'
import { z } from 'zod'
import { after, clean, evenId, isFar, Row, Tagged, watch, whole } from './steps.ts'

const rows = csv({ path: 'rows.csv', schema: Row, expect: [unique('id')], retry: { attempts: 3, backoff: 10 }, onRemoved: 'retain' })
const tagged = csv({ path: 'tagged.csv', schema: Tagged, delimiter: ';' })
const cleaned = each({
  from: rows, with: { tagged }, run: clean as never, params: { limit: 3, words: ['a', 'b'] }, keep: true, timeout: '5 min',
  deadline: { within: '30m', action: 'halt' },
  expect: [
    notNull('id'), between('distance', -1, 5.5, { atLeast: 0.9, verdict: 'warn' }), oneOf('kind', ['a', 'b']), matches('kind', /^[ab]$/i),
    matches('kind', /^a/), unique(['id', 'kind'], { lose: 'later' }), rowCount(1), rowCount(1, 10, { verdict: 'warn' }), expression('far', isFar), evenId,
    satisfies(z.object({ id: z.int32() }), { atMost: 3 }), satisfies(Tagged),
  ] as never,
  otherwise: 'quarantine',
})
const daily = rollup({
  from: cleaned as never, by: { day: day('at', { timeZone: 'Europe/Zurich' }), month: month('at'), kind: 'kind' } as never, buckets: 4,
  measure: { n: count(), a: sum('id'), b: mean('id'), c: min('id'), d: max('id'), e: variance('id'), f: stdev('id'), g: countDistinct('id'),
    h: approxDistinct('id'), i: quantile('id', 0.5), j: first('id'), k: last('id') } as never,
})
const windows = windowed({ from: cleaned, time: 'at', window: tumbling('15 minutes'), measure: { n: count() } } as never)
const both = step({ from: { daily, windows }, run: whole as never, ordered: true })
const bad = each({ from: cleaned.quarantine, run: clean as never })
const out = toCsv({ from: both, path: 'out/both.csv', deadline: { by: '06:00', zone: 'Europe/Berlin' } } as never)

export default defineConfig(({ secret }) => ({
  pipelines: { p: pipeline({ rows, tagged, cleaned, daily, windows, both, bad, out }), q: pipeline({ rows, bad2: each({ from: rows, run: clean as never }) }) },
  plugins: [watch({ url: secret('URL') }) as never, false],
  hooks: { afterStep: after },
  memory: '512MB', seed: 7, retain: { entries: 3 },
  deadlines: { p: { within: '1h' } },
  schedules: { p: { cron: '0 6 * * *', zone: 'Europe/Berlin', catchUp: 'all' }, q: { cron: '@daily' } },
}))
`

async function project(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder()
  await mkdir(folder, { recursive: true })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}

async function exported(folder: string, only?: string, file?: string) {
  const loaded = await loadConfig({ cwd: folder, ...(file === undefined ? {} : { file }) })
  const kernel = await createKernel(loaded.source, {
    ...loaded,
    log: 'silent',
    variables: { URL: 'https://secret.example' },
  })
  try {
    return await exportConfig(kernel.config, { file: kernel.file, folder, ...(only === undefined ? {} : { only }) })
  } finally {
    await kernel.dispose()
  }
}

describe('a config with all words of a document', () => {
  test('is written with them, and exported again from what was written it says the same', async () => {
    const folder = await project({ 'steps.ts': modules, 'pipeline.config.ts': config })
    const document = await exported(folder)
    expect(document).toMatchObject({
      memory: '512MB',
      seed: 7,
      retain: { entries: 3 },
      hooks: { afterStep: './steps.ts#after' },
      plugins: [{ use: './steps.ts#watch', url: { secret: 'URL' } }],
      deadlines: { p: { within: '1h' } },
      schedules: { p: { cron: '0 6 * * *', zone: 'Europe/Berlin', catchUp: 'all' }, q: { cron: '@daily' } },
    })
    const { p } = document['pipelines'] as never as Record<string, Record<string, unknown>>
    expect(p).toEqual({
      rows: {
        use: '@tidegate/files#csv',
        path: 'rows.csv',
        schema: {
          id: 'int32',
          far: 'boolean?',
          distance: 'number',
          when: 'timestamp(us, UTC)',
          price: 'decimal(18, 2)',
          small: 'int8',
          raw: 'binary?',
          kind: ['a', 'b'],
          words: 'list<string>',
          day: 'day',
          at: 'date',
          big: 'int64',
        },
        expect: [{ unique: 'id' }],
        retry: { attempts: 3, backoff: 10 },
        onRemoved: 'retain',
      },
      tagged: { use: '@tidegate/files#csv', path: 'tagged.csv', schema: './steps.ts#Tagged', delimiter: ';' },
      cleaned: {
        kind: 'each',
        from: 'rows',
        with: { tagged: 'tagged' },
        run: './steps.ts#clean',
        params: { limit: 3, words: ['a', 'b'] },
        keep: true,
        timeout: '5 min',
        deadline: { within: '30m', action: 'halt' },
        otherwise: 'quarantine',
        expect: [
          { notNull: 'id' },
          { between: ['distance', -1, 5.5], verdict: 'warn', atLeast: 0.9 },
          { oneOf: ['kind', ['a', 'b']] },
          { matches: ['kind', '/^[ab]$/i'] },
          { matches: ['kind', '^a'] },
          { unique: ['id', 'kind'], lose: 'later' },
          { rowCount: 1 },
          { rowCount: [1, 10], verdict: 'warn' },
          { expression: ['far', './steps.ts#isFar'] },
          './steps.ts#evenId',
          { satisfies: { id: 'int32' }, atMost: 3 },
          { satisfies: './steps.ts#Tagged' },
        ],
      },
      daily: {
        kind: 'rollup',
        from: 'cleaned',
        by: { day: { day: ['at', { timeZone: 'Europe/Zurich' }] }, month: { month: 'at' }, kind: 'kind' },
        buckets: 4,
        measure: {
          n: 'count',
          a: { sum: 'id' },
          b: { mean: 'id' },
          c: { min: 'id' },
          d: { max: 'id' },
          e: { variance: 'id' },
          f: { stdev: 'id' },
          g: { countDistinct: 'id' },
          h: { approxDistinct: 'id' },
          i: { quantile: ['id', 0.5] },
          j: { first: 'id' },
          k: { last: 'id' },
        },
      },
      windows: {
        kind: 'windowed',
        from: 'cleaned',
        time: 'at',
        window: { tumbling: '15 minutes' },
        measure: { n: 'count' },
      },
      both: { kind: 'step', from: { daily: 'daily', windows: 'windows' }, run: './steps.ts#whole', ordered: true },
      bad: { kind: 'each', from: 'cleaned.quarantine', run: './steps.ts#clean' },
      out: {
        use: '@tidegate/files#toCsv',
        from: 'both',
        path: 'out/both.csv',
        deadline: { by: '06:00', zone: 'Europe/Berlin' },
      },
    })
    expect(JSON.stringify(document)).not.toContain('secret.example')
    await writeFile(join(folder, 'again.yaml'), stringify(document))
    expect(await exported(folder, undefined, 'again.yaml')).toEqual(document)
    await writeFile(join(folder, 'again.json'), JSON.stringify(document))
    expect(await exported(folder, undefined, 'again.json')).toEqual(document)
  })

  test('gives one pipeline with what belongs to it', async () => {
    const folder = await project({ 'steps.ts': modules, 'pipeline.config.ts': config })
    const document = parse(stringify(await exported(folder, 'q')))
    expect(Object.keys(document.pipelines)).toEqual(['q'])
    expect(document.schedules).toEqual({ q: { cron: '@daily' } })
    expect(document.deadlines).toBeUndefined()
  })
})

test('what a document cannot say is refused by its place, all of it at once, with the remedy', async () => {
  const folder = await project({
    'pipeline.config.ts': `
import { defineCheck, defineConfig, each, fromTable, pipeline, rollup, count, step, table, between } from 'tidegate'
import { z } from 'zod'
const even = defineCheck({ name: 'acme/even', columns: z.number(), row: (value) => value % 2 === 0 })
const rows = fromTable(table(z.object({ id: z.int32() }), { id: [1, 2] }))
const clean = each({ from: rows, run: (t) => t, expect: [even('id'), between('id', 0, Number.POSITIVE_INFINITY)] })
const all = step({ from: clean, run: (t) => t, params: { since: new Date(0) } })
export default defineConfig(() => ({
  pipelines: { p: pipeline({ rows, clean, all, bad: clean.quarantine }) },
  hooks: { afterStep: () => {} },
}))
`,
  })
  const error = await exported(folder).catch((thrown: unknown) => thrown)
  const { faults } = (
    error as { readonly data: { readonly faults: readonly { where: string; message: string; hint: string }[] } }
  ).data
  expect((error as { readonly code: string }).code).toBe('CONFIG_INVALID')
  expect(faults.map(({ where, message }) => `${where}: ${message}`)).toEqual([
    'hooks.afterStep: the function stands inside the config and has no name to refer to',
    'pipelines.p.rows: the function that made this node of kind "table" is no export of what the config imports',
    'pipelines.p.clean.run: the function stands inside the config and has no name to refer to',
    'pipelines.p.clean.expect[0]: the check acme/even(id) cannot be written with the words of a document',
    'pipelines.p.clean.expect[1]: the check between(id, 0, Infinity) cannot be written with the words of a document',
    'pipelines.p.all.run: the function stands inside the config and has no name to refer to',
    'pipelines.p.all.params.since: a value of class Date cannot be written as data',
    'pipelines.p.bad: it is the output "quarantine" of another node under a name of its own',
  ])
  expect(faults.every(({ hint }) => hint.length > 10)).toBe(true)
})
