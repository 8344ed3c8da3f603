import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { buildDocument } from '../../../src/kernel/config/build-document.ts'
import { columnSchema, typeWords } from '../../../src/kernel/config/inline-schema.ts'
import { loadConfig } from '../../../src/kernel/config/load-config.ts'
import { optionReaders } from '../../../src/kernel/config/node-options.ts'
import { createReader } from '../../../src/kernel/config/reader.ts'
import { coreRegistry } from '../../../src/kernel/config/registry.ts'
import { validateConfig } from '../../../src/kernel/config/validate-config.ts'
import { pipeline } from '../../../src/kernel/define/pipeline.ts'
import { day } from '../../../src/kernel/measures/calendar.ts'
import { count } from '../../../src/kernel/measures/count.ts'
import { mean } from '../../../src/kernel/measures/mean.ts'
import { type Node, specOf } from '../../../src/kernel/node.ts'
import { each } from '../../../src/kernel/nodes/each.ts'
import { rollup } from '../../../src/kernel/nodes/rollup.ts'
import { fromZod } from '../../../src/kernel/schema/from-zod.ts'
import { between } from '../../../src/plugins/defaults/checks/between.ts'
import { notNull } from '../../../src/plugins/defaults/checks/not-null.ts'
import { project, source } from './projects.ts'

const registry = coreRegistry

const steps = `
import { z } from 'zod'
import { createNode, splitOptions } from '${source('kernel/node.ts')}'
import { provide } from '${source('kernel/define/plugin.ts')}'
import { LineageStore } from '${source('plugins/lineage-store.ts')}'
const uses = (point: string) => ({ point, name: point, options: z.object({ path: z.string() }), needs: {}, create: () => ({}) as never }) as never
export const read = (given: object) => {
  const { gate, rest } = splitOptions(given)
  const { schema, ...options } = rest as { schema: never }
  return createNode({ uses: uses('source'), options, schema, gate })
}
export const write = ({ from, ...options }: { from: never }) =>
  createNode({ uses: uses('target'), inputs: [{ name: '', node: from, mode: 'whole' }], options })
export const Airport = z.object({ iata: z.string() })
export const clean = (batch: unknown) => batch
export const halt = () => 'halt'
export const store = provide(LineageStore, { name: 'acme/store', options: z.object({ url: z.unknown() }), create: () => ({}) as never })
export const nested = { deep: { clean } }
`

const yaml = `
lineage: { use: './steps.ts#store', url: { secret: LINEAGE_URL } }
memory: 512MB
hooks: { onQualityViolation: './steps.ts#halt' }
pipelines:
  flights:
    daily:
      kind: rollup
      from: clean
      by: { date: { day: date }, origin: origin }
      measure: { flights: count, delay: { mean: delay } }
    flights:
      use: './steps.ts#read'
      path: data/flights.parquet
      schema: { date: date, delay: int32, origin: string, city: 'string?', kind: [a, b] }
    airports: { use: './steps.ts#read', path: airports.csv, schema: './steps.ts#Airport' }
    clean:
      kind: each
      from: flights
      with: { airports: airports }
      params: { limit: 15 }
      run: './steps.ts#clean'
      expect:
        - { notNull: origin }
        - { between: [delay, -120, 1440], atLeast: 0.99 }
      otherwise: quarantine
    bad: { kind: each, from: clean.quarantine, run: './steps.ts#nested.deep.clean' }
    files: { use: './steps.ts#write', from: daily, path: out/daily.parquet }
`

/** What identifies a node for the engine, comparable between two configs. */
function shapeOf(nodes: Readonly<Record<string, Node>>) {
  const names = new Map(Object.entries(nodes).map(([name, node]) => [node, name]))
  return Object.fromEntries(
    Object.entries(nodes).map(([name, node]) => {
      const { uses, inputs, options, schema, gate, params } = specOf(node)
      const by = inputs.map(({ node: input, ...rest }) => {
        const { output } = specOf(input)
        return { ...rest, node: output ? `${names.get(output.of)}.${output.name}` : names.get(input) }
      })
      const text = JSON.stringify(options, (_, value) => (typeof value === 'function' ? String(value) : value))
      // Functions made by parsing the schema are not comparable; what the schema declares is.
      const fields = schema && fromZod(schema).map(({ settle: _, ...spec }) => spec)
      return [name, { kind: uses.name, inputs: by, options: text, schema: fields, gate: JSON.stringify(gate), params }]
    }),
  )
}

