import type { RowRule, RowVerdict } from '../../plugins/check.ts'
import type { Counts } from '../../plugins/events.ts'
import type { RejectedRow } from '../../plugins/source.ts'
import { type Bits, countBits, createBits, hasBit, orBits, rowsClear, rowsSet } from '../bits.ts'
import { type Batch, takeBatch } from '../columns/batch.ts'
import { display } from '../display.ts'
import { TidegateError } from '../errors.ts'
import type { CheckCount } from '../parts/record.ts'
import type { TableSchema } from '../types.ts'
import { type GatePlan, parseCheck } from './gate-plan.ts'
import { describeRejected, quarantineRejected, quarantineRows, refuseReserved } from './quarantine.ts'
import { createRowNumbers } from './row-numbers.ts'

/** Thrown when a row fails a check whose verdict only a hook can tell: the task ends, the coordinator asks, the task is submitted again. */
export class Undecided {
  readonly node: string
  readonly check: string
  constructor(node: string, check: string) {
    this.node = node
    this.check = check
  }
}

export interface Gated {
  readonly passed: Batch
  readonly quarantined: Batch | undefined
}

/** The first question of a gate, for one part: what happens to a failing row. Counts as it goes. */
export interface RowGate {
  pass(batch: Batch): Gated
  /** Rows that could not be parsed; `schema` is the node's. */
  reject(rows: readonly RejectedRow[], schema: TableSchema): Batch | undefined
  counts(): Counts
  readonly checks: Readonly<Record<string, CheckCount>>
  readonly samples: Readonly<Record<string, string>>
  readonly answers: Readonly<Record<string, RowVerdict>>
  /** Bitmap over the rows of the part; bit 1: the row did not pass. Only where the fold may condemn rows, and some did not pass. */
  removed(): Bits | undefined
}

export function createRowGate(given: {
  readonly node: string
  readonly part: string
  readonly plan: GatePlan
  readonly answers: (check: string) => RowVerdict | undefined
}): RowGate {
  const { node, part, plan } = given
  const rules = plan.checks.flatMap(({ check, verdict }) =>
    check.rule.scope === 'row' ? [{ check, verdict, rule: check.rule as RowRule }] : [],
  )
  const checks: Record<string, CheckCount> = {}
  const samples: Record<string, string> = {}
  const answers: Record<string, RowVerdict> = {}
  const gate = { rowsIn: 0, rowsOut: 0, quarantined: 0, dropped: 0, warned: 0 }
  let compiled:
    | { readonly schema: TableSchema; readonly rules: readonly ((batch: Batch, failing: Bits) => void)[] }
    | undefined
  const numbers = createRowNumbers(plan.checks.some(({ check }) => check.rule.scope === 'condemning'))
  for (const { check, verdict } of rules) if (verdict !== 'ask') checks[check.name] = { failed: 0, verdict }

  function resolve(name: string, verdict: RowVerdict | 'ask'): RowVerdict {
    if (verdict !== 'ask') return verdict
    const answer = given.answers(name)
    if (answer === undefined) throw new Undecided(node, name)
    answers[name] = answer
    return answer
  }

  function count(name: string, failed: number, verdict: RowVerdict): void {
    checks[name] = { failed: (checks[name]?.failed ?? 0) + failed, verdict }
  }

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

  function failures(batch: Batch): readonly Failure[] {
    const found: Failure[] = []
    for (const [index, run] of compile(batch.schema).entries()) {
      const { check, verdict } = rules[index] as (typeof rules)[number]
      const bits = createBits(batch.length)
      guarded(node, check.name, () => run(batch, bits))
      const failed = countBits(bits)
      if (failed === 0) continue
      const resolved = resolve(check.name, verdict)
      count(check.name, failed, resolved)
      found.push({
        name: check.name,
        columns: check.columns,
        verdict: resolved,
        bits,
        explain: rules[index]?.rule.explain?.(batch.schema),
      })
    }
    return found
  }

  return {
    pass(batch: Batch): Gated {
      const first = numbers.count
      const numberOf = (row: number) => numbers.of(first + row)
      numbers.enter(batch.length)
      gate.rowsIn += batch.length
      const failed = failures(batch)
      if (failed.length === 0) {
        gate.rowsOut += batch.length
        return { passed: batch, quarantined: undefined }
      }
      for (const failure of failed) samples[failure.name] ??= sample(batch, failure, part, numberOf)
      const split = splitRows(batch, failed)
      gate.quarantined += split.aside.length
      gate.dropped += split.dropped
      gate.warned += split.warned
      const passed = split.stays === undefined ? batch : takeBatch(batch, split.stays)
      numbers.remove(split.gone, first)
      gate.rowsOut += passed.length
      const quarantined =
        split.aside.length === 0
          ? undefined
          : quarantineRows(
              batch,
              split.aside,
              reasonsOf(batch, split.aside, failed),
              part,
              Float64Array.from(split.aside, numberOf),
            )
      return { passed, quarantined }
    },
    reject(rows: readonly RejectedRow[], schema: TableSchema): Batch | undefined {
      if (rows.length === 0) return undefined
      const verdict = resolve(parseCheck, plan.parse)
      gate.rowsIn += rows.length
      numbers.reject(rows)
      count(parseCheck, rows.length, verdict)
      samples[parseCheck] ??= `${part}, ${describeRejected(rows[0] as RejectedRow)}`
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
    counts: () => ({ ...gate }),
    removed: numbers.removed,
  }
}

interface Failure {
  readonly name: string
  readonly columns: readonly string[]
  readonly verdict: RowVerdict
  readonly bits: Bits
  /** Says more about one row than the check's name does. */
  readonly explain: ((batch: Batch, row: number) => string | undefined) | undefined
}

/** The strongest verdict among a row's failed checks decides: halt and quarantine set it aside, drop removes it, warn lets it pass. */
function splitRows(batch: Batch, failed: readonly Failure[]) {
  const union = (verdicts: readonly RowVerdict[]) => {
    const bits = createBits(batch.length)
    for (const failure of failed) if (verdicts.includes(failure.verdict)) orBits(bits, failure.bits)
    return bits
  }
  const aside = union(['halt', 'quarantine'])
  const removed = union(['halt', 'quarantine', 'drop'])
  const any = union(['halt', 'quarantine', 'drop', 'warn'])
  const gone = rowsSet(removed, batch.length)
  const asideRows = rowsSet(aside, batch.length)
  return {
    aside: asideRows,
    gone,
    dropped: gone.length - asideRows.length,
    warned: countBits(any) - gone.length,
    stays: gone.length === 0 ? undefined : rowsClear(removed, batch.length),
  }
}

function reasonsOf(batch: Batch, rows: Int32Array, failed: readonly Failure[]): readonly string[] {
  return Array.from(rows, (row) =>
    failed
      .flatMap((failure) => (hasBit(failure.bits, row) ? [failure.explain?.(batch, row) ?? failure.name] : []))
      .join('; '),
  )
}

function sample(batch: Batch, failure: Failure, part: string, numberOf: (row: number) => number): string {
  const row = rowsSet(failure.bits, batch.length)[0] as number
  const cells = failure.columns.flatMap((name) => {
    const index = batch.schema.fields.findIndex((field) => field.name === name)
    return index < 0 ? [] : [`${name} = ${display(batch.columns[index]?.at(row), batch.schema.fields[index])}`]
  })
  return `${part}, row ${numberOf(row)}${cells.length === 0 ? '' : `: ${cells.join(', ')}`}`
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
