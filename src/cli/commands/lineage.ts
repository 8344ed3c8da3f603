import { TidegateError } from '../../kernel/errors.ts'
import { findNode } from '../../kernel/inspect/find-node.ts'
import { type LineageView, nodeLineage } from '../../kernel/inspect/node-lineage.ts'
import type { Invocation, ProjectOptions } from '../invocation.ts'
import { lineageTree, shortName } from '../lineage-tree.ts'
import { withKernel } from '../open-project.ts'
import type { Output } from '../output.ts'
import { countText, timeText } from '../text/numbers.ts'
import { type Cell, tableLines } from '../text/table.ts'

export type LineageOptions = ProjectOptions & { readonly up?: boolean; readonly down?: boolean; readonly asOf?: string }

export async function lineageCommand(
  [name = '']: readonly string[],
  options: LineageOptions,
  invocation: Invocation,
): Promise<number> {
  const { output } = invocation
  const { asOf } = options
  if (asOf !== undefined && Number.isNaN(Date.parse(asOf))) {
    throw new TidegateError('USAGE', `--as-of: "${asOf}" is not a time`, {
      hint: 'Write it as in ISO 8601: 2026-01-31T12:00:00Z.',
    })
  }
  const both = options.up !== true && options.down !== true
  return withKernel(invocation, options, {}, async (kernel) => {
    const view = await nodeLineage(kernel, findNode(kernel, name, { columns: true }), {
      up: both || options.up === true,
      down: both || options.down === true,
      asOf,
    })
    if (output.json) output.record({ ...view, upstream: view.upstream ?? null, downstream: view.downstream ?? null })
    else output.lines(...viewLines(view, output, asOf))
    return 0
  })
}

function viewLines(view: LineageView, output: Output, asOf: string | undefined): string[] {
  const { paint } = output
  const { pipeline, node, output: part, column } = view.address
  const name = [pipeline, node, ...(part === 'main' ? [] : [part]), ...(column === undefined ? [] : [column])].join('.')
  const when = asOf === undefined ? '' : `, as of ${asOf}`
  const told = view.source === 'log' ? ', told from the commit log: the config names no lineage store' : ''
  const tree = (title: string, answer: LineageView['upstream'], nothing: string): string[] => {
    if (answer === undefined) return []
    return [
      '',
      paint.bold(title),
      ...(answer.edges.length === 0
        ? [`  ${paint.dim(nothing)}`]
        : lineageTree(answer, { env: view.env, pipeline }, paint).map((line) => `  ${line}`)),
    ]
  }
  return [
    `${paint.bold(name)} ${paint.dim(`(${view.env}${when}${told})`)}`,
    ...tree('Upstream', view.upstream, 'nothing is recorded before it'),
    ...tree('Downstream', view.downstream, 'nothing reads it'),
    ...columnLines(view, output),
    ...runLines(view, output),
  ]
}

function columnLines({ columns, inputs }: LineageView, output: Output): string[] {
  if (columns.length === 0) return []
  const { paint } = output
  const rows = columns.map(({ column, sources, how, expression }): Cell[] => [
    column,
    how === 'opaque'
      ? { text: `unknown: any of ${sources.length} columns`, style: paint.yellow }
      : sources.length === 0
        ? { text: '(rows)', style: paint.dim }
        : sources
            .map((source) => `${inputs[source.input] ?? source.input}.${source.column}`.replace(/^\./, ''))
            .join(', '),
    { text: expression ?? (how === 'identity' ? 'as it is' : how === 'opaque' ? 'opaque' : ''), style: paint.dim },
  ])
  return [
    '',
    paint.bold('Columns'),
    ...tableLines([{ title: 'column' }, { title: 'made from', least: 16 }, { title: 'how', least: 12 }], rows, {
      width: output.width(),
      paint,
      indent: '  ',
    }),
  ]
}

function runLines(view: LineageView, output: Output): string[] {
  const { paint } = output
  if (view.runs.length === 0) return ['', paint.dim('No run of it is recorded.')]
  const rows = view.runs
    .slice(0, 10)
    .map((run): Cell[] => [
      run.startedAt === undefined ? '' : timeText(Date.parse(run.startedAt)),
      run.state === 'complete' ? { text: run.state, style: paint.green } : { text: run.state, style: paint.red },
      run.rows === undefined ? '' : countText(run.rows),
      shortName({ namespace: run.job.namespace, name: run.job.name }, { env: view.env, pipeline: view.pipeline }),
      { text: run.runId, style: paint.dim },
      { text: run.error ?? '', style: paint.red },
    ])
  const columns = [
    { title: 'started' },
    { title: 'state' },
    { title: 'rows', align: 'right' as const, optional: true },
    { title: 'job' },
    { title: 'run', drop: 1 },
    { title: 'error', optional: true, least: 20 },
  ]
  return ['', paint.bold('Runs'), ...tableLines(columns, rows, { width: output.width(), paint, indent: '  ' })]
}
