import type { TaskPart } from '../../plugins/executor.ts'
import type { Engine } from './engine.ts'
import { baseOf, codeOf, explainChange, ingredientsOf } from './ingredients.ts'
import type { NodeState } from './node-state.ts'
import { sectionIdentity } from './resolve.ts'
import { type Missing, notKept, withIntermediates } from './task-head.ts'

/**
 * Nodes that a run takes as committed and whose rows nothing holds are run once more on the way: that gives the committed rows only while they
 * are written as they were, and the tables they look things up in are the ones they saw. Throws `ROWS_NOT_KEPT`. Each node is
 * looked at once: `proven` holds those that were.
 */
export function requireUnchanged(
  engine: Engine,
  states: ReadonlyMap<string, NodeState>,
  part: TaskPart | undefined,
  { state, input }: Missing,
  proven: Set<string>,
): void {
  if (part === undefined) return
  for (const name of withIntermediates(states, part, [state.node.name])) {
    const passed = states.get(name) as NodeState
    const { node, section } = passed
    if (!passed.frozen || section === undefined || proven.has(name)) continue
    proven.add(name)
    const code = codeOf(engine, node)
    const sides = node.wholes.map((edge) => {
      const side = states.get(edge.from)?.section
      const { key, content } = side === undefined ? { key: '', content: undefined } : sectionIdentity(side, edge.output)
      return [edge.name, content ?? key] as const
    })
    const now = ingredientsOf(engine, node, {
      code,
      sides: Object.fromEntries(sides),
      schema: node.shape === 'source' ? section.schema : undefined,
    })
    if (baseOf(now) === section.base) continue
    const before = Object.fromEntries(Object.entries(section.ingredients).filter(([key]) => now[key] !== undefined))
    throw notKept(passed, input.id, explainChange(before, now, code) ?? 'it changed since')
  }
}
