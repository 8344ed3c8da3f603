import type { Check, RowVerdict } from '../../plugins/check.ts'
import { TidegateError } from '../errors.ts'
import type { GraphNode } from '../graph/graph.ts'
import { schemaCheckOf } from './schema-check.ts'

/** The check that rows fail which a source could not parse. */
export const parseCheck = 'parse'

export interface ResolvedCheck {
  readonly check: Check
  /** `ask`: neither check nor node names a verdict and a hook is tapped, so it is asked at the first violation. */
  readonly verdict: RowVerdict | 'ask'
}

export interface GatePlan {
  readonly checks: readonly ResolvedCheck[]
  /** What a row gets that a source could not parse. */
  readonly parse: RowVerdict | 'ask'
}

/** What happens to a failing row: the check's own verdict, then the node's `otherwise`, then the hook, then `halt`. */
export function planGate(node: GraphNode, hookTapped: boolean): GatePlan {
  const { otherwise } = node.spec.gate
  const own = node.shape === 'target' ? undefined : schemaCheckOf(node.spec.schema)
  const expect = [...(own === undefined ? [] : [own]), ...(node.spec.gate.expect ?? [])]
  const fallback = otherwise ?? (hookTapped ? 'ask' : 'halt')
  const seen = new Set<string>()
  for (const check of expect) {
    if (seen.has(check.name)) {
      throw new TidegateError('CONFIG_INVALID', `Node "${node.name}" expects ${check.name} twice`, {
        hint: 'Remove one of the two, or make them differ.',
      })
    }
    seen.add(check.name)
  }
  const verdictOf = (check: Check) => check.verdict ?? (check.rule.scope === 'dataset' ? 'halt' : fallback)
  return { checks: expect.map((check) => ({ check, verdict: verdictOf(check) })), parse: fallback }
}

/** What of a gate is part of the recipe of records: everything that decides about rows; never thresholds, which are decided in the fold. */
export function gateIngredients(plan: GatePlan): unknown {
  return {
    parse: plan.parse,
    checks: plan.checks.map(({ check, verdict }) => ({
      name: check.name,
      scope: check.rule.scope,
      parameters: check.parameters,
      ...(check.rule.scope === 'row' ? { verdict } : {}),
      ...(check.rule.scope === 'condemning' ? { version: check.rule.version } : {}),
      ...(check.rule.scope === 'dataset'
        ? {
            measures: Object.values(check.rule.measures).map((measure) => [
              measure.name,
              measure.version,
              measure.parameters,
            ]),
          }
        : {}),
    })),
  }
}

/** What of a gate is decided in the fold, so that a change needs no new records but a new decision. */
export function thresholdIngredients(plan: GatePlan): unknown {
  return plan.checks.map(({ check, verdict }) => [check.name, verdict, check.atLeast, check.atMost])
}
