import { isPlugin } from '../define/plugin.ts'
import type { CodeFingerprint } from '../fingerprint/code.ts'
import { type GatePlan, gateIngredients, thresholdIngredients } from '../gate/gate-plan.ts'
import { repairsOf } from '../gate/repair-plan.ts'
import type { GraphNode } from '../graph/graph.ts'
import { hashJson } from '../hash/hash.ts'
import { isNode } from '../node.ts'
import { semanticsEpoch } from '../parts/recipe.ts'
import type { Ingredients } from '../parts/record.ts'
import { isSecret } from '../secret.ts'
import type { TableSchema } from '../types.ts'
import type { Engine } from './engine.ts'
import { othersIdentity } from './gate-facts.ts'
import { declaredMark } from './listing.ts'
import type { NodeState } from './node-state.ts'

export interface NodeCode {
  readonly hash: string
  readonly parts: readonly { readonly name: string; readonly hash: string }[]
  /** Captured names that cannot be followed: the node is recomputed each run, and the plan says why. */
  readonly unresolved: readonly string[]
}

/** Fingerprint of all functions of a node: the kind's, and those of its checks. */
export function codeOf(engine: Engine, node: GraphNode): NodeCode {
  const known = found.get(node)
  if (known !== undefined) return known
  const code = findCode(engine, node)
  found.set(node, code)
  return code
}

/** Nodes belong to one engine, so one node has one code. */
const found = new WeakMap<GraphNode, NodeCode>()

function findCode(engine: Engine, node: GraphNode): NodeCode {
  const { spec } = node
  if (spec.gate.version !== undefined)
    return {
      hash: hashJson(['version', spec.gate.version]),
      parts: [{ name: 'version', hash: spec.gate.version }],
      unresolved: [],
    }
  const nodeNames = new Set(engine.graph.nodes.map(({ name }) => name))
  const kindCode = (spec.uses as { readonly code?: (options: never) => readonly CallableFunction[] }).code
  const own = kindCode?.(engine.options(node.name) as never) ?? []
  const checks = (engine.gates.get(node.name) as GatePlan).checks.flatMap(({ check }) =>
    'code' in check.rule ? (check.rule.code ?? []) : [],
  )
  const repairs = (engine.gates.get(node.name) as GatePlan).checks.flatMap(({ check }) => repairsOf(check.verdict))
  const functions = [...own, ...checks, ...repairs.flatMap(({ code }) => code ?? [])].map(
    (fn): CodeFingerprint => engine.code.fingerprint(fn, { params: spec.params, nodeNames }),
  )
  for (const fn of repairs.flatMap(({ definition }) => definition ?? [])) {
    const code = engine.code.fingerprint(fn, { nodeNames })
    if (code.found) functions.push(code)
  }
  const kind = kindCodeOf(engine, node)
  if (kind !== undefined) functions.push(kind)
  return {
    hash: hashJson(functions.map(({ hash }) => hash)),
    parts: functions.flatMap(({ parts }) => parts),
    unresolved: [...new Set(functions.flatMap(({ unresolved }) => unresolved))],
  }
}

/** The code of a kind that the project itself defines. What packages define says by its `version` when it changes. */
function kindCodeOf(engine: Engine, node: GraphNode): CodeFingerprint | undefined {
  const kind = engine.code.fingerprint(node.spec.uses.create)
  return kind.found ? kind : undefined
}

/** Everything that decides what a record holds, except the input. Named, so that a change can be told in words. */
export function ingredientsOf(
  engine: Engine,
  node: GraphNode,
  given: {
    readonly code: NodeCode
    readonly sides: Readonly<Record<string, string>>
    readonly schema: TableSchema | undefined
  },
): Ingredients {
  const { spec } = node
  const plan = engine.gates.get(node.name) as GatePlan
  const generates = node.shape === 'source' && 'code' in spec.uses && spec.uses.code !== undefined
  const ingredients: Record<string, string> = {
    identity: `${engine.graph.pipeline}/${node.identity}`,
    kind: spec.uses.version === undefined ? spec.uses.name : `${spec.uses.name}@${spec.uses.version}`,
    epoch: String(semanticsEpoch),
    code: given.code.unresolved.length > 0 ? `${given.code.hash}/${engine.settings.runId}` : given.code.hash,
    options: hashJson(plain(engine.options(node.name))),
    params: hashJson(plain(spec.params)),
    checks: hashJson(plain(gateIngredients(plan))),
    schema: hashJson([given.schema ?? null, declaredMark(node)]),
    // What a generator makes depends on the seed; nothing else does unless it asks the run context.
    ...(generates ? { seed: String(engine.settings.seed) } : {}),
  }
  for (const [name, identity] of Object.entries(given.sides)) ingredients[`with ${name}`] = identity
  return ingredients
}

export function baseOf(ingredients: Ingredients): string {
  return hashJson(ingredients)
}

/** Decided in the fold: a change needs a new decision, no new records. What checks look at counts by its content. */
export function foldIngredients(engine: Engine, state: NodeState): string {
  const thresholds = plain(thresholdIngredients(engine.gates.get(state.node.name) as GatePlan))
  return hashJson(state.node.looksAt.length === 0 ? thresholds : [thresholds, othersIdentity(state)])
}

/** Options as plain values: functions count by their code, nodes by the graph, schemas by what they declare, plugins by name and options. */
function plain(value: unknown): unknown {
  if (typeof value === 'function' || isNode(value)) return null
  if (isSecret(value)) return value.toString()
  if (isPlugin(value)) return ['plugin', value.name, plain(value.given)]
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
    return typeof value === 'object' && value !== null && '_zod' in value ? null : value
  }
  // A list of entries: the order of keys is the order of columns in some options.
  return Object.entries(value).flatMap(([key, inner]) => (typeof inner === 'function' ? [] : [[key, plain(inner)]]))
}

/** "the code changed (steps.ts#clean)", from two lists of ingredients. */
export function explainChange(before: Ingredients | undefined, after: Ingredients, code: NodeCode): string | undefined {
  if (code.unresolved.length > 0)
    return `its code captures ${code.unresolved.map((name) => `"${name}"`).join(', ')}, which cannot be followed: pass it by \`params\``
  if (before === undefined) return undefined
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => before[name] !== after[name],
  )
  const words: Readonly<Record<string, string>> = {
    kind: 'its kind',
    epoch: 'the version of Tidegate',
    code: 'its code',
    options: 'its options',
    params: 'its params',
    checks: 'its checks',
    schema: 'its schema',
    seed: 'the seed',
    identity: 'its name',
  }
  const changed = names.map((name) => (name.startsWith('with ') ? `its input ${name.slice(5)}` : (words[name] ?? name)))
  return changed.length === 0 ? undefined : `${changed.join(', ')} changed`
}

/** Of all code of a pipeline: whoever works on its tasks must have the same. */
export function pipelineFingerprint(engine: Engine): string {
  return hashJson(
    engine.graph.nodes.map((node) => [
      node.name,
      ingredientsOf(engine, node, { code: codeOf(engine, node), sides: {}, schema: undefined }),
    ]),
  )
}
