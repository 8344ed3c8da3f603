import { instantOf, type LineageEdge } from '../../plugins/lineage-answers.ts'
import type { LineageEvent } from '../../plugins/lineage-store.ts'
import { lineageEdges } from './edges.ts'

/** Keeps of each job the last COMPLETE event at or before `until`; of two at the same time, the one that arrived last. */
export interface Current {
  add(event: LineageEvent): void
  edges(): LineageEdge[]
}

export function createCurrent(until: string | undefined): Current {
  const limit = until === undefined ? Number.POSITIVE_INFINITY : instantOf(until)
  const latest = new Map<string, { readonly at: number; readonly event: LineageEvent }>()
  return {
    add(event) {
      if (event.eventType !== 'COMPLETE') return
      const at = instantOf(event.eventTime)
      if (at > limit) return
      const key = JSON.stringify([event.job.namespace, event.job.name])
      if (at >= (latest.get(key)?.at ?? Number.NEGATIVE_INFINITY)) latest.set(key, { at, event })
    },
    edges: () => [...latest.values()].flatMap(({ event }) => lineageEdges(event)),
  }
}
