import assert from 'node:assert/strict'
import type { z } from 'zod'
import type { Awaitable } from '../kernel/context.ts'
import { type Node, specOf } from '../kernel/node.ts'
import type { Step } from '../plugins/step-kind.ts'
import { type GivenPart, givenSource, inFolder, type PlainRow, type Ran, runAndRead } from './harness.ts'
import type { ContractCase } from './lineage-store.ts'
import { sameRows, sortedRows } from './rows.ts'

export interface StepSubject {
  readonly shape: Step['shape']
  /** The module in which the code stands, `import.meta.url`: whether it changed is told from its source. */
  readonly module: string
  /** A node of the kind over `from`, always with the same options. Further inputs may be sources of the test's own. */
  readonly node: (from: Node) => Awaitable<Node>
  /** The columns of `from`. */
  readonly schema: z.ZodObject
  /** Rows of `from`: some dozens, with absent values, and groups or duplicates where the kind knows any. */
  readonly rows: readonly PlainRow[]
  /** What the node makes of all of them; in that order, unless the kind gives the order of rows no meaning. */
  readonly expected: readonly PlainRow[]
  /** The order of the result has a meaning. Default: true for `row-wise` and `fold`, false for `whole`. */
  readonly ordered?: boolean
}

/**
 * What every step kind must do: the law of parts. The result depends on the rows of the input and on nothing else: not on batches, not on how
 * rows are spread over parts (floats may differ by rounding), not on what was computed before. Steps that draw random numbers are not for this suite.
 */
export function stepContract(subject: StepSubject): readonly ContractCase[] {
  return Object.entries(cases).map(([name, check]) => ({ name, run: () => check(subject) }))
}

const rounding = 1e-9

const cases: Readonly<Record<string, (subject: StepSubject) => Promise<void>>> = {
  async 'makes what it should'(subject) {
    assert.equal(specOf(await subject.node(sourceOver(subject, () => []))).uses.point, 'step')
    const { rows } = await fresh(subject, [{ id: 'all', rows: subject.rows }])
    same(subject, rows, subject.expected, 'the result', rounding)
  },
  async 'has the shape that its kind says'(subject) {
    const { uses } = specOf(await subject.node(sourceOver(subject, () => [])))
    assert.equal(uses.point === 'step' ? uses.shape : uses.point, subject.shape)
  },
  async 'makes the same for any batch size'(subject) {
    const whole = await fresh(subject, [{ id: 'all', rows: subject.rows }])
    for (const batchRows of [1, 2, 7, 1000]) {
      const found = await fresh(subject, [{ id: 'all', rows: subject.rows }], { batchRows })
      same(subject, found.rows, whole.rows, `in batches of ${batchRows}`)
      assert.deepEqual(found.schema, whole.schema, `the schema in batches of ${batchRows}`)
    }
  },
  async 'makes the same however many parts are worked on at once'(subject) {
    const parts = split(subject.rows, 5)
    const whole = await fresh(subject, parts, { concurrency: 1 })
    same(subject, (await fresh(subject, parts, { concurrency: 8 })).rows, whole.rows, 'eight at once')
  },
  async 'makes the same however rows are spread over parts'(subject) {
    for (const size of [1, 5, 16]) {
      const { rows } = await fresh(subject, split(subject.rows, size))
      same(subject, rows, subject.expected, `in parts of ${size} rows`, rounding)
    }
    const { rows } = await fresh(subject, [
      { id: 'a', rows: [] },
      { id: 'b', rows: subject.rows },
      { id: 'c', rows: [] },
    ])
    same(subject, rows, subject.expected, 'between parts without rows', rounding)
  },
  async 'works on no rows and on no parts, with the same columns'(subject) {
    const { schema } = await fresh(subject, [{ id: 'all', rows: subject.rows }])
    const names = schema.fields.map(({ name }) => name)
    const empty = await fresh(subject, [{ id: 'all', rows: [] }])
    assert.deepEqual(
      empty.schema.fields.map(({ name }) => name),
      names,
    )
    await fresh(subject, [])
  },
  async 'is up to date when nothing changed'(subject) {
    await inHistory(subject, async (run) => {
      const parts = split(subject.rows, 5)
      const first = await run(parts)
      const second = await run(parts)
      assert.equal(second.status, 'up to date', 'the second run computed again')
      same(subject, second.rows, first.rows, 'the second run')
    })
  },
  async 'makes the same again when it is told to'(subject) {
    await inHistory(subject, async (run) => {
      const parts = split(subject.rows, 5)
      const first = await run(parts)
      same(subject, (await run(parts, true)).rows, first.rows, 'a full run')
    })
  },
  async 'makes after added, changed, removed and reordered parts what a full run makes'(subject) {
    const parts = split(subject.rows, 6)
    const [one, two, ...more] = parts as [GivenPart, GivenPart, ...GivenPart[]]
    const changed = { id: two.id, rows: [...two.rows].reverse().slice(1) }
    const histories: readonly (readonly GivenPart[])[] = [
      [one],
      [one, two],
      parts,
      [one, changed, ...more],
      [changed, ...more],
      [...more, changed],
      parts,
    ]
    await inHistory(subject, async (run) => {
      for (const [i, state] of histories.entries()) {
        const { rows } = await run(state)
        same(subject, rows, (await fresh(subject, state)).rows, `after change ${i}`)
      }
    })
  },
}

const same = (
  { shape, ordered = shape !== 'whole' }: StepSubject,
  actual: readonly PlainRow[],
  expected: readonly PlainRow[],
  what: string,
  tolerance = 0,
): void =>
  ordered
    ? sameRows(actual, expected, what, tolerance)
    : sameRows(sortedRows(actual), sortedRows(expected), what, tolerance)

function split(rows: readonly PlainRow[], size: number): readonly GivenPart[] {
  const parts: GivenPart[] = []
  for (let start = 0; start < rows.length; start += size)
    parts.push({ id: `part ${String(start).padStart(4, '0')}`, rows: rows.slice(start, start + size) })
  return parts
}

function sourceOver({ schema }: StepSubject, parts: () => readonly GivenPart[]): Node {
  return givenSource(schema, parts)
}

/** One run on an empty workspace. */
async function fresh(
  subject: StepSubject,
  parts: readonly GivenPart[],
  settings: { readonly batchRows?: number; readonly concurrency?: number } = {},
): Promise<Ran> {
  return inHistory(subject, (run) => run(parts), settings)
}

type Run = (parts: readonly GivenPart[], full?: boolean) => Promise<Ran>

/** Runs on one workspace, one after another, each with the parts that are there then. */
async function inHistory<T>(subject: StepSubject, act: (run: Run) => Promise<T>, settings: object = {}): Promise<T> {
  let now: readonly GivenPart[] = []
  const from = sourceOver(subject, () => now)
  const node = await subject.node(from)
  const others = new Map(
    specOf(node)
      .inputs.filter((input) => input.node !== from)
      .map((input) => [input.node, `other ${input.name}`]),
  )
  const nodes = { from, ...Object.fromEntries([...others].map(([other, name]) => [name, other])), subject: node }
  return inFolder((folder) =>
    act((parts, full = false) => {
      now = parts
      return runAndRead({ nodes, folder, module: subject.module, ...settings }, 'subject', { full })
    }),
  )
}
