import {
  type Batch,
  between,
  type Check,
  defineCheck,
  each,
  FlatColumn,
  type Node,
  satisfies,
  types,
  ValuesColumn,
} from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { planGate } from '../../../src/kernel/gate/gate-plan.ts'
import { createRowGate, Undecided } from '../../../src/kernel/gate/row-gate.ts'
import { schemaCheckOf } from '../../../src/kernel/gate/schema-check.ts'
import { buildGraph } from '../../../src/kernel/graph/graph.ts'
import { lines, linesOf, runIn, world } from '../../failure/lab.ts'
import { folder } from '../../failure/scratch.ts'

const schema = { fields: [{ name: 'v', type: types.float64, nullable: true }] }
const batchOf = (...values: number[]): Batch => ({
  schema,
  length: values.length,
  columns: [new FlatColumn(types.float64, Float64Array.from(values))],
})

function planOf(checks: readonly Check<never>[], otherwise?: 'quarantine' | 'drop', tapped = false) {
  const src = linesOf(world({}))
  const node = each({
    from: src,
    run: (t) => t,
    expect: checks as never,
    ...(otherwise === undefined ? {} : { otherwise }),
  }) as Node
  return planGate(buildGraph('p', { src, node }).byName.get('node') as never, tapped)
}

function gateOf(checks: readonly Check<never>[], otherwise?: 'quarantine' | 'drop', tapped = false) {
  const gate = createRowGate({
    node: 'n',
    part: 'a',
    plan: planOf(checks, otherwise, tapped),
    answers: () => undefined,
  })
  return { ...gate, pass: (batch: Batch) => gate.apply(gate.judge(batch)) }
}

describe('a row gate', () => {
  test('hands the batch on untouched where every row passes', () => {
    const gate = gateOf([between('v', 0, 5)], 'drop')
    const batch = batchOf(1, 2)
    expect(gate.pass(batch).passed).toBe(batch)
    expect(gate.counts()).toEqual({ rowsIn: 2, rowsOut: 2, quarantined: 0, dropped: 0, warned: 0 })
  })

  test('asks for a verdict by ending, with the node and the check', () => {
    expect(() => gateOf([between('v', 0, 5)], undefined, true).pass(batchOf(9))).toThrow(
      expect.objectContaining({ node: 'n', check: 'between(v, 0, 5)' }),
    )
    expect(() => gateOf([], undefined, true).reject([{ row: 0, reason: 'odd', raw: '?' }], schema)).toThrow(
      expect.any(Undecided),
    )
  })

  test('sets rows that could not be parsed aside with their place, or drops them, or has none', () => {
    const gate = gateOf([], 'quarantine')
    expect(gate.reject([], schema)).toBeUndefined()
    const aside = gate.reject(
      [
        { row: 4, line: 6, column: 2, reason: '"x" is no number', raw: 'x,1' },
        { row: 5, reason: 'cut off', raw: 'y' },
      ],
      schema,
    ) as Batch
    expect(aside.columns.map((column) => column.at(0))).toEqual([
      null,
      expect.stringMatching(/^[0-9a-f]{32}$/),
      'line 6, column 2: "x" is no number',
      'a',
      4,
      'x,1',
    ])
    expect(aside.columns[2]?.at(1)).toBe('record 5: cut off')
    expect(gate.samples).toEqual({ parse: 'a, line 6, column 2: "x" is no number' })
    expect(gateOf([], 'drop').reject([{ row: 0, reason: 'odd', raw: '?' }], schema)).toBeUndefined()
  })

  test('shows nothing of what a source quotes of rows with a tagged column, neither as a reason nor as a sample', () => {
    const gate = gateOf([], 'quarantine')
    const tagged = { fields: schema.fields.map((field) => ({ ...field, meta: { tags: ['pii'] } })) }
    const rows = [{ row: 0, line: 2, reason: 'v: "ann \\"the\n" cat" is no number', raw: 'ann' }]
    const aside = gate.reject(rows, tagged)
    const reasons = aside?.columns[aside.schema.fields.findIndex(({ name }) => name === '_reasons')]
    expect(reasons?.at(0)).toBe('line 2: v: *** is no number')
    expect(gate.samples).toEqual({ parse: 'a, line 2: v: *** is no number' })
  })

  test('blames a check whose own code throws', () => {
    const odd = defineCheck({
      name: 'acme/odd',
      columns: z.number(),
      row: (value) => {
        if (value > 5) throw new Error('I only count to five')
        return true
      },
    })
    expect(() => gateOf([odd('v')], 'drop').pass(batchOf(9))).toThrow(
      expect.objectContaining({
        code: 'CHECK_FAILED',
        message: expect.stringMatching(/acme\/odd\(v\).*I only count to five/),
      }),
    )
    const rule = (cause: unknown): Check<never> => ({
      name: 'raw',
      columns: [],
      parameters: {},
      rule: {
        scope: 'row',
        compile: () => () => {
          throw cause
        },
      },
    })
    expect(() => gateOf([rule('a text')], 'drop').pass(batchOf(9))).toThrow(
      expect.objectContaining({ code: 'CHECK_FAILED', message: 'Check raw of node "n" threw: a text' }),
    )
    expect(() => gateOf([rule(new Error('oh'))], 'drop').pass(batchOf(9))).toThrow(
      expect.objectContaining({ message: 'Check raw of node "n" threw: oh', hint: expect.stringMatching(/every row/) }),
    )
  })

  test('names node and check where a column is missing, and has a row to show without columns', () => {
    expect(() => gateOf([between('w', 0, 1)], 'drop').pass(batchOf(1))).toThrow(
      expect.objectContaining({
        code: 'COLUMN_MISSING',
        message: expect.stringMatching(/^Node "n", check between\(w, 0, 1\): /),
        data: expect.objectContaining({ node: 'n', check: 'between(w, 0, 1)' }),
      }),
    )
    const all: Check<never> = {
      name: 'none',
      columns: ['gone'],
      parameters: {},
      rule: { scope: 'row', compile: () => (_, failing) => void failing.fill(1) },
    }
    const gate = gateOf([all], 'drop')
    gate.pass(batchOf(1))
    expect(gate.samples).toEqual({ none: 'a, row 0' })
  })

  test('compiles anew when the schema changes within a part', () => {
    const gate = gateOf([between('v', 0, 5)], 'drop')
    const other = {
      schema: { fields: [{ name: 'k', type: types.string, nullable: false }, ...schema.fields] },
      length: 1,
      columns: [new ValuesColumn(types.string, ['x']), new FlatColumn(types.float64, Float64Array.of(9))],
    }
    expect(gate.pass(batchOf(1)).passed.length).toBe(1)
    expect(gate.pass(other).passed.length).toBe(0)
  })
})

