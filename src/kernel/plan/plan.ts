import type { PlannedNode, RemovedNode } from '../../plugins/events.ts'
import { createLog } from '../commit/log.ts'
import { createRunId, wallClock } from '../context.ts'
import type { Kernel } from '../kernel.ts'
import { coordinate } from '../run/coordinator.ts'
import { createEngine } from '../run/create-engine.ts'
import { type Selection, selectNodes } from '../run/open-states.ts'
import { createPerform } from '../run/perform.ts'

export interface Plan {
  readonly env: string
  readonly pipeline: string
  /** The entry it starts from; undefined before the first run. */
  readonly entry: number | undefined
  /** Nodes of that entry that are no longer in the pipeline, and leave it with the next run. */
  readonly removed: readonly RemovedNode[]
  /** In topological order. */
  readonly nodes: readonly (PlannedNode & { readonly keptWhy: string; readonly publish?: string })[]
}

/** What a run would do, and why, without running anything. Nodes behind one that runs are planned as far as can be known. */
export async function planPipeline(
  kernel: Kernel,
  pipeline: string,
  request: Selection & { readonly full?: boolean; readonly signal?: AbortSignal } = {},
): Promise<Plan> {
  const now = wallClock()
  const engine = createEngine(kernel, {
    pipeline,
    runId: createRunId(now),
    now,
    env: kernel.env,
    named: [...(request.only ?? []), ...(request.to ?? [])],
  })
  const planned: PlannedNode[] = []
  const removed: RemovedNode[] = []
  const stop = engine.events.on((event) => {
    if (event.type !== 'run.planned') return
    planned.push(...event.nodes)
    removed.push(...event.removed)
  })
  try {
    const previous = await createLog(engine.store.workspace, kernel.env, pipeline).current()
    const signal = request.signal ?? new AbortController().signal
    const active = selectNodes(engine.graph, request)
    const { states } = await coordinate({
      engine,
      previous,
      active,
      full: request.full === true,
      perform: createPerform(engine),
      signal,
      planOnly: true,
      clock: wallClock,
    })
    const nodes = await Promise.all(
      engine.graph.nodes.map(async (node) => {
        const keptWhy = engine.kept.get(node.name)?.why ?? ''
        const own = planned.find((candidate) => candidate.node === node.name)
        if (own !== undefined) return { ...own, keptWhy }
        const input = node.inputs[0]?.from ?? ''
        const settled = states.get(input)?.phase === 'settled'
        const target = await engine.target(node.name)
        const same =
          settled &&
          states.get(node.name)?.previous?.published?.snapshot !== undefined &&
          states.get(node.name)?.previous?.published?.snapshot === states.get(input)?.section?.snapshot
        const none = { new: 0, changed: 0, removed: 0, unchanged: 0 }
        const action = states.get(node.name)?.frozen
          ? ('skip' as const)
          : same
            ? ('up to date' as const)
            : ('run' as const)
        return {
          node: node.name,
          kind: node.spec.uses.name,
          kept: false,
          action,
          parts: none,
          why: same ? 'nothing changed' : settled ? 'not yet published' : `publishes when ${input} is committed`,
          keptWhy,
          publish: `${target.publish}, ${target.location}`,
        }
      }),
    )
    return { env: kernel.env, pipeline, entry: previous?.number, removed, nodes }
  } finally {
    stop()
    await engine.close()
  }
}
