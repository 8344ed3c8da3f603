import type { Check, Decision, RowVerdict } from '../../plugins/check.ts'
import type { CheckOutcome } from '../parts/record.ts'
import { missedThresholds } from '../threshold.ts'
import { type GatePlan, gateCheck, parseCheck } from './gate-plan.ts'

export interface Tally {
  readonly failed: number
  /** Rows of which the rule does not speak. */
  readonly exempt?: number
  /** Rows of which it speaks, where it says so itself. */
  readonly of?: number
  /** Rows that repairs mended: not among `failed`. */
  readonly repaired?: number
  /** What the row verdict was, after any hook; where no row failed, as far as it is known. */
  readonly verdict: RowVerdict | undefined
  readonly sample?: string
}

/** Facts about a whole dataset, folded from its records. */
export interface GateFacts {
  readonly rows: number
  /** Rows that do not go on: quarantined or dropped. */
  readonly gone: number
  readonly tallies: ReadonlyMap<string, Tally>
  /** Answers of dataset rules, and of condemning rules about what is wrong beyond rows. */
  readonly decided: ReadonlyMap<string, Decision>
}

/**
 * The second question of a gate: does the dataset pass. Thresholds and dataset rules, over the whole dataset; a missed threshold halts, unless its
 * check is only a warning. Thresholds of the node are about the rows that go on; checks without thresholds of their own are then judged together.
 */
export function decideGate(plan: GatePlan, facts: GateFacts): readonly CheckOutcome[] {
  const outcomes = plan.checks.map(({ check, verdict }): CheckOutcome => {
    const decided = facts.decided.get(check.name)
    if (check.rule.scope === 'dataset')
      return {
        ...base(check),
        ...datasetOutcome(verdict === 'warn' ? 'warn' : 'halt', decided as Decision, facts.rows),
      }
    const tally = facts.tallies.get(check.name)
    const outcome = { ...base(check), ...rowOutcome(plan, check, tally, verdict, facts.rows) }
    return decided === undefined || decided.pass
      ? outcome
      : { ...outcome, pass: false, observed: `${outcome.observed}; ${decided.observed}` }
  })
  const parse = facts.tallies.get(parseCheck)
  const parsed =
    parse === undefined || parse.failed === 0
      ? []
      : [{ ...base({ name: parseCheck }), ...rowOutcome(plan, {}, parse, parse.verdict ?? 'halt', facts.rows) }]
  return [...parsed, ...outcomes, ...together(plan, facts)]
}

function base({ name, columns, rule, severity }: Pick<Check, 'name'> & Partial<Check>) {
  const label = severity === undefined || severity === 'error' ? {} : { severity }
  return { name, columns: columns ?? [], scope: rule?.scope ?? ('row' as const), ...label }
}

function datasetOutcome(verdict: 'halt' | 'warn', decided: Decision, rows: number) {
  return { verdict, failed: decided.pass ? 0 : rows, of: rows, pass: decided.pass, observed: decided.observed }
}

function rowOutcome(
  plan: GatePlan,
  check: Pick<Check, 'verdict' | 'atLeast' | 'atMost'>,
  tally: Tally | undefined,
  planned: RowVerdict | 'ask',
  rows: number,
) {
  const failed = tally?.failed ?? 0
  const of = tally?.of ?? rows - (tally?.exempt ?? 0)
  const verdict = tally?.verdict ?? (planned === 'ask' ? 'halt' : planned)
  const mended = tally?.repaired === undefined ? '' : `, ${tally.repaired.toLocaleString('en-US')} repaired`
  const counted = `${failed.toLocaleString('en-US')} of ${of.toLocaleString('en-US')} rows failed${mended}`
  const missed = missedThresholds(check, failed, of)
  const own = check.atLeast !== undefined || check.atMost !== undefined
  // Tolerated by a threshold of the check or, unless the check itself says halt, of the node.
  const tolerated = own || (plan.thresholds !== undefined && check.verdict !== 'halt')
  return {
    verdict,
    failed,
    ...(tally?.repaired === undefined ? {} : { repaired: tally.repaired }),
    of,
    pass: missed.length === 0 && (tolerated || failed === 0 || verdict !== 'halt'),
    observed: missed.length === 0 ? counted : `${counted}, ${missed.join(' and ')}`,
    ...sampleOf(tally),
  }
}

/** The thresholds of the node, over all rows that entered its gate. */
function together(plan: GatePlan, { rows, gone }: GateFacts): readonly CheckOutcome[] {
  if (plan.thresholds === undefined) return []
  const missed = missedThresholds(plan.thresholds, gone, rows)
  const counted = `${gone.toLocaleString('en-US')} of ${rows.toLocaleString('en-US')} rows do not go on`
  return [
    {
      ...base({ name: gateCheck }),
      scope: 'dataset',
      verdict: 'halt',
      failed: missed.length === 0 ? 0 : gone,
      of: rows,
      pass: missed.length === 0,
      observed: missed.length === 0 ? counted : `${counted}, ${missed.join(' and ')}`,
    },
  ]
}

function sampleOf(tally: Tally | undefined): { readonly sample?: string } {
  return tally?.sample === undefined ? {} : { sample: tally.sample }
}

/** Whether an outcome stops the node: only an error does, a dataset rule only where its verdict is halt, a missed threshold always. */
export function halts({ pass, severity, scope, verdict }: CheckOutcome): boolean {
  return !pass && (severity ?? 'error') === 'error' && !(scope === 'dataset' && verdict === 'warn')
}
