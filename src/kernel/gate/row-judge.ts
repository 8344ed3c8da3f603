import type { RowRule, RowVerdict } from '../../plugins/check.ts'
import { type Bits, countBits, createBits, orBits, rowsClear, rowsSet } from '../bits.ts'
import { type Batch, takeBatch } from '../columns/batch.ts'
import { viewBatch } from '../columns/view.ts'
import { TidegateError } from '../errors.ts'
import type { TableSchema } from '../types.ts'
import type { GatePlan, ResolvedCheck } from './gate-plan.ts'
import { refuseReserved } from './quarantine.ts'
import { type Findings, type Repaired, rejudge } from './repair-judge.ts'
import { repairsOf } from './repair-plan.ts'
import { createRepairer, inOrder, type RepairingRule } from './repair-rows.ts'

/** Thrown when a row fails a check whose verdict only a hook can tell: the task ends, the coordinator asks, the task is submitted again. */
export class Undecided {
  readonly node: string
  readonly check: string
  constructor(node: string, check: string) {
    this.node = node
    this.check = check
  }
}

export interface FailedCheck {
  /** Index among the row rules of the gate. */
  readonly rule: number
  readonly verdict: RowVerdict
  readonly failed: number
  readonly bits: Bits
}

/** What the row rules say of one batch. It follows from the batch alone: batches may be judged in any order, on any thread. */
export interface Judged {
  /** Rows that entered. */
  readonly length: number
  readonly passed: Batch
  readonly failed: readonly FailedCheck[]
  /** By rule: rows of which it does not speak. Absent where every rule speaks of every row. */
  readonly exempt?: readonly number[]
  /** Rows that are set aside, and rows that do not pass, ascending. */
  readonly aside: Int32Array
  readonly gone: Int32Array
  readonly warned: number
  /** Cells of failing rows, as far as reasons, samples and quarantine show them: row `rows[i]` stands at i; without `rows` each at its own place. */
  readonly cells: { readonly batch: Batch; readonly rows: Int32Array | undefined }
  /** Absent where no row was repaired, or should have been. */
  readonly repaired?: Repaired
}

export interface RowJudge {
  readonly rules: readonly (ResolvedCheck & { readonly rule: RowRule })[]
  /** Throws `Undecided` at the first failing check without a verdict. */
  judge(batch: Batch): Judged
}

const none = new Int32Array(0)

/** The pure half of a gate's first question: which rows fail which checks, and which of them pass all the same. */
export function createRowJudge(given: {
  readonly node: string
  readonly plan: GatePlan
  readonly answers: (check: string) => RowVerdict | undefined
}): RowJudge {
  const { node, plan } = given
  const rules = plan.checks.flatMap(({ check, verdict }) =>
    check.rule.scope === 'row' ? [{ check, verdict, rule: check.rule as RowRule }] : [],
  )
  const repairing: readonly RepairingRule[] = inOrder(
    rules.flatMap(({ check }, rule) => {
      const repairs = repairsOf(check.verdict)
      return repairs.length === 0 ? [] : [{ rule, check: check.name, columns: check.columns, repairs }]
    }),
  )
  const repairer = createRepairer(node, repairing)
  const compiled = new WeakMap<TableSchema, readonly ((batch: Batch, failing: Bits) => number | void)[]>()

  function compile(schema: TableSchema) {
    let own = compiled.get(schema)
    if (own === undefined) {
      refuseReserved(node, plan, schema)
      own = rules.map(({ check, rule }) => guarded(node, check.name, () => rule.compile(schema)))
      compiled.set(schema, own)
    }
    return own
  }

  function find(batch: Batch): Findings {
    const found: (Bits | undefined)[] = []
    let exempt: number[] | undefined
    let clean: Bits | undefined
    for (const [index, run] of compile(batch.schema).entries()) {
      const { check } = rules[index] as (typeof rules)[number]
      const bits = clean ?? createBits(batch.length)
      const speaks = guarded(node, check.name, () => run(batch, bits)) ?? batch.length
      if (speaks < batch.length) {
        exempt ??= new Array(rules.length).fill(0)
        exempt[index] = batch.length - speaks
      }
      const some = anyBit(bits)
      found.push(some ? bits : undefined)
      clean = some ? undefined : bits
    }
    return { bits: found, exempt }
  }

  function resolve({ bits }: Findings): readonly FailedCheck[] {
    return bits.flatMap((failing, index) => {
      if (failing === undefined) return []
      const { check, verdict } = rules[index] as (typeof rules)[number]
      const resolved = verdict === 'ask' ? given.answers(check.name) : verdict
      if (resolved === undefined) throw new Undecided(node, check.name)
      return [{ rule: index, verdict: resolved, failed: countBits(failing), bits: failing }]
    })
  }

  function again(batch: Batch, found: Findings) {
    if (repairing.length === 0 || found.bits.every((bits) => bits === undefined)) return undefined
    return rejudge(batch, found, repairing, repairer, find, plan.key)
  }

  return {
    rules,
    judge(batch) {
      const found = find(batch)
      const second = again(batch, found)
      const findings = second?.findings ?? found
      const failed = resolve(findings)
      const { exempt } = findings
      const { length } = batch
      const facts = { length, failed, ...(exempt === undefined ? {} : { exempt }), cells: { batch, rows: undefined } }
      if (failed.length === 0 && second === undefined)
        return { ...facts, passed: batch, aside: none, gone: none, warned: 0 }
      const { stays, ...split } = splitRows(length, failed)
      if (second === undefined)
        return { ...facts, ...split, passed: stays === undefined ? batch : viewBatch(batch, stays) }
      const named = failed.map(({ rule: index, bits }) => {
        const { check, rule } = rules[index] as (typeof rules)[number]
        return { bits, name: check.name, rule }
      })
      const repaired = second.report(split.gone, split.aside, named)
      return { ...facts, ...split, passed: second.passed(stays), repaired }
    },
  }
}