describe('a pipeline in YAML', () => {
  test('makes the same nodes as one in TypeScript', async () => {
    const folder = await project({ 'pipeline.config.yaml': yaml, 'steps.ts': steps })
    const loaded = await loadConfig({ cwd: folder, registry })
    expect(loaded.faults).toEqual([])
    const config = loaded.source as Exclude<typeof loaded.source, CallableFunction>

    const { read, write, Airport, clean: code } = (await import(join(folder, 'steps.ts'))) as Record<string, any>
    const Flight = z.object({
      date: z.date(),
      delay: z.int32(),
      origin: z.string(),
      city: z.string().nullable(),
      kind: z.enum(['a', 'b']),
    })
    const flights = read({ path: 'data/flights.parquet', schema: Flight })
    const airports = read({ path: 'airports.csv', schema: Airport })
    const clean = each({
      from: flights as Node<any>,
      with: { airports: airports as Node<any> },
      params: { limit: 15 },
      run: code,
      expect: [notNull('origin'), between('delay', -120, 1440, { atLeast: 0.99 })],
      otherwise: 'quarantine',
    })
    const bad = each({ from: clean.quarantine as Node<any>, run: code })
    const daily = rollup({
      from: clean as Node<any>,
      by: { date: day('date'), origin: 'origin' },
      measure: { flights: count(), delay: mean('delay') },
    })
    const files = write({ from: daily, path: 'out/daily.parquet' })
    const expected = pipeline({ daily, flights, airports, clean, bad, files })
    expect(shapeOf(config.pipelines['flights']?.nodes ?? {})).toEqual(shapeOf(expected.nodes))
    expect(specOf(config.pipelines['flights']?.nodes['daily'] as Node).uses).toBe(specOf(daily).uses)
  })

  test('the same document in JSON gives the same nodes', async () => {
    const json = JSON.stringify(parse(yaml))
    const both = await project({ 'a.yaml': yaml, 'b.json': json, 'steps.ts': steps })
    const shapes = await Promise.all(
      ['a.yaml', 'b.json'].map(async (file) => {
        const { source: config } = await loadConfig({ cwd: both, file, registry })
        return shapeOf((config as { pipelines: any }).pipelines.flights.nodes)
      }),
    )
    expect(shapes[1]).toEqual(shapes[0])
    expect(await readFile(join(both, 'b.json'), 'utf8')).toContain('"kind":"rollup"')
  })

  test('plugins, secrets and hooks are what they would be in TypeScript', async () => {
    const folder = await project({ 'pipeline.config.yaml': yaml, 'steps.ts': steps })
    const config = (await loadConfig({ cwd: folder, registry })).source as any
    expect(config).toMatchObject({ memory: '512MB', lineage: { point: 'plugin', name: 'acme/store' } })
    expect(`${config.lineage.given.url}`).toBe('secret(LINEAGE_URL)')
    expect(config.hooks.onQualityViolation()).toBe('halt')
  })
})

test('windows, whole-table steps with several inputs, and plugins inside options are written as data as well', async () => {
  const folder = await project({ 'steps.ts': steps })
  const document = parse(`
    plugins: [{ use: './steps.ts#store', url: { secret: URL } }]
    pipelines:
      p:
        rows: { use: './steps.ts#read', path: x }
        hourly: { kind: windowed, from: rows, time: at, window: { tumbling: 1 hour }, by: [city], measure: { n: { count: [] } } }
        both: { kind: step, from: { rows: rows, hourly: hourly }, run: './steps.ts#clean', schema: { a: int } }
  `)
  const { source: config, faults } = await buildDocument(document, { folder, registry })
  expect(faults).toEqual([])
  expect(validateConfig(config)).toEqual([])
  const { hourly, both, rows } = (config.pipelines as Record<string, any>)['p'].nodes as Record<string, Node>
  expect(specOf(hourly as Node)).toMatchObject({
    uses: { name: 'windowed' },
    options: { time: 'at', window: { kind: 'tumbling', size: '1 hour' }, measure: { n: { name: count().name } } },
  })
  expect(specOf(both as Node).inputs).toEqual([
    { name: 'rows', node: rows, mode: 'whole' },
    { name: 'hourly', node: hourly, mode: 'whole' },
  ])
})

