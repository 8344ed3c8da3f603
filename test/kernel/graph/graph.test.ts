import fc from 'fast-check'
import { count, defineTarget, each, type Node, rollup, step, unique } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { buildGraph, withAncestors, withDescendants } from '../../../src/kernel/graph/graph.ts'
import { decideKept } from '../../../src/kernel/graph/keep.ts'
import { createNode } from '../../../src/kernel/node.ts'
import { eachKind } from '../../../src/kernel/nodes/each.ts'
import { type Line, linesOf, world } from '../../failure/lab.ts'

const source = (options: Record<string, unknown> = {}) => linesOf(world({}), options)
const same = (from: Node<Line>, options: object = {}) => each({ from, run: (t) => t, ...options }) as Node<Line>
const totals = (from: Node<Line>) => rollup({ from, by: ['k'], measure: { n: count() } }) as Node
const shelf = defineTarget({
  name: 'test/shelf',
  create: () => ({
    publish: 'atomic' as const,
    location: 'shelf',
    commit: async ({ rows }) => ({ rows, bytes: 0, files: [] }),
  }),
})

describe('the graph of a pipeline', () => {
  test('is in topological order, ties in the order of the keys, with shapes and edges by name', () => {
    const src = source()
    const clean = same(src)
    const graph = buildGraph('p', {
      last: totals(clean),
      clean,
      src,
      bad: src.quarantine,
      joined: each({ from: clean, with: { bad: src.quarantine }, run: (t) => t }) as Node,
    })
    expect(graph.nodes.map(({ name, shape }) => [name, shape])).toEqual([
      ['src', 'source'],
      ['clean', 'row-wise'],
      ['last', 'fold'],
      ['joined', 'row-wise'],
    ])
    expect(graph.aliases.get('bad')).toEqual({ node: 'src', output: 'quarantine' })
    expect(graph.byName.get('joined')?.inputs).toEqual([
      { name: '', from: 'clean', output: 'main', mode: 'stream' },
      { name: 'bad', from: 'src', output: 'quarantine', mode: 'whole' },
    ])
    expect(graph.consumers('src').map(({ name }) => name)).toEqual(['clean', 'joined'])
    expect(graph.consumers('last')).toEqual([])
  })

  test('refuses what is no node, a node under two names, and a quarantine whose node has no name', () => {
    const src = source()
    expect(() => buildGraph('p', { src, odd: 5 as never })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: 'pipelines.p.odd is no node' }),
    )
    expect(() => buildGraph('p', { src, again: src })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: 'The same node stands in pipeline "p" as "src" and as "again"',
      }),
    )
    expect(() => buildGraph('p', { bad: src.quarantine })).toThrow(
      expect.objectContaining({ code: 'NODE_UNNAMED', message: expect.stringContaining('the node behind "bad"') }),
    )
  })

  test('names every node without a name at once, and under which name it is read', () => {
    const src = source()
    expect(() =>
      buildGraph('p', {
        a: same(source()),
        b: each({ from: src, with: { side: source() }, run: (t) => t }) as Node,
        src,
      }),
    ).toThrow(
      expect.objectContaining({
        code: 'NODE_UNNAMED',
        message:
          'Pipeline "p" reaches the test/lines node that "a" reads and the test/lines node that "b" reads as "side", which have no name',
        hint: expect.stringMatching(/^Add them/),
      }),
    )
  })

  test('tells the way round a circle', () => {
    const inputs: { name: string; node: Node; mode: 'stream' }[] = []
    const first = createNode({ uses: eachKind, inputs }) as Node<Line>
    const second = same(first)
    inputs.push({ name: '', node: second, mode: 'stream' })
    expect(() => buildGraph('p', { first, second })).toThrow(
      expect.objectContaining({
        code: 'NODE_CYCLE',
        message: 'Pipeline "p" has a cycle: first -> second -> first',
        hint: 'Remove one of these inputs.',
      }),
    )
  })

  test('a replaced node keeps its name and its readers; a node that is not there cannot be replaced', () => {
    const [src, other] = [source(), source({ keep: true })]
    const graph = buildGraph('p', { src, clean: same(src) }, new Map([[src as Node, other as Node]]))
    expect(graph.byName.get('src')?.spec.gate.keep).toBe(true)
    expect(graph.byName.get('clean')?.stream?.from).toBe('src')
    expect(() => buildGraph('p', { src }, new Map([[other as Node, src as Node]]))).toThrow(
      expect.objectContaining({ code: 'NODE_UNKNOWN' }),
    )
  })

  test("for all chains: ancestors and descendants are each other's reverse", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30), { minLength: 1, maxLength: 12 }), (picks) => {
        const nodes: Record<string, Node<Line>> = { n0: source() }
        for (const [i, pick] of picks.entries()) nodes[`n${i + 1}`] = same(nodes[`n${pick % (i + 1)}`] as Node<Line>)
        const graph = buildGraph('p', nodes)
        const names = Object.keys(nodes)
        for (const a of names)
          for (const b of names) expect(withAncestors(graph, [a]).has(b)).toBe(withDescendants(graph, [b]).has(a))
        for (const [i, { name, stream }] of graph.nodes.entries()) {
          if (stream !== undefined) expect(graph.nodes.slice(0, i).map((node) => node.name)).toContain(stream.from)
          expect(withDescendants(graph, [name]).has(name)).toBe(true)
        }
      }),
    )
  })
})

describe('which nodes write their rows', () => {
  const why = (nodes: Record<string, Node>, named: readonly string[] = []) => {
    const kept = decideKept(buildGraph('p', nodes), new Set(named))
    return Object.fromEntries([...kept].map(([name, { kept, why }]) => [name, `${kept ? 'kept' : 'fused'}: ${why}`]))
  }

  test('fused unless something needs them standing still', () => {
    const src = source()
    const [clean, marked, unread] = [same(src), same(src, { keep: true }), same(src)]
    const t = totals(clean)
    expect(
      why({
        src,
        clean,
        marked,
        unread,
        t,
        top: step({ from: t, run: (x) => x }) as Node,
        out: shelf({ from: t }) as Node,
      }),
    ).toEqual({
      src: 'fused: fused into clean, marked, unread',
      clean: 'fused: fused into t',
      marked: 'kept: keep: true',
      unread: 'kept: nothing else holds its rows',
      t: 'kept: it holds state',
      top: 'kept: it is made from whole tables',
      out: 'fused: a target',
    })
  })

  test('kept where rows are condemned over all parts, read whole, retained, or asked for by name', () => {
    const [src, side, old, once] = [
      source({ expect: [unique('id')] }),
      source(),
      source({ onRemoved: 'retain' }),
      source(),
    ]
    const joined = each({ from: src, with: { side }, run: (t) => t }) as Node<Line>
    expect(
      why({ src, side, old, once, joined, a: totals(old), b: totals(once), c: totals(joined) }, ['once', 'joined']),
    ).toMatchObject({
      src: 'kept: unique(id) is decided over all rows',
      side: 'kept: joined reads it whole',
      old: 'kept: it retains parts that are gone',
      once: 'kept: asked for',
      joined: 'kept: asked for',
    })
  })
})
