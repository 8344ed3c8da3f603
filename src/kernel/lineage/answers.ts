import type { LineageRange, LineageSubject } from '../../plugins/lineage-answers.ts'
import type { LineageEvent } from '../../plugins/lineage-store.ts'
import { createCurrent } from './current.ts'
import { type Direction, type LineageAnswer, type Reached, walk } from './walk.ts'

/** What the subject was made from: datasets for a dataset, columns for a column. */
export function upstream(
  events: Iterable<LineageEvent>,
  subject: LineageSubject,
  range: LineageRange = {},
): LineageAnswer {
  return follow(events, subject, 'upstream', range)
}

/** What was made from it. */
export function downstream(
  events: Iterable<LineageEvent>,
  subject: LineageSubject,
  range: LineageRange = {},
): LineageAnswer {
  return follow(events, subject, 'downstream', range)
}

/** Every column (or for a dataset, every dataset) that changes if this one does. */
export function impact(events: Iterable<LineageEvent>, subject: LineageSubject): readonly Reached[] {
  return downstream(events, subject).reached
}

function follow(
  events: Iterable<LineageEvent>,
  subject: LineageSubject,
  direction: Direction,
  { depth, until }: LineageRange,
): LineageAnswer {
  const current = createCurrent(until)
  for (const event of events) current.add(event)
  return walk(current.edges(), subject, direction, depth)
}
