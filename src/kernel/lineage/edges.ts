import type { LineageEdge } from '../../plugins/lineage-answers.ts'
import type { LineageDataset, LineageEvent } from '../../plugins/lineage-store.ts'
import { columnEdges } from './column-facet.ts'

/**
 * What one COMPLETE event says: each output was made from each input, and each column from those that its column lineage lists. Events of any
 * other type say nothing. For stores that keep edges of their own.
 */
export function lineageEdges(event: LineageEvent): LineageEdge[] {
  if (event.eventType !== 'COMPLETE') return []
  const job = { namespace: event.job.namespace, name: event.job.name }
  const edges = new Map<string, LineageEdge>()
  const add = (edge: Omit<LineageEdge, 'job'>): void => {
    const key = JSON.stringify([
      edge.from.namespace,
      edge.from.name,
      edge.from.column,
      edge.to.namespace,
      edge.to.name,
      edge.to.column,
    ])
    if (!edges.has(key)) edges.set(key, { ...edge, job })
  }
  for (const output of event.outputs) {
    for (const input of event.inputs) add({ from: nameOf(input), to: nameOf(output) })
    for (const edge of columnEdges(output)) add(edge)
  }
  return [...edges.values()]
}

function nameOf({ namespace, name }: LineageDataset): { readonly namespace: string; readonly name: string } {
  return { namespace, name }
}
