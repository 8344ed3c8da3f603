import type { Check, RowVerdict } from '../../plugins/check.ts'
import { TidegateError } from '../errors.ts'
import type { GraphNode } from '../graph/graph.ts'
import type { Thresholds } from '../threshold.ts'
import { repairIngredients, repairsOf, verdictAfter } from './repair-plan.ts'
import { schemaCheckOf } from './schema-check.ts'

/** The check that rows fail which a source could not parse. */
export const parseCheck = 'parse'
/** What the thresholds of a node are judged as. */
export const gateCheck = 'gate'

export interface ResolvedCheck {
  readonly check: Check
  /**
   * `ask`: neither check nor node names a verdict and a hook is tapped, so it is asked at the first violation. Where rows are repaired: what those get
   * that fail still.
   */
  readonly verdict: RowVerdict | 'ask'
}

export interface GatePlan {
  readonly checks: readonly ResolvedCheck[]
  /** What a row gets that a source could not parse. */
  readonly parse: RowVerdict | 'ask'
  /** The columns that rows in quarantine are known by. */
  readonly key?: readonly string[]
  /** Of the node: about the rows that go on, of all that enter its gate. */
  readonly thresholds?: Thresholds
}

/** What a gate is planned from: a node, or what `validate` is given. */
export interface Gated extends Pick<GraphNode, 'name' | 'shape'> {
  readonly spec: Pick<GraphNode['spec'], 'schema' | 'gate'>
}

/**
 * What happens to a failing row: the check's own verdict, then the node's `otherwise`, then the hook, then `halt`. Violations of a check that is no
 * `error` stop nothing: without a verdict of its own its rows pass.
 */
export function planGate(node: Gated, hookTapped: boolean): GatePlan {
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
  const verdictOf = ({ verdict, severity, rule }: Check) => {
    const own = verdictAfter(verdict, severity)
    if (own !== undefined) return own
    if (severity !== undefined && severity !== 'error') return 'warn'
    return rule.scope === 'dataset' ? 'halt' : fallback
  }
  const { atLeast, atMost, key } = node.spec.gate
  const thresholds = {
    ...(atLeast === undefined ? {} : { atLeast }),
    ...(atMost === undefined ? {} : { atMost }),
  }
  return {
    checks: expect.map((check) => ({ check, verdict: verdictOf(check) })),
    parse: fallback,
    ...(key === undefined ? {} : { key: typeof key === 'string' ? [key] : key }),
    ...(Object.keys(thresholds).length === 0 ? {} : { thresholds }),
  }
}

/** What of a gate is part of the recipe of records: everything that decides about rows; never thresholds, which are decided in the fold. */
export function gateIngredients(plan: GatePlan): unknown {
  return {
    parse: plan.parse,
    ...(plan.key === undefined ? {} : { key: plan.key }),
    checks: plan.checks.map(({ check, verdict }) => ({
      name: check.name,
      scope: check.rule.scope,
      parameters: check.parameters,
      ...(check.rule.scope === 'row' ? { verdict } : {}),
      ...(repairsOf(check.verdict).length === 0 ? {} : { repairs: repairIngredients(check.verdict) }),
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
  return [
    plan.thresholds,
    ...plan.checks.map(({ check, verdict }) => [check.name, verdict, check.atLeast, check.atMost, check.severity]),
  ]
}
