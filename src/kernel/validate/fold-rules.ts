import type { Check, CondemningRule, DatasetRule, Decision, GateFacts } from '../../plugins/check.ts'
import type { Accumulator } from '../../plugins/measure.ts'
import { type Bits, bitsOf, createBits, rowsClear, setBit } from '../bits.ts'
import type { Batch } from '../columns/batch.ts'
import type { GatePlan } from '../gate/gate-plan.ts'
import { createSchemaSettler } from '../schema-settler.ts'
import type { TableSchema } from '../types.ts'

/** What the rules over the whole dataset say. */
export interface Folded {
  readonly decided: ReadonlyMap<string, Decision>
  readonly condemned: readonly CondemnedBy[]
}

/** What one rule says about rows: bits over the rows of each batch, in order; undefined where it condemns none. */
export interface CondemnedBy {
  readonly check: string
  readonly bits: readonly (Bits | undefined)[]
  /** Of how many rows it speaks; undefined: of all. */
  readonly of: number | undefined
  reason(batch: number, row: number): string | undefined
}

/** Takes in the rows that passed the row rules, batch after batch, and decides at the end. */
export interface FoldRules {
  /** `gone`: rows of the batch that did not pass, ascending. `passed`: the others. */
  add(batch: Batch, passed: Batch, gone: Int32Array): void
  /** `facts`: what each check may look at. */
  finish(schema: TableSchema, facts: (check: Check) => GateFacts): Promise<Folded>
}

/** `held`: all rows stay in memory, so rules that can look at them there do. */
export function createFoldRules(plan: GatePlan, node: string, held: boolean): FoldRules {
  const measured = plan.checks.flatMap(({ check }) =>
    check.rule.scope === 'dataset' ? [{ check, rule: check.rule as DatasetRule }] : [],
  )
  const judges = plan.checks.flatMap(({ check }) =>
    check.rule.scope === 'condemning'
      ? [{ check, ...createCondemner(check.name, check.rule as CondemningRule, held) }]
      : [],
  )
  const measures = measured.flatMap(({ rule }) => Object.values(rule.measures))
  const settler = createSchemaSettler(node, [...new Set(measures.flatMap(({ columns }) => columns))])
  let accumulators: readonly Accumulator[] | undefined
  let settled: TableSchema | undefined
  const take = (batch: Batch) => {
    accumulators ??= measures.map((measure) => measure.create(batch.schema))
    for (const accumulator of accumulators) accumulator.add(batch, undefined, 1)
  }
  return {
    add(batch, passed, gone) {
      for (const judge of judges) judge.add(batch, passed, gone)
      if (measures.length === 0 || passed.length === 0) return
      // The settled schema: nothing is to be read through it, so columns that no measure looks at are not gathered.
      if (passed.schema === settled) return take(passed)
      const ready = settler.add(passed)
      ready.forEach(take)
      if (ready.length > 0) settled = settler.schema
    },
    async finish(schema, facts) {
      settler.finish().forEach(take)
      accumulators ??= measures.map((measure) => measure.create(schema))
      const decided = new Map<string, Decision>()
      let at = 0
      for (const { check, rule } of measured) {
        const values: Record<string, unknown> = {}
        for (const name of Object.keys(rule.measures))
          values[name] = (accumulators[at++] as Accumulator).finish(1).at(0)
        decided.set(check.name, await rule.decide(values, facts(check)))
      }
      const condemned: CondemnedBy[] = []
      for (const judge of judges) {
        const { found, dataset } = await judge.finish(schema, facts(judge.check))
        condemned.push(found)
        if (dataset !== undefined) decided.set(found.check, dataset)
      }
      return { decided, condemned }
    },
  }
}

interface Condemner {
  add(batch: Batch, passed: Batch, gone: Int32Array): void
  finish(
    schema: TableSchema,
    facts: GateFacts,
  ): Promise<{ readonly found: CondemnedBy; readonly dataset: Decision | undefined }>
}

function createCondemner(check: string, rule: CondemningRule, held: boolean): Condemner {
  return held && rule.inMemory !== undefined
    ? condemnInMemory(check, rule.inMemory)
    : condemnByPartials(check, rule, held)
}

function condemnInMemory(check: string, create: NonNullable<CondemningRule['inMemory']>): Condemner {
  let judge: ReturnType<typeof create> | undefined
  return {
    add(batch, _passed, gone) {
      judge ??= create(batch.schema)
      judge.add(batch, gone.length === 0 ? undefined : bitsOf(gone, batch.length))
    },
    async finish(schema) {
      judge ??= create(schema)
      return { found: { check, bits: judge.finish(), of: undefined, reason: () => undefined }, dataset: undefined }
    },
  }
}

/** As a run does it, all rows being one part. */
function condemnByPartials(check: string, rule: CondemningRule, held: boolean): Condemner {
  let collector: ReturnType<CondemningRule['collect']> | undefined
  const pieces: { readonly start: number; readonly stays: Int32Array | undefined; readonly length: number }[] = []
  const kept: Batch[] = []
  let rows = 0
  return {
    add(batch, passed, gone) {
      collector ??= rule.collect(batch.schema)
      if (passed.length > 0) collector.add(passed)
      if (held) kept.push(passed)
      const stays = gone.length === 0 ? undefined : rowsClear(bitsOf(gone, batch.length), batch.length)
      pieces.push({ start: rows, stays, length: batch.length })
      rows += passed.length
    },
    async finish(schema, facts) {
      collector ??= rule.collect(schema)
      const bytes = collector.finish()
      const part = { rows, partial: async () => bytes, ...(held ? { batches: () => streamOf(kept) } : {}) }
      const answer = await rule.condemn([part], facts)
      const found = answer.rows.get(0)
      const bits = pieces.map(({ start, stays, length }, i) =>
        placed(found, start, pieces[i + 1]?.start ?? rows, stays, length),
      )
      const reason = (batch: number, row: number) => {
        const { start, stays } = pieces[batch] as (typeof pieces)[number]
        return answer.reason?.(0, start + (stays === undefined ? row : placeOf(stays, row)))
      }
      return { found: { check, bits, of: answer.of, reason }, dataset: answer.dataset }
    },
  }
}

async function* streamOf(batches: readonly Batch[]): AsyncIterable<Batch> {
  yield* batches
}

/** Where a row stands among those that stay. */
function placeOf(stays: Int32Array, row: number): number {
  let [low, high] = [0, stays.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((stays[middle] as number) < row) low = middle + 1
    else high = middle
  }
  return low
}

/** Bits over passing rows [start, end) of all, as bits over the rows of their batch. */
function placed(
  found: Bits | undefined,
  start: number,
  end: number,
  stays: Int32Array | undefined,
  length: number,
): Bits | undefined {
  let bits: Bits | undefined
  for (let row = start; found !== undefined && row < end; row++) {
    const byte = found[row >> 3] as number
    if (byte === 0) {
      row |= 7
      continue
    }
    if (((byte >> (row & 7)) & 1) === 0) continue
    bits ??= createBits(length)
    setBit(bits, stays === undefined ? row - start : (stays[row - start] as number))
  }
  return bits
}
