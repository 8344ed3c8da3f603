import { findNode } from '../../kernel/inspect/find-node.ts'
import { type NodeView, viewNode } from '../../kernel/inspect/node-view.ts'
import type { CheckOutcome } from '../../kernel/parts/record.ts'
import { typeName } from '../../kernel/types.ts'
import { batchLines, batchRecords, fieldRecord } from '../cells.ts'
import { commandPrefix, type Invocation, type ProjectOptions } from '../invocation.ts'
import { withKernel } from '../open-project.ts'
import type { Output } from '../output.ts'
import { bytesText, countText, plural, timeText } from '../text/numbers.ts'
import type { Paint } from '../text/paint.ts'
import { type Cell, tableLines } from '../text/table.ts'
import { tame } from '../text/width.ts'

const quarantineFirst = ['_reasons', '_part', '_row']

export async function showCommand(
  [name = '']: readonly string[],
  options: ProjectOptions & { readonly rows: number },
  invocation: Invocation,
): Promise<number> {
  const { output, signal, variables } = invocation
  return withKernel(invocation, options, {}, async (kernel) => {
    const view = await viewNode(kernel, findNode(kernel, name), { rows: options.rows, signal })
    if (output.json) {
      const { sample, schema, ...rest } = view
      output.record({
        ...rest,
        committed: rest.committed ?? null,
        withheld: rest.withheld ?? null,
        sampleError: rest.sampleError ?? null,
        schema: schema.fields.map(fieldRecord),
        sample: sample === undefined ? [] : batchRecords(sample),
      })
    } else output.lines(...viewLines(view, output, commandPrefix(variables)))
    return 0
  })
}

function viewLines(view: NodeView, output: Output, prefix: string): string[] {
  const { paint } = output
  const name = `${view.pipeline}.${view.node}${view.output === 'main' ? '' : `.${view.output}`}`
  const storage = view.shape === 'target' ? '' : view.kept ? ', kept' : `, ${view.keptWhy}`
  const head = `${paint.bold(name)}  ${view.kind}${paint.dim(`${storage} (${view.env})`)}`
  const failed =
    view.withheld === undefined
      ? []
      : [
          '',
          paint.red(`The last attempt was withheld (${timeText(view.withheld.at)}):`),
          ...checkLines(view.withheld.checks, output),
        ]
  if (view.committed === undefined)
    return [head, `Nothing is committed yet. ${paint.dim(`Run it: ${prefix} run ${view.pipeline}`)}`, ...failed]
  const title = (text: string) => ['', paint.bold(text)]
  const sample = view.sample
  return [
    head,
    `${plural(view.rows, 'row')}, ${plural(view.schema.fields.length, 'column')} ${paint.dim(`entry ${view.committed.entry}, made ${timeText(view.committed.at)} by run ${view.committed.runId}`)}`,
    ...failed,
    ...title('Schema'),
    ...schemaLines(view, output),
    ...(sample === undefined || sample.length === 0
      ? []
      : [
          ...title(`First ${plural(sample.length, 'row')}`),
          ...batchLines(sample, { width: output.width() - 2, paint, columns: sampleColumns(view) }).map(
            (line) => `  ${line}`,
          ),
        ]),
    ...(view.sampleError === undefined
      ? []
      : [
          ...title('Rows'),
          `  ${paint.yellow('cannot be shown')}: ${tame(view.sampleError.message)} ${paint.dim(`(${view.sampleError.code})`)}`,
          `  ${paint.dim(`They are computed from what the node reads when they are asked for; run again: ${prefix} run ${view.pipeline}`)}`,
        ]),
    ...(view.checks.length === 0 ? [] : [...title('Checks'), ...checkLines(view.checks, output)]),
    ...(view.published === undefined
      ? []
      : [
          ...title('Published'),
          `  ${plural(view.published.files.length, 'file')}, ${bytesText(view.published.bytes)}: ${filesText(view.published.files)}`,
        ]),
    ...title('History'),
    ...historyLines(view, output),
  ]
}

/** Of rows in quarantine, why they are there comes first. */
function sampleColumns({ schema, output }: NodeView): readonly string[] {
  const names = schema.fields.map((field) => field.name)
  return output !== 'quarantine'
    ? names
    : [...quarantineFirst, ...names.filter((name) => !name.startsWith('_')), '_raw', '_key']
}

function schemaLines(view: NodeView, output: Output): string[] {
  const { paint } = output
  const rows = view.schema.fields.map((field): Cell[] => [
    field.name,
    { text: typeName(field.type), style: paint.cyan },
    { text: field.nullable ? 'nullable' : '', style: paint.dim },
    {
      text: [...(field.meta?.tags ?? []), ...(field.meta?.unit === undefined ? [] : [field.meta.unit])].join(', '),
      style: paint.yellow,
    },
    { text: field.meta?.description ?? '', style: paint.dim },
  ])
  const columns = [
    { title: 'column' },
    { title: 'type' },
    { title: '', optional: true },
    { title: 'tags', optional: true },
    { title: 'description', optional: true, least: 12 },
  ]
  return tableLines(columns, rows, { width: output.width(), paint, indent: '  ' })
}

function checkLines(checks: readonly CheckOutcome[], output: Output): string[] {
  const { paint } = output
  const rows = checks.map((check): Cell[] => [check.name, outcomeCell(check, paint), check.observed])
  return tableLines([{ title: 'check' }, { title: 'outcome' }, { title: 'observed', least: 20 }], rows, {
    width: output.width(),
    paint,
    indent: '  ',
  })
}

/** What became of failing rows; a check that halts let them pass only where a threshold tolerates them. */
function outcomeCell({ pass, failed, verdict }: CheckOutcome, paint: Paint): Cell {
  if (pass && failed === 0) return { text: 'passed', style: paint.green }
  if (verdict === 'halt')
    return pass ? { text: 'tolerated', style: paint.yellow } : { text: 'halted', style: paint.red }
  return { text: { quarantine: 'quarantined', drop: 'dropped', warn: 'warned' }[verdict], style: paint.yellow }
}

function historyLines({ history }: NodeView, output: Output): string[] {
  const { paint } = output
  const rows = history.map((one): Cell[] => [
    String(one.entry),
    timeText(one.at),
    one.status === 'withheld' ? { text: one.status, style: paint.red } : one.status,
    countText(one.rows),
    one.quarantined === 0 ? '' : countText(one.quarantined),
    one.dropped === 0 ? '' : countText(one.dropped),
    { text: one.runId, style: paint.dim },
  ])
  const right = { align: 'right', optional: true } as const
  const columns = [
    { title: 'entry', align: 'right' as const },
    { title: 'time' },
    { title: 'status' },
    { title: 'rows', align: 'right' as const },
    { title: 'quarantined', ...right },
    { title: 'dropped', ...right },
    { title: 'run', drop: 1 },
  ]
  return tableLines(columns, rows, { width: output.width(), paint, indent: '  ' })
}

function filesText(files: readonly string[]): string {
  const shown = files.slice(0, 3).map(tame).join(', ')
  return files.length > 3 ? `${shown} and ${countText(files.length - 3)} more` : shown
}