function anyBit(bits: Bits): boolean {
  for (let i = 0; i < bits.length; i++) if (bits[i] !== 0) return true
  return false
}

/** Only the cells that will be shown: rows that are set aside, and the first failing row of each check. */
export function onlyShown(judged: Judged): Judged {
  if (judged.cells.rows !== undefined) return judged
  const shown = createBits(judged.length)
  for (const row of judged.aside) shown[row >> 3] = (shown[row >> 3] as number) | (1 << (row & 7))
  for (const { bits } of judged.failed) {
    const byte = bits.findIndex((value) => value !== 0)
    const bit = bits[byte] as number
    shown[byte] = (shown[byte] as number) | (bit & -bit)
  }
  const rows = rowsSet(shown, judged.length)
  return { ...judged, cells: { batch: takeBatch(judged.cells.batch, rows), rows } }
}

/** The strongest verdict among a row's failed checks decides: halt and quarantine set it aside, drop removes it, warn lets it pass. */
function splitRows(length: number, failed: readonly FailedCheck[]) {
  const union = (verdicts: readonly RowVerdict[]) => {
    const bits = createBits(length)
    for (const failure of failed) if (verdicts.includes(failure.verdict)) orBits(bits, failure.bits)
    return bits
  }
  const removed = union(['halt', 'quarantine', 'drop'])
  const any = union(['halt', 'quarantine', 'drop', 'warn'])
  const gone = rowsSet(removed, length)
  return {
    aside: rowsSet(union(['halt', 'quarantine']), length),
    gone,
    warned: countBits(any) - gone.length,
    stays: gone.length === 0 ? undefined : rowsClear(removed, length),
  }
}

function guarded<T>(node: string, check: string, act: () => T): T {
  try {
    return act()
  } catch (cause) {
    if (cause instanceof TidegateError) {
      if (cause.code !== 'COLUMN_MISSING' && cause.code !== 'SCHEMA_MISMATCH') throw cause
      throw new TidegateError(cause.code, `Node "${node}", check ${check}: ${cause.message}`, {
        ...(cause.hint === undefined ? {} : { hint: cause.hint }),
        data: { ...cause.data, node, check },
        cause,
      })
    }
    throw new TidegateError(
      'CHECK_FAILED',
      `Check ${check} of node "${node}" threw: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        hint: 'A check must answer for every row, also for null and unexpected values.',
        data: { node, check },
        cause,
      },
    )
  }
}
