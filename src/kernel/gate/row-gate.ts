import type { RowVerdict } from '../../plugins/check.ts'
import type { Counts } from '../../plugins/events.ts'
import type { RejectedRow } from '../../plugins/source.ts'
import { type Bits, hasBit } from '../bits.ts'
import type { Batch } from '../columns/batch.ts'
import { display } from '../display.ts'
import type { CheckCount } from '../parts/record.ts'
import type { TableSchema } from '../types.ts'
import { type GatePlan, parseCheck } from './gate-plan.ts'
import { describeRejected, quarantineRejected, quarantineRows } from './quarantine.ts'
import { repairedRows } from './repair-audit.ts'
import type { Repaired } from './repair-judge.ts'
import { createRowJudge, type FailedCheck, type Judged, type RowJudge, Undecided } from './row-judge.ts'
import { createRowNumbers } from './row-numbers.ts'

export { Undecided } from './row-judge.ts'

export interface Gated {
  readonly passed: Batch
  readonly quarantined: Batch | undefined
  /** One row for each cell that a repair changed (`repairsSchema`), of rows that pass. */
  readonly repairs?: Batch
}

/** The first question of a gate, for one part: what happens to a failing row. Counts as it goes. */
export interface RowGate {
  /** The pure half: may run ahead, or elsewhere. */
  judge(batch: Batch): Judged
  /** The other half, batch after batch in order: row numbers, counts, samples, and the rows that are set aside. */
  apply(judged: Judged): Gated
  /** Rows that could not be parsed; `schema` is the node's. */
  reject(rows: readonly RejectedRow[], schema: TableSchema): Batch | undefined
  counts(): Counts
  readonly checks: Readonly<Record<string, CheckCount>>
  readonly samples: Readonly<Record<string, string>>
  readonly answers: Readonly<Record<string, RowVerdict>>
  /** By check: rows that failed it as they came, and keep it after repairs. Checks without such rows are absent. */
  readonly repaired: Readonly<Record<string, number>>
  /** Bitmap over the rows of the part; bit 1: the row did not pass. Only where the fold may condemn rows, and some did not pass. */
  removed(): Bits | undefined
}

