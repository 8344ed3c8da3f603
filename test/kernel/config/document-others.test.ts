import { symlink } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { readChecks } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { buildDocument } from '../../../src/kernel/config/build-document.ts'
import { coreRegistry as registry } from '../../../src/kernel/config/registry.ts'
import { buildGraph } from '../../../src/kernel/graph/graph.ts'
import { specOf } from '../../../src/kernel/node.ts'
import { failure, faultLines, project, source } from './projects.ts'

const steps = `
import { z } from 'zod'
import { createNode, splitOptions } from '${source('kernel/node.ts')}'
const uses = { point: 'source', name: 'source', options: z.object({ path: z.string() }), needs: {}, create: () => ({}) } as never
export const read = (given: object) => {
  const { gate, rest } = splitOptions(given)
  return createNode({ uses, options: rest, gate })
}
export const same = (batch: unknown) => batch
`

async function built(text: string) {
  const folder = await project({ 'steps.ts': steps })
  await symlink(fileURLToPath(new URL('../../../node_modules', import.meta.url)), `${folder}/node_modules`)
  const { source: config, faults } = await buildDocument(parse(text), { folder, registry })
  return {
    pipelines: config.pipelines,
    faults: faults.map(({ code, where, message }) => `${code} ${where}: ${message}`),
  }
}

const head = `
pipelines:
  p:
    airports: { use: './steps.ts#read', path: airports.csv }
    flights: { use: './steps.ts#read', path: flights.csv }
`

describe('a check that looks at another dataset, in a document', () => {
  test('names it by { node }, also one that stands below, and outputs of it', async () => {
    const { pipelines, faults } = await built(`${head}
    clean:
      kind: each
      from: flights
      run: './steps.ts#same'
      expect:
        - { use: '@tidegate/checks#references', columns: origin, other: { node: airports }, otherColumns: iata, verdict: quarantine }
        - { use: '@tidegate/checks#references', columns: [origin, date], other: { node: late.quarantine } }
        - { use: '@tidegate/checks#references', columns: next, otherColumns: id }
        - { use: '@tidegate/checks#rowCountEquals', other: { node: flights }, tolerance: { share: 0.1 } }
        - { use: '@tidegate/checks#sameRows', other: { node: flights }, key: id, tolerance: 0.01 }
        - { use: '@tidegate/checks#fresh', column: date, within: 1d }
        - { use: '@tidegate/checks#withinHistory', measure: { mean: delay }, method: robust-z, verdict: warn }
    late: { use: './steps.ts#read', path: late.csv }
`)
    expect(faults).toEqual([])
    const graph = buildGraph('p', (pipelines as never as Record<string, { nodes: never }>)['p']!.nodes)
    const clean = graph.byName.get('clean')
    expect(clean?.looksAt.map(({ name, from, output }) => [name, from, output])).toEqual([
      ['references(origin -> iata) other', 'airports', 'main'],
      ['references(origin, date) other', 'late', 'quarantine'],
      ['rowCountEquals(tolerance 10 %) other', 'flights', 'main'],
      ['sameRows(id, tolerance 0.01) other', 'flights', 'main'],
    ])
    expect(specOf(clean!.node).gate.expect?.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['references(origin -> iata)', 'quarantine'],
      ['references(origin, date)', undefined],
      ['references(next -> id, own)', undefined],
      ['rowCountEquals(tolerance 10 %)', undefined],
      ['sameRows(id, tolerance 0.01)', undefined],
      ['fresh(date, within 1d)', undefined],
      ['withinHistory(mean(delay), robust-z)', 'warn'],
    ])
  })

  test('is told what is wrong: unknown nodes and outputs, circles, names instead of nodes', async () => {
    const { faults } = await built(`${head}
    a:
      kind: each
      from: flights
      run: './steps.ts#same'
      expect: [{ use: '@tidegate/checks#references', columns: origin, other: { node: airport }, otherColumns: iata }]
    b:
      kind: each
      from: flights
      run: './steps.ts#same'
      expect: [{ use: '@tidegate/checks#references', columns: origin, other: { node: airports.rest }, otherColumns: iata }]
    c:
      kind: each
      from: flights
      run: './steps.ts#same'
      expect: [{ use: '@tidegate/checks#references', columns: origin, other: { node: d }, otherColumns: iata }]
    d: { kind: each, from: c, run: './steps.ts#same' }
    e:
      kind: each
      from: flights
      run: './steps.ts#same'
      expect: [{ use: '@tidegate/checks#references', columns: origin, other: airports, otherColumns: iata }]
`)
    expect(faults).toEqual([
      'CONFIG_INVALID pipelines.p.a.expect[0].other: unknown node "airport"',
      expect.stringMatching(/^CONFIG_INVALID pipelines\.p\.b\.expect\[0\]\.other: unknown output "rest"/),
      'NODE_CYCLE pipelines.p.c: nodes read each other in a circle: c -> d -> c, by what the check at pipelines.p.c.expect[0].other looks at',
      'CONFIG_INVALID pipelines.p.e.expect[0]: references(origin -> iata): "other" is no dataset.',
    ])
  })

  test('cannot stand in a file of its own', async () => {
    const folder = await project({
      'checks.yaml': "- { use: '@tidegate/checks#references', columns: origin, other: { node: airports } }",
    })
    expect(faultLines(await failure(readChecks('checks.yaml', folder)))).toEqual([
      'expect[0].other: the dataset { node: airports } can be named in a pipeline only',
    ])
  })
})
