import type { PartRef } from '../../plugins/source.ts'
import { TidegateError } from '../errors.ts'
import type { GraphNode } from '../graph/graph.ts'
import { hashJson } from '../hash/hash.ts'
import type { Section } from '../parts/record.ts'
import { fromZod } from '../schema/from-zod.ts'
import { resolveSchema } from '../schema/resolve.ts'
import type { TableSchema } from '../types.ts'
import type { OpenSource } from './engine.ts'

export interface Listing {
  readonly parts: readonly PartRef[]
  readonly removed: readonly string[]
  readonly arrivals: Readonly<Record<string, number>>
}

/** Lists a source's parts and applies the policy for those that are gone. */
export async function listParts(
  node: GraphNode,
  { source }: OpenSource,
  previous: Section | undefined,
  signal: AbortSignal,
): Promise<Listing> {
  const before = new Map((previous?.listing ?? []).map((part) => [part.id, part]))
  const found: PartRef[] = []
  const seen = new Set<string>()
  for await (const part of source.discover({
    known: before,
    signal,
    ...(source.listing === 'append' && before.size > 0 ? { after: lastOf(before)?.at ?? null } : {}),
  })) {
    signal.throwIfAborted()
    if (seen.has(part.id))
      throw new TidegateError('SOURCE_CORRUPT', `Source "${node.name}" lists the part "${part.id}" twice`, {
        hint: 'Parts need distinct ids.',
        data: { node: node.name, part: part.id },
      })
    seen.add(part.id)
    found.push(part)
  }
  const absent = [...before.values()].filter((part) => !seen.has(part.id))
  if (source.listing === 'append') return withArrivals([...absent, ...found], [], previous)
  if (absent.length > 0)
    refuse(
      node,
      absent.map((part) => part.id),
      before.size,
    )
  if ((node.spec.gate.onRemoved ?? 'remove') === 'retain') return withArrivals(inOrder(found, absent), [], previous)
  return withArrivals(
    found,
    absent.map((part) => part.id),
    previous,
  )
}

function lastOf(parts: ReadonlyMap<string, PartRef>): PartRef | undefined {
  return [...parts.values()].at(-1)
}

function refuse(node: GraphNode, absent: readonly string[], before: number): void {
  const { onRemoved = 'remove', allowVanishing = false } = node.spec.gate
  const list = `${absent.slice(0, 3).join(', ')}${absent.length > 3 ? `, and ${absent.length - 3} more` : ''}`
  if (onRemoved === 'halt') {
    throw new TidegateError(
      'PARTS_VANISHED',
      `${absent.length} of ${before} parts of source "${node.name}" are gone: ${list}`,
      { hint: 'Put them back, or set `onRemoved` to "remove" or "retain".', data: { node: node.name, absent } },
    )
  }
  if (onRemoved === 'remove' && absent.length * 2 > before && !allowVanishing) {
    throw new TidegateError(
      'PARTS_VANISHED',
      `More than half of the parts of source "${node.name}" are gone at once (${absent.length} of ${before}): ${list}`,
      {
        hint: 'If this is meant, set `allowVanishing: true` on the source for one run; nothing was changed.',
        data: { node: node.name, absent },
      },
    )
  }
}

/** Retained parts keep the place that their id has among the listed ones (code points, as files are listed). */
function inOrder(found: readonly PartRef[], absent: readonly PartRef[]): readonly PartRef[] {
  if (absent.length === 0) return found
  return [...found, ...absent].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Arrival numbers: 1, 2, 3, ... in the order in which parts were first seen; kept for good. */
function withArrivals(parts: readonly PartRef[], removed: readonly string[], previous: Section | undefined): Listing {
  const arrivals: Record<string, number> = { ...previous?.arrivals }
  let next = Object.values(arrivals).reduce((most, number) => Math.max(most, number), 0)
  for (const part of parts) arrivals[part.id] ??= ++next
  return { parts, removed, arrivals }
}

/** The schema that all parts of a source are read through: `pinned` when it was first seen, found out where it is not. */
export async function pinSchema(
  node: GraphNode,
  open: OpenSource,
  parts: readonly PartRef[],
  pinned: TableSchema | undefined,
  signal: AbortSignal,
): Promise<TableSchema> {
  const declared = node.spec.schema === undefined ? undefined : fromZod(node.spec.schema)
  if (pinned !== undefined && pinned.fields.length > 0) return pinned
  const [first] = parts
  if (declared === undefined) {
    if (first === undefined) return { fields: [] }
    const { source } = open
    return source.describeAll === undefined
      ? await source.describe(first, { signal })
      : await source.describeAll(parts, { signal })
  }
  const physical = first === undefined ? undefined : await open.source.describe(first, { signal, declared: true })
  const resolved = resolveSchema(declared, physical)
  if (resolved.level === 'incompatible') {
    const changes = resolved.changes.filter(({ level }) => level === 'incompatible').map(({ text }) => text)
    throw new TidegateError(
      'SCHEMA_MISMATCH',
      `Source "${node.name}": ${first?.id} does not fit the declared schema: ${changes.join(' ')}`,
      {
        hint: 'Change the schema, or the data.',
        data: { node: node.name, part: first?.id, changes },
      },
    )
  }
  return resolved.schema
}

/** What was declared, so that a pinned schema is kept only as long as the declaration is. */
export function declaredMark(node: GraphNode): string {
  return hashJson(node.spec.schema === undefined ? null : resolveSchema(fromZod(node.spec.schema), undefined).schema)
}
