import { countText, durationText, rateText } from '../text/numbers.ts'
import type { Paint } from '../text/paint.ts'
import { type Cell, tableLines } from '../text/table.ts'
import { cut } from '../text/width.ts'
import type { TrackedNode, Tracker } from './tracker.ts'

const barWidth = 16

/** What a terminal shows while a run is at work: a headline, then a line for each node, at most `height` lines in all. */
export function progressLines(
  tracker: Tracker,
  view: { readonly now: number; readonly width: number; readonly height: number; readonly paint: Paint },
): string[] {
  const { paint, now, width } = view
  const nodes = tracker.nodes()
  const startedAt = tracker.startedAt()
  const clock = startedAt === undefined ? '' : durationText(now - startedAt)
  const phase =
    nodes.length === 0
      ? 'planning'
      : tracker.entry() === undefined &&
          nodes.some(isDone) &&
          nodes.every((node) => isDone(node) || node.planned?.action !== 'run')
        ? 'committing'
        : ''
  const head = cut(
    [`${tracker.pipeline} (${tracker.env})`, clock, phase, tracker.late() ? 'late' : '']
      .filter((text) => text !== '')
      .join('  '),
    width,
  )
  const { shown, hidden } = within(nodes, view.height - 2)
  if (shown.length === 0) return [paint.bold(head)]
  const columns = [
    { title: '' },
    { title: '', optional: true, drop: 2 },
    { title: '', align: 'right' as const, optional: true },
    { title: '', align: 'right' as const, optional: true },
    { title: '', align: 'right' as const, optional: true, drop: 1 },
    { title: '', least: 8 },
  ]
  const [, ...lines] = tableLines(
    columns,
    shown.map((node) => cellsOf(node, now, paint)),
    { width, paint, indent: '  ' },
  )
  return [
    paint.bold(head),
    ...lines,
    ...(hidden === 0 ? [] : [paint.dim(cut(`  and ${countText(hidden)} more nodes`, width))]),
  ]
}

function cellsOf(node: TrackedNode, now: number, paint: Paint): Cell[] {
  const share = shareOf(node)
  const until = node.ended ?? now
  const running = node.started !== undefined && !isDone(node)
  return [
    running
      ? { text: node.name, style: paint.bold }
      : { text: node.name, style: node.started === undefined ? paint.dim : (text) => text },
    share === undefined || !running ? '' : { text: bar(share), style: paint.cyan },
    share === undefined || !running ? '' : `${Math.floor(share * 100)} %`,
    node.rows === 0 ? '' : `${countText(node.rows)} rows`,
    { text: node.started === undefined ? '' : rateText(node.rows, until - node.started), style: paint.dim },
    {
      text: node.late ? `${stateOf(node)}, late` : stateOf(node),
      style: node.late || node.status === 'failed' || node.status === 'withheld' ? paint.red : paint.dim,
    },
  ]
}

/** Done in the eyes of the stream: told so, or with all its parts made and waiting for the fold. */
function isDone({ status, parts, partsDone }: TrackedNode): boolean {
  return status !== undefined || (parts > 0 && partsDone >= parts)
}

function stateOf(node: TrackedNode): string {
  if (node.status !== undefined) return node.status
  if (node.started !== undefined)
    return isDone(node)
      ? 'computed'
      : node.parts > 1
        ? `part ${countText(Math.min(node.partsDone + 1, node.parts))} of ${countText(node.parts)}`
        : 'running'
  return node.planned?.action === 'run' ? 'waiting' : (node.planned?.action ?? '')
}

/** By rows where their number is known, else by parts where there are several; otherwise nobody knows. */
function shareOf({ rows, expected, parts, partsDone }: TrackedNode): number | undefined {
  if (expected !== undefined && expected > 0) return Math.min(1, rows / expected)
  return parts > 1 ? Math.min(1, partsDone / parts) : undefined
}

function bar(share: number): string {
  const full = Math.round(share * barWidth)
  return '━'.repeat(full) + '─'.repeat(barWidth - full)
}

/** Of a long pipeline what is at work comes first; the order of the lines stays that of the pipeline. */
function within(
  nodes: readonly TrackedNode[],
  most: number,
): { readonly shown: readonly TrackedNode[]; readonly hidden: number } {
  if (nodes.length <= most) return { shown: nodes, hidden: 0 }
  const rank = (node: TrackedNode): number =>
    node.started !== undefined && !isDone(node) ? 0 : node.started === undefined ? 1 : 2
  const kept = new Set([...nodes].sort((a, b) => rank(a) - rank(b)).slice(0, Math.max(0, most - 1)))
  return { shown: nodes.filter((node) => kept.has(node)), hidden: nodes.length - kept.size }
}