describe('a gate plan', () => {
  test('refuses a check that has the name of another', () => {
    expect(() => planOf([between('v', 0, 5), between('v', 0, 5)])).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: 'Node "node" expects between(v, 0, 5) twice' }),
    )
  })
})

describe('the check a declared schema stands for', () => {
  test('is none where the schema says no more than types', () => {
    expect(schemaCheckOf(undefined)).toBeUndefined()
    expect(schemaCheckOf(z.object({ v: z.number().nullable() }))).toBeUndefined()
  })

  test('names what is null and must not be, bounds, and refinements over the whole row', async () => {
    const Strict = z
      .object({ id: z.int32(), k: z.string().min(2), v: z.number() })
      .refine(({ id, v }) => v > id, 'v must exceed id')
    const rows = lines([1, 'xx', 5], [2, 'y', 5], [3, 'zz', 1])
    const ran = await runIn(await folder(), {
      src: linesOf(world({ a: [...rows, { id: 4, k: 'ab', v: null }] }), {
        schema: Strict,
        otherwise: 'quarantine',
        keep: true,
      }),
    })
    expect(ran.error).toBeUndefined()
    expect((await ran.rows('src')).map((row) => row['id'])).toEqual([1])
    expect((await ran.rows('src', 'quarantine')).map((row) => [row['id'], row['_reasons']])).toEqual([
      [2, expect.stringMatching(/^schema: k/)],
      [3, expect.stringMatching(/^schema: .*v must exceed id/)],
      [4, 'schema: v is null'],
    ])
  })

  test('of constrained columns alone looks at these, and its code counts', () => {
    const check = schemaCheckOf(z.object({ id: z.int32().nullable(), k: z.string().refine((text) => text !== 'no') }))
    expect(check?.columns).toEqual(['k'])
    expect(check?.rule).toMatchObject({ scope: 'row', code: expect.any(Array) })
    expect(satisfies(z.object({ k: z.string() })).name).toMatch(/^satisfies/)
    expect(schemaCheckOf(z.object({ id: z.int32() }))?.rule).not.toHaveProperty('code')
  })

  test('marks whole columns of nothing', () => {
    const check = schemaCheckOf(z.object({ id: z.int32() })) as Check
    const empty = {
      schema: { fields: [{ name: 'id', type: types.null, nullable: true }] },
      length: 2,
      columns: [new ValuesColumn(types.null, [null, null], new Uint8Array(1))],
    }
    const failing = new Uint8Array(1)
    if (check.rule.scope === 'row') check.rule.compile(empty.schema)(empty, failing)
    expect(failing).toEqual(Uint8Array.of(3))
  })
})
