import type { Edge } from '../graph/graph.ts'
import { hashJson } from '../hash/hash.ts'
import { inputRecords } from '../parts/record.ts'
import type { TableSchema } from '../types.ts'
import type { Attempt } from './attempt.ts'
import { outputSchema } from './dataset.ts'
import { baseOf, ingredientsOf, type NodeCode } from './ingredients.ts'
import type { InputPart, NodeState } from './node-state.ts'
import { isPending, openParts, sectionIdentity, settledParts } from './resolve.ts'

/** Fills in the parts of a node's input and its base recipe, as far as the nodes before it allow. */
export function describeInputs(attempt: Attempt, state: NodeState): void {
  const { engine, states, codes } = attempt
  const { node } = state
  const wholes = node.wholes.map((edge) => ({ edge, section: states.get(edge.from)?.section }))
  if (wholes.some(({ section }) => section === undefined)) return
  const identities = wholes.map(({ edge, section }) => ({
    id: edge.name,
    ...sectionIdentity(section as NonNullable<typeof section>, edge.output),
  }))
  if (state.base === undefined) {
    const sides =
      node.shape === 'whole' ? {} : Object.fromEntries(identities.map(({ id, key, content }) => [id, content ?? key]))
    state.ingredients = ingredientsOf(engine, node, {
      code: codes.get(node.name) as NodeCode,
      sides,
      schema: node.shape === 'source' ? state.schema : undefined,
    })
    state.base = baseOf(state.ingredients)
  }
  if (node.shape === 'whole') state.inputs = [{ id: 'all', ...wholeIdentity(identities) }]
  else if (node.stream !== undefined) state.inputs = streamedParts(states, state)
}

function wholeIdentity(inputs: readonly { readonly id: string; readonly key: string; readonly content?: string }[]): {
  readonly key: string
  readonly content?: string
} {
  const key = hashJson(inputs.map(({ id, key }) => [id, key]))
  return inputs.some(({ content }) => content === undefined)
    ? { key }
    : { key, content: hashJson(inputs.map(({ id, content }) => [id, content])) }
}

/** Parts of the streamed input. Rows that only the fold decides about (roll-ups, condemning checks, quarantine) are known once it is settled. */
function streamedParts(states: ReadonlyMap<string, NodeState>, state: NodeState): readonly InputPart[] | undefined {
  const edge = state.node.stream as NonNullable<typeof state.node.stream>
  const parent = states.get(edge.from) as NodeState
  if (parent.section !== undefined) return settledParts(parent.section, edge.output)
  return isStreamedOpen(states, edge) ? openParts(states, edge.from) : undefined
}

/** Whether rows flow along this edge before the node they come from is settled. */
export function isStreamedOpen(states: ReadonlyMap<string, NodeState>, edge: Edge): boolean {
  const { node, section } = states.get(edge.from) as NodeState
  const rowWise = node.shape === 'source' || node.shape === 'row-wise'
  const condemns = (node.spec.gate.expect ?? []).some((check) => check.rule.scope === 'condemning')
  return section === undefined && rowWise && !condemns && edge.output === 'main'
}

/** The schema of a node's streamed input, as far as it is known. */
export function streamSchema(states: ReadonlyMap<string, NodeState>, state: NodeState): TableSchema | undefined {
  const edge = state.node.stream
  const parent = edge === undefined ? undefined : states.get(edge.from)
  const schema = parent?.section?.schema ?? parent?.schema
  return schema === undefined || edge === undefined ? schema : outputSchema(schema, edge.output)
}

/**
 * Parts that may turn out to need nothing: the kept node before them is made anew, and if its rows come out as they were, what was made of them
 * before still stands. They wait a round.
 */
export function deferrable(
  attempt: Attempt,
  state: NodeState,
  lacking: readonly InputPart[],
  deferred: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlySet<string> {
  const edge = state.node.stream
  if (edge === undefined) return new Set()
  const parent = attempt.states.get(edge.from) as NodeState
  const before = state.previous === undefined ? [] : inputRecords(state.previous)
  const hopeful = new Set(
    parent.kept && !attempt.full
      ? before
          .filter((record) => record.base === state.base && record.input.content !== undefined)
          .map((record) => record.part)
      : [],
  )
  return new Set(
    lacking
      .filter((input) => deferred.get(edge.from)?.has(input.id) || (isPending(input) && hopeful.has(input.id)))
      .map((input) => input.id),
  )
}
