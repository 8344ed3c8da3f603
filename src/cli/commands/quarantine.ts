import { findNode } from '../../kernel/inspect/find-node.ts'
import { listQuarantine, type QuarantineView, readQuarantine } from '../../kernel/inspect/quarantine.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { batchLines, batchRecords, fieldRecord } from '../cells.ts'
import { commandPrefix, type Invocation, type ProjectOptions } from '../invocation.ts'
import { pipelinesOf, withKernel } from '../open-project.ts'
import type { Output } from '../output.ts'
import { countText, plural, timeText } from '../text/numbers.ts'
import { type Cell, tableLines } from '../text/table.ts'
import { tame } from '../text/width.ts'

export async function listCommand(
  [wanted]: readonly string[],
  options: ProjectOptions,
  invocation: Invocation,
): Promise<number> {
  const { output, signal } = invocation
  return withKernel(invocation, options, {}, async (kernel) => {
    const views: QuarantineView[] = []
    for (const pipeline of pipelinesOf(kernel, wanted)) views.push(...(await listQuarantine(kernel, pipeline, signal)))
    if (output.json) output.record({ env: kernel.env, quarantine: views })
    else if (views.length === 0) output.lines(`No row is in quarantine (${kernel.env}).`)
    else
      output.lines(
        ...listLines(views, output),
        '',
        output.paint.dim(
          `See the rows: ${commandPrefix(invocation.variables)} quarantine show ${nameOf(views[0], kernel)}`,
        ),
      )
    return 0
  })
}

function nameOf(view: QuarantineView | undefined, { config }: Kernel): string {
  if (view === undefined) return ''
  return Object.keys(config.pipelines).length > 1 ? `${view.pipeline}.${view.node}` : view.node
}

/** A node's first line carries its totals; each further reason has a line of its own. */
function listLines(views: readonly QuarantineView[], output: Output): string[] {
  const { paint } = output
  const rows = views.flatMap((view) =>
    (view.reasons.length === 0 ? [undefined] : view.reasons).map((reason, index): Cell[] => [
      index === 0 ? `${view.pipeline}.${view.node}` : '',
      index > 0
        ? ''
        : view.state === 'withheld'
          ? { text: 'withheld', style: paint.red }
          : { text: 'committed', style: paint.dim },
      index === 0 ? countText(view.rows) : '',
      index === 0 ? { text: countText(view.of), style: paint.dim } : '',
      reason === undefined ? '' : countText(reason.rows),
      reason?.reason ?? '',
    ]),
  )
  const columns = [
    { title: 'node' },
    { title: 'state' },
    { title: 'rows', align: 'right' as const },
    { title: 'of', align: 'right' as const, drop: 1 },
    { title: 'each', align: 'right' as const, optional: true },
    { title: 'reason', least: 20 },
  ]
  return tableLines(columns, rows, { width: output.width(), paint })
}

export async function showCommand(
  [name = '']: readonly string[],
  options: ProjectOptions & { readonly rows: number; readonly reason?: string },
  invocation: Invocation,
): Promise<number> {
  const { output, signal } = invocation
  return withKernel(invocation, options, {}, async (kernel) => {
    const address = findNode(kernel, name)
    const { view, schema, sample } = await readQuarantine(kernel, address, {
      rows: options.rows,
      reason: options.reason,
      signal,
    })
    if (output.json) {
      output.record({
        env: kernel.env,
        pipeline: address.pipeline,
        node: address.node,
        quarantine: view ?? null,
        schema: schema.fields.map(fieldRecord),
        rows: sample === undefined ? [] : batchRecords(sample),
      })
      return 0
    }
    if (view === undefined || sample === undefined) {
      output.lines(`No row of ${address.node} is in quarantine (${kernel.env}).`)
      return 0
    }
    const { paint } = output
    const own = schema.fields.map((field) => field.name).filter((column) => !column.startsWith('_'))
    const state =
      view.state === 'withheld' ? paint.red('withheld: this attempt was not committed') : paint.dim('committed')
    output.lines(
      `${paint.bold(`${view.pipeline}.${view.node}`)}  ${plural(view.rows, 'row')} of ${countText(view.of)} in quarantine  ${state}  ${paint.dim(timeText(view.at))}`,
      ...view.reasons.map(
        ({ reason, rows }) => `  ${countText(rows).padStart(countText(view.rows).length)}  ${tame(reason)}`,
      ),
      '',
      ...batchLines(sample, { width: output.width(), paint, columns: ['_reasons', '_part', '_row', ...own, '_raw'] }),
    )
    if (sample.length < view.rows)
      output.lines(
        '',
        paint.dim(
          `${plural(sample.length, 'row')} shown; --rows shows more, --reason chooses, --json gives every column.`,
        ),
      )
    return 0
  })
}
