import type { NodeSummary } from '../../kernel/inspect/run-summary.ts'
import type { RunOutcome } from '../../kernel/run/run-pipeline.ts'
import type { Invocation } from '../invocation.ts'
import type { Output } from '../output.ts'
import type { Tracker } from '../screen/tracker.ts'
import { bytesText, countText, durationText, plural, rateText, timeText } from '../text/numbers.ts'
import { type Cell, tableLines } from '../text/table.ts'
import { nextSteps } from './next-steps.ts'

export interface Report {
  readonly outcome: RunOutcome
  readonly nodes: readonly NodeSummary[]
  readonly tracker: Tracker
  readonly output: Output
  readonly variables: Invocation['variables']
  /** Of the config: files are named relative to it. */
  readonly folder: string
  /** The config has several pipelines, so that nodes are named with theirs. */
  readonly several: boolean
}

/** What a person reads at the end of a run. */
export function reportLines(report: Report): string[] {
  const { outcome, nodes, output } = report
  if (outcome.status === 'up to date') return [...upToDateLines(report), ...missedLines(report)]
  const failed = outcome.status === 'failed'
  const { paint } = output
  const steps = nextSteps(report)
  const rows = nodes.map((node) => rowOf(node, report))
  const right = { align: 'right', optional: true } as const
  const columns = [
    { title: 'node' },
    { title: 'kind', drop: 3 },
    { title: 'rows in', ...right },
    { title: 'rows out', ...right },
    { title: 'verdicts', optional: true },
    { title: 'time', ...right, drop: 2 },
    { title: 'rows/s', ...right, drop: 4 },
    { title: 'written', ...right, drop: 5 },
    { title: 'status' },
    { title: 'why', optional: true, least: 12, drop: 1 },
  ]
  return [
    headline(report, failed ? paint.red('failed') : paint.green('succeeded')),
    '',
    ...tableLines(columns, rows, { width: output.width(), paint, indent: '  ' }),
    '',
    ...missedLines(report),
    ...(steps.length === 0 ? [] : [...steps, '']),
  ]
}

/** What was not done in time. */
function missedLines({ outcome, output }: Report): string[] {
  if (outcome.missed.length === 0) return []
  const { paint } = output
  const lines = outcome.missed.map(({ node, deadline, due, late, action }) => {
    const end = late !== undefined ? `done ${durationText(late)} late` : action === 'halt' ? 'stopped' : 'never done'
    return `  ${node ?? 'the pipeline'}: ${deadline} ${paint.dim(`(due ${timeText(due)})`)}, ${end}`
  })
  return [paint.yellow('Missed deadlines'), ...lines, '']
}

function headline({ outcome, tracker, output }: Report, verdict: string): string {
  const { paint } = output
  const duration = tracker.duration()
  const facts = [
    outcome.env,
    ...(outcome.entry === undefined ? [] : [`entry ${outcome.entry}`]),
    ...(duration === undefined ? [] : [durationText(duration)]),
  ]
  return `${paint.bold(outcome.pipeline)} ${verdict} ${paint.dim(`(${facts.join(', ')})`)}`
}

function rowOf(node: NodeSummary, { tracker, output }: Report): Cell[] {
  const { paint } = output
  const idle = node.status === 'up to date' || node.status === 'skipped'
  const worked = tracker.nodes().find(({ name }) => name === node.node)?.rows ?? 0
  const rows = worked === 0 && node.status === 'published' ? node.rowsOut : worked
  return [
    node.node,
    { text: node.shape === 'target' || node.kept ? node.kind : `${node.kind}, fused`, style: paint.dim },
    node.at === undefined || (node.shape === 'source' && node.rowsIn === node.rowsOut) ? '' : countText(node.rowsIn),
    node.at === undefined ? '' : countText(node.rowsOut),
    verdicts(node, paint.yellow),
    idle || node.duration === 0 ? '' : durationText(node.duration),
    { text: idle ? '' : rateText(rows, node.duration), style: paint.dim },
    { text: node.bytes === 0 ? '' : bytesText(node.bytes), style: paint.dim },
    {
      text: node.status,
      style: idle ? paint.dim : node.status === 'failed' || node.status === 'withheld' ? paint.red : paint.green,
    },
    { text: node.errorCode ?? node.why, style: node.errorCode === undefined ? paint.dim : paint.red },
  ]
}

/** `11 quarantined, 2 dropped` */
function verdicts({ quarantined, dropped, warned, repaired }: NodeSummary, style: (text: string) => string): Cell {
  const counts = [
    [quarantined, 'quarantined'],
    [dropped, 'dropped'],
    [warned, 'warned'],
    [repaired, 'repaired'],
  ] as const
  return {
    text: counts
      .filter(([rows]) => rows > 0)
      .map(([rows, what]) => `${countText(rows)} ${what}`)
      .join(', '),
    style,
  }
}

/** A run that had nothing to do says so, and for each source why. */
function upToDateLines(report: Report): string[] {
  const { nodes, output, tracker } = report
  const { paint } = output
  const sources = nodes.filter(({ shape }) => shape === 'source')
  const others = nodes.length - sources.length
  const rows = sources.map((node): Cell[] => [
    node.node,
    node.status === 'skipped' ? 'not asked for' : `${plural(node.parts, 'part')} unchanged`,
    { text: node.at === undefined ? '' : `since ${timeText(node.at)}`, style: paint.dim },
  ])
  const names = Math.max(0, ...sources.map(({ node }) => node.length))
  const [, ...lines] = tableLines([{ title: '' }, { title: '' }, { title: '', least: 10 }], [...rows], {
    width: output.width(),
    paint,
    indent: '  ',
  })
  const duration = tracker.duration()
  return [
    `${paint.bold(report.outcome.pipeline)} ${paint.green('Everything is up to date')} ${paint.dim(`(${[report.outcome.env, ...(report.outcome.entry === undefined ? [] : [`entry ${report.outcome.entry}`]), ...(duration === undefined ? [] : [durationText(duration)])].join(', ')})`)}`,
    '',
    ...lines,
    ...(others === 0
      ? []
      : [paint.dim(`  ${'code'.padEnd(names)}  ${plural(others, 'node')} with the same code, options and inputs`)]),
    '',
  ]
}