export function createRowGate(given: {
  readonly node: string
  readonly part: string
  readonly plan: GatePlan
  readonly answers: (check: string) => RowVerdict | undefined
  /** False: rows that are set aside are counted alone. Default true. */
  readonly setsAside?: boolean
}): RowGate {
  const { node, part, plan } = given
  const { rules, judge } = createRowJudge(given)
  const checks: Record<string, CheckCount> = {}
  const samples: Record<string, string> = {}
  const answers: Record<string, RowVerdict> = {}
  const repaired: Record<string, number> = {}
  let repairedRowCount = 0
  const gate = { rowsIn: 0, rowsOut: 0, quarantined: 0, dropped: 0, warned: 0 }
  const numbers = createRowNumbers(plan.checks.some(({ check }) => check.rule.scope === 'condemning'))
  for (const { check, verdict } of rules) if (verdict !== 'ask') checks[check.name] = { failed: 0, verdict }

  function count(name: string, failed: number, verdict: RowVerdict): void {
    checks[name] = { ...checks[name], failed: (checks[name]?.failed ?? 0) + failed, verdict }
  }

  function exempt(rows: readonly number[]): void {
    for (const [index, { check, verdict }] of rules.entries()) {
      const added = rows[index] as number
      // Whether a hook has answered shows in the failing rows alone.
      const known = checks[check.name] ?? { failed: 0, verdict: verdict === 'ask' ? 'halt' : verdict }
      if (added > 0) checks[check.name] = { ...known, exempt: (known.exempt ?? 0) + added }
    }
  }

  function noteRepairs({ rows, byRule, audit }: Repaired, numberOf: (row: number) => number): Pick<Gated, 'repairs'> {
    repairedRowCount += rows
    for (const [index, count] of byRule.entries()) {
      const { name } = (rules[index] as RowJudge['rules'][number]).check
      if (count > 0) repaired[name] = (repaired[name] ?? 0) + count
    }
    return audit.length === 0 ? {} : { repairs: repairedRows(audit, part, numberOf) }
  }

  function apply(judged: Judged): Gated {
    const { length, passed, failed, aside, gone } = judged
    const first = numbers.count
    const numberOf = (row: number) => numbers.of(first + row)
    numbers.enter(length)
    gate.rowsIn += length
    gate.rowsOut += passed.length
    if (judged.exempt !== undefined) exempt(judged.exempt)
    const noted = judged.repaired === undefined ? {} : noteRepairs(judged.repaired, numberOf)
    if (failed.length === 0) return { passed, quarantined: undefined, ...noted }
    const shown = createShown(rules, judged)
    for (const failure of failed) {
      const { check, verdict } = rules[failure.rule] as RowJudge['rules'][number]
      if (verdict === 'ask') answers[check.name] = failure.verdict
      count(check.name, failure.failed, failure.verdict)
      samples[check.name] ??= shown.sample(failure, part, numberOf)
    }
    gate.quarantined += aside.length
    gate.dropped += gone.length - aside.length
    gate.warned += judged.warned
    numbers.remove(gone, first)
    if (aside.length === 0 || given.setsAside === false) return { passed, quarantined: undefined, ...noted }
    const { batch } = judged.cells
    const reasons = Array.from(aside, (row) => judged.repaired?.reasons.get(row) ?? shown.reasons(row))
    const own = Float64Array.from(aside, numberOf)
    return { passed, quarantined: quarantineRows(batch, aside.map(shown.at), reasons, part, own, plan.key), ...noted }
  }

  return {
    judge,
    apply,
    reject(rows: readonly RejectedRow[], schema: TableSchema): Batch | undefined {
      if (rows.length === 0) return undefined
      const verdict = plan.parse === 'ask' ? given.answers(parseCheck) : plan.parse
      if (verdict === undefined) throw new Undecided(node, parseCheck)
      if (plan.parse === 'ask') answers[parseCheck] = verdict
      gate.rowsIn += rows.length
      numbers.reject(rows)
      count(parseCheck, rows.length, verdict)
      samples[parseCheck] ??= `${part}, ${describeRejected(rows[0] as RejectedRow, schema)}`
      if (verdict === 'drop') {
        gate.dropped += rows.length
        return undefined
      }
      // A row that could not be parsed cannot pass: `warn` sets it aside as well.
      gate.quarantined += rows.length
      return quarantineRejected(schema, rows, part)
    },
    checks,
    samples,
    answers,
    repaired,
    counts: () => ({ ...gate, ...(repairedRowCount === 0 ? {} : { repaired: repairedRowCount }) }),
    removed: numbers.removed,
  }
}

/** Says of failing rows what is to be said of them. */
function createShown(rules: RowJudge['rules'], { failed, cells }: Judged) {
  const { batch, rows } = cells
  const places = rows === undefined ? undefined : new Map(Array.from(rows, (row, i) => [row, i] as const))
  const at = (row: number): number => places?.get(row) ?? row
  const explained = failed.map((failure) => {
    const { check, rule } = rules[failure.rule] as RowJudge['rules'][number]
    return { bits: failure.bits, name: check.name, explain: rule.explain?.(batch.schema) }
  })
  return {
    at,
    reasons(row: number): string {
      let text = ''
      for (const { bits, name, explain } of explained) {
        if (!hasBit(bits, row)) continue
        const why = explain?.(batch, at(row)) ?? name
        text = text === '' ? why : `${text}; ${why}`
      }
      return text
    },
    sample(failure: FailedCheck, part: string, numberOf: (row: number) => number): string {
      const byte = failure.bits.findIndex((value) => value !== 0)
      const lowest = failure.bits[byte] as number
      const row = 8 * byte + 31 - Math.clz32(lowest & -lowest)
      const quoted = rules[failure.rule]?.check.columns.flatMap((name) => {
        const index = batch.schema.fields.findIndex((field) => field.name === name)
        return index < 0 ? [] : [`${name} = ${display(cellOf(batch, index, at(row)), batch.schema.fields[index])}`]
      })
      return `${part}, row ${numberOf(row)}${quoted?.length ? `: ${quoted.join(', ')}` : ''}`
    },
  }
}

/** One cell, without decoding all texts of its column. */
function cellOf(batch: Batch, index: number, row: number): unknown {
  return batch.columns[index]?.slice(row, row + 1).at(0)
}
