import type { LineageEdge, LineageSubject } from '../../plugins/lineage-answers.ts'

export type Direction = 'upstream' | 'downstream'

/** A place that was reached, and how many steps away it is. */
export interface Reached extends LineageSubject {
  readonly depth: number
}

/** An edge, and the number of the step that goes along it, counting from 1. */
export interface Step extends LineageEdge {
  readonly depth: number
}

/** What lies up or down the stream of a subject. Both lists are ordered by depth, then by name (code units). */
export interface LineageAnswer {
  readonly subject: LineageSubject
  readonly direction: Direction
  readonly reached: readonly Reached[]
  readonly edges: readonly Step[]
}

/** Follows edges from a subject, each place at its shortest distance; cycles end where they began. Edges that do not connect are left out. */
export function walk(
  edges: readonly LineageEdge[],
  subject: LineageSubject,
  direction: Direction,
  depth = Number.POSITIVE_INFINITY,
): LineageAnswer {
  const [near, far] = direction === 'upstream' ? (['to', 'from'] as const) : (['from', 'to'] as const)
  const at = new Map<string, LineageEdge[]>()
  for (const edge of edges) {
    const list = at.get(keyOf(edge[near]))
    if (list === undefined) at.set(keyOf(edge[near]), [edge])
    else list.push(edge)
  }
  const seen = new Set([keyOf(subject)])
  const reached: Reached[] = []
  const steps: Step[] = []
  let border: readonly LineageSubject[] = [subject]
  for (let step = 1; border.length > 0 && step <= depth; step++) {
    const next: LineageSubject[] = []
    for (const edge of border.flatMap((place) => at.get(keyOf(place)) ?? [])) {
      steps.push({ ...edge, depth: step })
      const key = keyOf(edge[far])
      if (seen.has(key)) continue
      seen.add(key)
      next.push(edge[far])
      reached.push({ ...edge[far], depth: step })
    }
    border = next
  }
  return {
    subject,
    direction,
    reached: inOrder(reached, (place) => [place]),
    edges: inOrder(steps, (edge) => [edge[far], edge[near], edge.job]),
  }
}

export function keyOf({ namespace, name, column }: LineageSubject): string {
  return column === undefined ? JSON.stringify([namespace, name]) : JSON.stringify([namespace, name, column])
}

function inOrder<T extends { readonly depth: number }>(
  list: readonly T[],
  places: (item: T) => readonly LineageSubject[],
): T[] {
  const keyed = list.map((item) => ({ item, key: places(item).map(keyOf).join() }))
  return keyed
    .sort((a, b) => a.item.depth - b.item.depth || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ item }) => item)
}
