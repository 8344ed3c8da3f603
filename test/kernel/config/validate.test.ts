import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { validateConfig } from '../../../src/kernel/config/validate-config.ts'
import { pipeline } from '../../../src/kernel/define/pipeline.ts'
import { createNode, type Node, type NodeOptions } from '../../../src/kernel/node.ts'

const kind = {
  point: 'source',
  name: 'acme/files',
  options: z.object({ path: z.string(), dialect: z.object({ quote: z.string().optional() }).optional() }),
  needs: {},
  create: () => ({}) as never,
} as const
const node = (options: object = { path: 'x' }, gate: object = {}): Node => {
  return createNode({ uses: kind, options, gate: gate as NodeOptions })
}
const check = (name: string, rest: object = {}) => ({
  name,
  columns: [],
  rule: { scope: 'row' },
  parameters: {},
  ...rest,
})
const withNode = (gate: object, options?: object) => ({ pipelines: { p: pipeline({ n: node(options, gate) }) } })
const faultsOf = (config: unknown) => validateConfig(config).map(({ where, message }) => `${where}: ${message}`)

describe('the value of a config', () => {
  test('without faults has none', () => {
    const gate = { expect: [check('notNull(a)')], otherwise: 'quarantine', retry: { attempts: 3 }, timeout: '5 min' }
    expect(faultsOf({ ...withNode(gate), memory: '512MB', plugins: [false], hooks: { beforeStep: () => {} } })).toEqual(
      [],
    )
  })

  test.each<[string, unknown, string[]]>([
    ['no object', 3, ['config: expected an object, got number']],
    ['nothing', null, ['config: expected an object, got null']],
    ['a list', [], ['config: expected an object, got a list']],
    ['no pipelines', {}, ['pipelines: expected an object, it is missing']],
    ['empty pipelines', { pipelines: {} }, ['pipelines: there is no pipeline']],
    ['a pipeline without nodes', { pipelines: { p: pipeline({}) } }, ['pipelines.p: the pipeline has no nodes']],
    [
      'plain nodes',
      { pipelines: { p: { n: node() } } },
      ['pipelines.p: expected what pipeline({ ... }) returns, got an object'],
    ],
    [
      'a name with a slash',
      { pipelines: { 'a/b': pipeline({ n: node() }) } },
      ['pipelines["a/b"]: "a/b" cannot name a pipeline'],
    ],
    [
      'a name with a dot',
      { pipelines: { p: pipeline({ 'a.b': node() }) } },
      ['pipelines.p["a.b"]: "a.b" cannot name a node'],
    ],
    ['an unknown key', { ...withNode({}), lineag: 1 }, ['lineag: unknown option "lineag"']],
    [
      'an unknown hook',
      { ...withNode({}), hooks: { afterstep: () => {} } },
      ['hooks.afterstep: unknown option "afterstep"'],
    ],
    [
      'a hook that is no function',
      { ...withNode({}), hooks: { afterStep: 'x' } },
      ['hooks.afterStep: expected a function, got "x"'],
    ],
    [
      'a memory that is none',
      { ...withNode({}), memory: 'lots' },
      ['memory: expected a size such as "1GB" or "512 MiB", got "lots"'],
    ],
    [
      'a plugin that was not called',
      { ...withNode({}), lineage: () => {} },
      ['lineage: expected a plugin that provides tidegate/LineageStore, got a function: call it with its options'],
    ],
  ])('%s is named', (_, config, faults) => {
    expect(faultsOf(config)).toEqual(faults)
  })

  test.each<[string, object, object | undefined, string[]]>([
    ['a wrong option of its kind', {}, { path: 3 }, ['pipelines.p.n.path: expected text, got 3']],
    ['an unknown option', {}, { path: 'x', pth: 1 }, ['pipelines.p.n.pth: unknown option "pth"']],
    [
      'an unknown nested option',
      {},
      { path: 'x', dialect: { qote: '"' } },
      ['pipelines.p.n.dialect.qote: unknown option "qote"'],
    ],
    [
      'a verdict that is none',
      { otherwise: 'ignore' },
      undefined,
      ['pipelines.p.n.otherwise: expected "halt" or "quarantine" or "drop" or "warn", got "ignore"'],
    ],
    [
      'a check that is none',
      { expect: [check('a'), 3] },
      undefined,
      ["pipelines.p.n.expect[1]: expected a check such as notNull('origin'), got 3"],
    ],
    [
      'a check that was not called',
      { expect: [() => 1] },
      undefined,
      ["pipelines.p.n.expect[0]: expected a check, got a function: call it, as in notNull('origin')"],
    ],
    [
      'a check that stands there twice',
      { expect: [check('a'), check('a')] },
      undefined,
      ['pipelines.p.n.expect[1]: a stands here twice'],
    ],
    [
      'a share above one',
      { expect: [check('a', { atLeast: 99 })] },
      undefined,
      ['pipelines.p.n.expect[0]: atLeast of a is 99, but a share of the rows lies between 0 and 1'],
    ],
    [
      'a broken number of rows',
      { expect: [check('a', { atMost: 1.5 })] },
      undefined,
      ['pipelines.p.n.expect[0]: atMost of a is 1.5, but a number of rows is a whole number from 0 on'],
    ],
    [
      'a row verdict for a rule that names no rows',
      { expect: [check('rowCount(1)', { rule: { scope: 'dataset' }, verdict: 'drop' })] },
      undefined,
      ['pipelines.p.n.expect[0]: rowCount(1) has the verdict "drop", but it names no rows'],
    ],
    [
      'a time-out that is none',
      { timeout: 'soon' },
      undefined,
      ['pipelines.p.n.timeout: expected a length of time such as "30s" or "5 min", got "soon"'],
    ],
    [
      'an unknown option of retry',
      { retry: { attempts: 2, backof: 1 } },
      undefined,
      ['pipelines.p.n.retry.backof: unknown option "backof"'],
    ],
  ])('%s of a node is named', (_, gate, options, faults) => {
    expect(faultsOf(withNode(gate, options))).toEqual(faults)
  })

  test('a mistyped option that every node has is recognised', () => {
    expect(validateConfig(withNode({}, { path: 'x', otherwize: 'drop' }))).toMatchObject([
      { hint: 'Did you mean "otherwise"?' },
    ])
  })

  test('a quarantine may stand in a pipeline under a name of its own', () => {
    const n = node({ path: 'x' })
    expect(faultsOf({ pipelines: { p: pipeline({ n, bad: n.quarantine }) } })).toEqual([])
  })
})
