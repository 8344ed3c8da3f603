import type { RowVerdict } from '../../plugins/check.ts'
import type { CheckOutcome } from '../parts/record.ts'
import { type GatePlan, parseCheck } from './gate-plan.ts'

export interface Tally {
  readonly failed: number
  /** What the row verdict was, after any hook; where no row failed, as far as it is known. */
  readonly verdict: RowVerdict | undefined
  readonly sample?: string
}

/** Facts about a whole dataset, folded from its records. */
export interface GateFacts {
  readonly rows: number
  readonly tallies: ReadonlyMap<string, Tally>
  /** Answers of dataset rules. */
  readonly decided: ReadonlyMap<string, { readonly pass: boolean; readonly observed: string }>
}

/** The second question of a gate: does the dataset pass. Thresholds and dataset rules, over the whole dataset; a missed threshold always halts. */
export function decideGate(plan: GatePlan, facts: GateFacts): readonly CheckOutcome[] {
  const outcomes = plan.checks.map(({ check, verdict }): CheckOutcome => {
    const base = { name: check.name, columns: check.columns, scope: check.rule.scope }
    const decided = facts.decided.get(check.name)
    if (decided !== undefined)
      return {
        ...base,
        verdict: verdict === 'warn' ? 'warn' : 'halt',
        failed: decided.pass ? 0 : facts.rows,
        of: facts.rows,
        ...decided,
      }
    const tally = facts.tallies.get(check.name)
    const failed = tally?.failed ?? 0
    const actual = tally?.verdict ?? (verdict === 'ask' ? 'halt' : verdict)
    return {
      ...base,
      verdict: actual,
      failed,
      of: facts.rows,
      ...judge(failed, facts.rows, actual, check.atLeast, check.atMost),
      ...sampleOf(tally),
    }
  })
  const parse = facts.tallies.get(parseCheck)
  if (parse === undefined || parse.failed === 0) return outcomes
  const verdict = parse.verdict ?? 'halt'
  return [
    {
      name: parseCheck,
      columns: [],
      scope: 'row',
      verdict,
      failed: parse.failed,
      of: facts.rows,
      ...judge(parse.failed, facts.rows, verdict, undefined, undefined),
      ...sampleOf(parse),
    },
    ...outcomes,
  ]
}

function sampleOf(tally: Tally | undefined): { readonly sample?: string } {
  return tally?.sample === undefined ? {} : { sample: tally.sample }
}

function judge(
  failed: number,
  of: number,
  verdict: RowVerdict,
  atLeast: number | undefined,
  atMost: number | undefined,
): { readonly pass: boolean; readonly observed: string } {
  const counted = `${failed.toLocaleString('en-US')} of ${of.toLocaleString('en-US')} rows failed`
  if (atLeast === undefined && atMost === undefined)
    return { pass: failed === 0 || verdict !== 'halt', observed: counted }
  const share = of === 0 ? 1 : (of - failed) / of
  const misses = [
    ...(atLeast !== undefined && share < atLeast ? [`at least ${percent(atLeast)} must pass`] : []),
    ...(atMost !== undefined && failed > atMost ? [`at most ${atMost.toLocaleString('en-US')} may fail`] : []),
  ]
  return { pass: misses.length === 0, observed: misses.length === 0 ? counted : `${counted}, ${misses.join(' and ')}` }
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(12))} %`
}

/** Whether an outcome stops the node: a dataset rule only where its verdict is halt; a missed threshold always. */
export function halts(outcome: CheckOutcome): boolean {
  return !outcome.pass && !(outcome.scope === 'dataset' && outcome.verdict === 'warn')
}
