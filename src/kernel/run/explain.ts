import type { PlannedNode, RemovedNode } from '../../plugins/events.ts'
import { carried } from '../corrections/replay.ts'
import type { Graph } from '../graph/graph.ts'
import { type Entry, inputRecords } from '../parts/record.ts'
import type { InputPart, NodeState } from './node-state.ts'
import { isPending } from './resolve.ts'

export interface PartChanges {
  readonly new: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  readonly unchanged: number
}

/** How a node's input parts differ from those of the committed state. */
export function partChanges(state: NodeState, missing: readonly InputPart[]): PartChanges {
  const before = new Map(
    (state.previous === undefined ? [] : inputRecords(state.previous)).map((record) => [record.part, record.input]),
  )
  const lacking = new Set(missing.map((input) => input.id))
  const inputs = state.inputs ?? []
  const ids = new Set(inputs.map((input) => input.id))
  return {
    new: inputs.filter((input) => lacking.has(input.id) && !before.has(input.id)).map((input) => input.id),
    changed: inputs.filter((input) => lacking.has(input.id) && before.has(input.id)).map((input) => input.id),
    removed: [...before.keys()].filter((id) => !ids.has(id)),
    unchanged: inputs.filter((input) => !lacking.has(input.id)).length,
  }
}

/** Why a node runs, in words; undefined when nothing is to be done. */
export function explainWhy(
  state: NodeState,
  missing: readonly InputPart[],
  change: string | undefined,
): string | undefined {
  const changes = partChanges(state, missing)
  if (state.previous === undefined && state.attempt === undefined && missing.length > 0) return 'first run'
  if (missing.length > 0 && change !== undefined) return change
  const words = [
    parts('new', changes.new),
    parts('changed', changes.changed),
    parts('removed', changes.removed),
  ].filter((text) => text !== undefined)
  if (missing.length > 0 && missing.every(isPending)) return `${state.node.stream?.from ?? 'its input'} is made anew`
  const pending = (carried(state).corrections ?? []).filter((correction) => correction.pending === true).length
  if (pending > 0) words.push(`${pending === 1 ? 'corrections' : `${pending} sets of corrections`} to replay`)
  if (words.length > 0) return words.join('; ')
  return missing.length > 0 ? 'its rows are needed' : undefined
}

function parts(what: string, ids: readonly string[]): string | undefined {
  if (ids.length === 0) return undefined
  if (ids.length === 1 && ids[0] === 'all') return what === 'changed' ? 'its input changed' : undefined
  return `${ids.length} ${ids.length === 1 ? 'part' : 'parts'} ${what}: ${ids.slice(0, 3).join(', ')}${ids.length > 3 ? ', ...' : ''}`
}

export function plannedNode(
  state: NodeState,
  missing: readonly InputPart[] | undefined,
  fanOut?: PlannedNode['fanOut'],
): PlannedNode {
  const changes = missing === undefined ? undefined : partChanges(state, missing)
  const active =
    missing === undefined || missing.length > 0 || (changes?.removed.length ?? 0) > 0 || state.section === undefined
  return {
    node: state.node.name,
    kind: state.node.spec.uses.name,
    kept: state.kept,
    // Corrections are taken in while the node is settled.
    action: state.frozen ? 'skip' : (active && state.phase === 'open') || state.made.size > 0 ? 'run' : 'up to date',
    parts: {
      new: changes?.new.length ?? 0,
      changed: changes?.changed.length ?? 0,
      removed: changes?.removed.length ?? 0,
      unchanged: changes?.unchanged ?? 0,
    },
    why: state.why,
    ...(fanOut === undefined ? {} : { fanOut }),
  }
}

/** Nodes of the last entry that the pipeline does not have any more, under this name or as what another one was called before. */
export function removedNodes(graph: Graph, previous: Entry | undefined): readonly RemovedNode[] {
  const known = new Set(graph.nodes.flatMap(({ name, spec }) => [name, spec.gate.renamedFrom ?? name]))
  return Object.keys({ ...previous?.nodes, ...previous?.withheld })
    .filter((name) => !known.has(name))
    .map((node) => ({ node, why: 'no longer in the pipeline' }))
}
