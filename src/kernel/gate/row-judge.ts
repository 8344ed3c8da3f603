import type { RowRule, RowVerdict } from '../../plugins/check.ts'
import { type Bits, countBits, createBits, orBits, rowsClear, rowsSet } from '../bits.ts'
import { type Batch, takeBatch } from '../columns/batch.ts'
import { TidegateError } from '../errors.ts'
import type { TableSchema } from '../types.ts'
import type { GatePlan, ResolvedCheck } from './gate-plan.ts'
import { refuseReserved } from './quarantine.ts'

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
  /** Rows that are set aside, and rows that do not pass, ascending. */
  readonly aside: Int32Array
  readonly gone: Int32Array
  readonly warned: number
  /** Cells of failing rows, as far as reasons, samples and quarantine show them: row `rows[i]` stands at i; without `rows` each at its own place. */
  readonly cells: { readonly batch: Batch; readonly rows: Int32Array | undefined }
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
  let compiled:
    | { readonly schema: TableSchema; readonly rules: readonly ((batch: Batch, failing: Bits) => void)[] }
    | undefined

  function compile(schema: TableSchema) {
    if (compiled?.schema !== schema) {
      refuseReserved(node, plan, schema)
      compiled = {
        schema,
        rules: rules.map(({ check, rule }) => guarded(node, check.name, () => rule.compile(schema))),
      }
    }
    return compiled.rules
  }

  function failures(batch: Batch): readonly FailedCheck[] {
    const found: FailedCheck[] = []
    for (const [index, run] of compile(batch.schema).entries()) {
      const { check, verdict } = rules[index] as (typeof rules)[number]
      const bits = createBits(batch.length)
      guarded(node, check.name, () => run(batch, bits))
      const failed = countBits(bits)
      if (failed === 0) continue
      const resolved = verdict === 'ask' ? given.answers(check.name) : verdict
      if (resolved === undefined) throw new Undecided(node, check.name)
      found.push({ rule: index, verdict: resolved, failed, bits })
    }
    return found
  }

  return {
    rules,
    judge(batch) {
      const failed = failures(batch)
      const cells = { batch, rows: undefined }
      if (failed.length === 0)
        return { length: batch.length, passed: batch, failed, aside: none, gone: none, warned: 0, cells }
      const { aside, gone, warned, stays } = splitRows(batch.length, failed)
      const passed = stays === undefined ? batch : takeBatch(batch, stays)
      return { length: batch.length, passed, failed, aside, gone, warned, cells }
    },
  }
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
