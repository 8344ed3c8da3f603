import type { TaskPart } from '../../plugins/executor.ts'
import type { Json } from '../context.ts'
import { TidegateError } from '../errors.ts'
import { sameInput } from '../parts/recipe.ts'
import type { PartRecord } from '../parts/record.ts'
import { outputSchema } from './dataset.ts'
import type { InputPart, NodeState } from './node-state.ts'
import { settledParts } from './resolve.ts'

/** A part whose records are missing, and where its rows can be had. */
export interface Missing {
  readonly state: NodeState
  readonly input: InputPart
}

/** The nearest place upstream where the rows of a part stand: the records of a kept node, or the source itself. */
export function headOf(states: ReadonlyMap<string, NodeState>, { state, input }: Missing): TaskPart {
  const edge = state.node.stream
  if (edge === undefined) return sourcePart(state, input.id)
  const parent = states.get(edge.from) as NodeState
  const stored = parent.section?.parts.find((part) => part.record.part === input.id)
  if (stored !== undefined && (edge.output !== 'main' || stored.record.data !== undefined)) {
    const section = parent.section as NonNullable<NodeState['section']>
    return {
      node: edge.from,
      output: edge.output,
      id: input.id,
      key: input.key,
      ...contentOf(input),
      stored: { part: stored as unknown as Json, schema: outputSchema(section.schema, edge.output) },
    }
  }
  const record = parent.records.get(input.id)
  if (record?.data !== undefined && parent.kept && parent.node.shape === 'row-wise') {
    return {
      node: edge.from,
      output: 'main',
      id: input.id,
      key: input.key,
      ...contentOf(input),
      stored: { part: { record } as unknown as Json, schema: record.schema },
    }
  }
  return headOf(states, { state: parent, input: inputAbove(states, parent, stored?.record, input) })
}

/**
 * The input part that a fused node makes the rows of a part from. A node that this run takes as committed knows it from its record; its rows can
 * be made once more only while it is written as it was, and what it reads stands where it stood.
 */
function inputAbove(
  states: ReadonlyMap<string, NodeState>,
  parent: NodeState,
  record: PartRecord | undefined,
  { id }: InputPart,
): InputPart {
  const known = parent.inputs?.find((part) => part.id === id)
  if (known !== undefined) return known
  if (record === undefined) throw notKept(parent, id, 'there is no record of it')
  const edge = parent.node.stream
  const above = edge === undefined ? undefined : states.get(edge.from)
  const parts = above?.section === undefined ? [] : settledParts(above.section, edge?.output ?? 'main')
  const now =
    edge === undefined
      ? parent.listing?.map((part) => ({ id: part.id, key: part.fingerprint })).find((part) => part.id === id)
      : parts.find((part) => part.id === id)
  if (now === undefined || !sameInput(record, now))
    throw notKept(parent, id, `${edge === undefined ? 'its listing' : `"${edge.from}"`} has changed since it was made`)
  return now
}

/** Rows are needed as they were committed, and nothing holds them. */
export function notKept(state: NodeState, part: string, why: string): TidegateError {
  return new TidegateError(
    'ROWS_NOT_KEPT',
    `The rows of part "${part}" of node "${state.node.name}" are needed as they were committed, but ${why}`,
    {
      hint: `Run "${state.node.name}" as well (without --from, or from "${state.node.name}"), or keep its rows (\`keep: true\`).`,
      data: { node: state.node.name, part },
    },
  )
}

export function contentOf(input: InputPart): { readonly content?: string } {
  return input.content === undefined ? {} : { content: input.content }
}

function sourcePart(state: NodeState, id: string): TaskPart {
  const ref = state.listing?.find((part) => part.id === id)
  if (ref === undefined)
    throw new TidegateError(
      'WORKSPACE_CORRUPT',
      `The rows of part "${id}" of source "${state.node.name}" are needed, but the source does not list it any more`,
      { hint: 'Run without --from, or keep the node that needs it (`keep: true`).' },
    )
  return { node: state.node.name, output: 'main', id, key: ref.fingerprint, ref }
}

/** The nodes of a task and those between them and its input part. */
export function withIntermediates(
  states: ReadonlyMap<string, NodeState>,
  part: TaskPart | undefined,
  names: readonly string[],
): readonly string[] {
  const found = new Set<string>()
  for (const name of names) {
    for (
      let at: string | undefined = name;
      at !== undefined && !found.has(at);
      at = (states.get(at) as NodeState).node.stream?.from
    ) {
      if (at === part?.node && part.stored !== undefined) break
      found.add(at)
    }
  }
  return [...found]
}