describe('faults', () => {
  test('all of them come at once, each with its place', async () => {
    const folder = await project({ 'steps.ts': steps })
    const node = { kind: 'each', from: 'a', run: './steps.ts#clean' }
    const { faults } = await buildDocument(
      {
        pipelines: {
          p: {
            a: { use: './steps.ts#read', path: 'x', schema: { n: 'int3' } },
            b: { ...node, from: 'bb' },
            c: { ...node, kind: 'eahc', run: './steps.ts#claen' },
            d: { ...node, expect: [{ notnull: 'x' }, 'between'] },
            e: { ...node, from: 'f' },
            f: { ...node, from: 'e' },
            g: { ...node, from: 'a.rejected' },
            h: 'nothing',
            i: { use: '@acme/nowhere#csv' },
            j: { use: './none.ts#x' },
            k: { use: './steps.ts#Airport' },
            l: { path: 'x' },
            m: { ...node, with: { side: 'dd' } },
            n: { kind: 'rollup', from: 'a', by: [{ dai: 'x' }], measure: { m: { mean: 'x', sum: 'x' } } },
            o: { ...node, from: 3 },
          },
        },
      },
      { folder, registry },
    )
    expect(faults.map(({ code, where, message }) => `${code} ${where}: ${message}`)).toEqual([
      'CONFIG_INVALID pipelines.p.a.schema.n: unknown type "int3"',
      'CONFIG_INVALID pipelines.p.b.from: unknown node "bb"',
      'CONFIG_INVALID pipelines.p.c.kind: unknown kind "eahc"',
      'CONFIG_INVALID pipelines.p.c.run: ./steps.ts exports no "claen"',
      'CONFIG_INVALID pipelines.p.d.expect[0]: unknown check "notnull"',
      'CONFIG_INVALID pipelines.p.d.expect[1]: between(undefined, undefined, undefined): no value lies between undefined and undefined.',
      'NODE_CYCLE pipelines.p.e: nodes read each other in a circle: e -> f -> e',
      'CONFIG_INVALID pipelines.p.h: expected a node',
      'PLUGIN_NOT_FOUND pipelines.p.i.use: @acme/nowhere is not installed',
      `CONFIG_THREW pipelines.p.j.use: ${folder}/none.ts failed: ENOENT: no such file or directory, open '${folder}/none.ts'`,
      'CONFIG_INVALID pipelines.p.k.use: ./steps.ts#Airport is not a function',
      'CONFIG_INVALID pipelines.p.l: the node has neither "kind" nor "use"',
      'CONFIG_INVALID pipelines.p.m.with.side: unknown node "dd"',
      'CONFIG_INVALID pipelines.p.n.by[0]: unknown key "dai"',
      'CONFIG_INVALID pipelines.p.n.measure.m: a measure has one name, but here are mean and sum',
      'CONFIG_INVALID pipelines.p.o.from: unknown node "3"',
    ])
    expect(faults.find(({ where }) => where.endsWith('d.expect[0]'))?.hint).toBe('Did you mean "notNull"?')
    expect(faults.find(({ where }) => where.endsWith('i.use'))?.hint).toBe('npm install @acme/nowhere')
  })

  test('what a factory throws is a fault at its place', async () => {
    const text = 'export const picky = () => { throw new Error("not today") }'
    const folder = await project({ 'steps.ts': text })
    const document = { pipelines: { p: { a: { use: './steps.ts#picky' } } } }
    const { faults } = await buildDocument(document, { folder, registry })
    expect(faults).toMatchObject([{ code: 'CONFIG_THREW', where: 'pipelines.p.a', message: 'not today' }])
  })

  test('a document that is no object is left to validation', async () => {
    expect(await buildDocument('text', { folder: '.', registry })).toEqual({ source: 'text', faults: [] })
  })
})

test.each<[unknown, string]>([
  [{ notNull: 'a' }, 'notNull(a)'],
  [{ between: ['a', 1, 2] }, 'between(a, 1, 2)'],
  [{ oneOf: ['a', ['x', 'y']] }, "oneOf(a, 'x' | 'y')"],
  [{ matches: ['a', '^x$'] }, 'matches(a, /^x$/)'],
  [{ matches: ['a', '/^x$/i'] }, 'matches(a, /^x$/i)'],
  [{ unique: 'a' }, 'unique(a)'],
  [{ unique: ['a', 'b'], lose: 'later' }, 'unique(a, b, lose: later)'],
  [{ rowCount: 1, verdict: 'warn' }, 'rowCount(1)'],
  [{ rowCount: [1, 9] }, 'rowCount(1, 9)'],
  [{ satisfies: { a: 'string' } }, 'satisfies(a)'],
  [{ expression: ['late', './late.ts#late'] }, 'late'],
])('the check %j is %s', async (given, name) => {
  const folder = await project({ 'late.ts': 'export const late = (d: { a: number }) => d.a > 1' })
  const reader = createReader(folder)
  const read = optionReaders(reader, registry)['expect'] as (given: unknown, where: string) => Promise<unknown>
  const [check] = (await read([given], 'x')) as { name: string; verdict?: string }[]
  expect(reader.faults).toEqual([])
  expect(check?.name).toBe(name)
  expect(check?.verdict).toBe((given as { verdict?: string }).verdict)
})

test.each([
  ['string', { kind: 'string' }, false],
  ['string?', { kind: 'string' }, true],
  ['int32', { kind: 'int', bits: 32, signed: true }, false],
  ['decimal(18, 2)', { kind: 'decimal', precision: 18, scale: 2 }, false],
  ['timestamp(us, UTC)', { kind: 'timestamp', unit: 'us', zone: 'UTC' }, false],
  ['list<string>', { kind: 'list', of: { kind: 'string' } }, false],
  ['day', { kind: 'date' }, false],
])('the type word %s', (word, natural, nullable) => {
  const schema = columnSchema(word)
  expect(fromZod(z.object({ x: schema as z.ZodType }))).toMatchObject([{ natural, nullable }])
})

test('every type word is a column', () => {
  for (const word of typeWords.filter((text) => /^\w+$/.test(text))) {
    const [field] = fromZod(z.object({ x: columnSchema(word) as z.ZodType }))
    expect(field).toMatchObject({ name: 'x', nullable: false })
  }
})

test.each(['strin', 'decimal(99, 2', 'list<nope>', 'timestamp(weeks)', 'constructor', ''])(
  '%j is no type word',
  (word) => {
    expect(columnSchema(word)).toBeUndefined()
  },
)
