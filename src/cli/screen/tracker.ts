import type { NodeStatus, PlannedNode, TidegateEvent } from '../../plugins/events.ts'

/** What the event stream has told of one node so far. Times are epoch milliseconds. */
export interface TrackedNode {
  readonly name: string
  readonly planned: PlannedNode | undefined
  readonly started: number | undefined
  /** Parts to work on and parts done in this run. */
  readonly parts: number
  readonly partsDone: number
  /** Rows worked on in this run, and how many there will be, where that is known. */
  readonly rows: number
  readonly expected: number | undefined
  readonly status: NodeStatus | undefined
  readonly ended: number | undefined
  /** A deadline of the node has passed before it was done. */
  readonly late: boolean
}

/** Follows the events of one run of one pipeline. */
export interface Tracker {
  readonly pipeline: string
  readonly env: string
  add(event: TidegateEvent): void
  /** In topological order; targets last. */
  readonly nodes: () => readonly TrackedNode[]
  readonly startedAt: () => number | undefined
  readonly duration: () => number | undefined
  readonly entry: () => number | undefined
  /** The deadline of the pipeline has passed before it was done. */
  readonly late: () => boolean
}

export function createTracker(pipeline: string, env: string): Tracker {
  const nodes = new Map<string, TrackedNode>()
  let startedAt: number | undefined
  let duration: number | undefined
  let entry: number | undefined
  let late = false
  const change = (name: string | undefined, given: Partial<TrackedNode>): void => {
    if (name === undefined) return
    const fresh: TrackedNode = {
      name,
      planned: undefined,
      started: undefined,
      parts: 0,
      partsDone: 0,
      rows: 0,
      expected: undefined,
      status: undefined,
      ended: undefined,
      late: false,
    }
    nodes.set(name, { ...(nodes.get(name) ?? fresh), ...given })
  }
  return {
    pipeline,
    env,
    add(event) {
      if (event.pipeline !== pipeline) return
      switch (event.type) {
        case 'run.started':
          startedAt = event.at
          break
        case 'run.planned':
          for (const planned of event.nodes) change(planned.node, { planned })
          break
        case 'node.started':
          change(event.node, { started: event.at, parts: event.parts, expected: event.rows })
          break
        case 'node.progress':
          change(event.node, { rows: event.rows, partsDone: event.partsDone })
          break
        case 'node.finished':
          change(event.node, { status: event.status, ended: event.at })
          break
        case 'deadline.missed':
          if (event.node === undefined) late = true
          change(event.node, { late: true })
          break
        case 'run.committed':
          entry = event.entry
          break
        case 'run.finished':
          duration = event.duration
          break
        default:
      }
    },
    nodes: () => [...nodes.values()],
    startedAt: () => startedAt,
    duration: () => duration,
    entry: () => entry,
    late: () => late,
  }
}
