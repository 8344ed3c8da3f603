import { namespaceOf } from '../kernel/lineage/names.ts'
import { keyOf, type LineageAnswer } from '../kernel/lineage/walk.ts'
import type { LineageSubject } from '../plugins/lineage-answers.ts'
import type { Paint } from './text/paint.ts'
import { tame } from './text/width.ts'

interface Home {
  readonly env: string
  readonly pipeline: string
}

/**
 * What was reached, as a tree: each place under the one it was reached from, with the expression between columns. A place that was told before
 * is named again, without what lies behind it.
 */
export function lineageTree({ subject, direction, edges }: LineageAnswer, home: Home, paint: Paint): string[] {
  const [near, far] = direction === 'upstream' ? (['to', 'from'] as const) : (['from', 'to'] as const)
  const at = new Map<string, LineageAnswer['edges'][number][]>()
  for (const edge of edges) at.set(keyOf(edge[near]), [...(at.get(keyOf(edge[near])) ?? []), edge])
  const told = new Set([keyOf(subject)])
  const branch = (place: LineageSubject, indent: string): string[] => {
    const next = at.get(keyOf(place)) ?? []
    return next.flatMap((edge, index) => {
      const last = index === next.length - 1
      const key = keyOf(edge[far])
      const known = told.has(key)
      told.add(key)
      const how =
        edge.expression !== undefined ? edge.expression : edge.how === 'opaque' ? 'opaque: how is unknown' : ''
      const more = known && (at.get(key)?.length ?? 0) > 0 ? ' (told above)' : ''
      const line = `${indent}${paint.dim(last ? '└─ ' : '├─ ')}${tame(shortName(edge[far], home))}${paint.dim(`${how === '' ? '' : `  ${tame(how)}`}${more}`)}`
      return known ? [line] : [line, ...branch(edge[far], `${indent}${paint.dim(last ? '   ' : '│  ')}`)]
    })
  }
  return branch(subject, '')
}

/** `clean.delay` in the same pipeline, `other.clean.delay` in another, and what lies outside by its own name and kind. */
export function shortName({ namespace, name, column }: LineageSubject, { env, pipeline }: Home): string {
  const own = namespace === namespaceOf(env)
  const text = own && name.startsWith(`${pipeline}.`) ? name.slice(pipeline.length + 1) : name
  return `${column === undefined ? text : `${text}.${column}`}${own || namespace === 'file' ? '' : ` (${namespace})`}`
}
