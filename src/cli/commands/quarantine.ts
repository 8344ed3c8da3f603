import { TidegateError } from '../../kernel/errors.ts'
import { findNode } from '../../kernel/inspect/find-node.ts'
import { listQuarantine, type QuarantineView, readQuarantine, withQuarantine } from '../../kernel/inspect/quarantine.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { type QuarantineStatus, quarantineStatuses } from '../../kernel/parts/record.ts'
import { batchLines, batchRecords, fieldRecord } from '../cells.ts'
import { commandPrefix, type Invocation, type ProjectOptions } from '../invocation.ts'
import { pipelinesOf, withKernel } from '../open-project.ts'
import type { Output } from '../output.ts'
import type { ExportOptions, ShowOptions } from '../quarantine-commands.ts'
import { countText, plural, timeText } from '../text/numbers.ts'
import { type Cell, tableLines } from '../text/table.ts'
import { tame } from '../text/width.ts'
import { commandContext } from './package-command.ts'
import { loadTableFiles } from './table-files.ts'

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
      index === 0 && !onlyOpen(view) ? statusText(view) : '',
      reason === undefined ? '' : countText(reason.rows),
      reason?.reason ?? '',
    ]),
  )
  const columns = [
    { title: 'node' },
    { title: 'state' },
    { title: 'rows', align: 'right' as const },
    { title: 'of', align: 'right' as const, drop: 1 },
    { title: 'status', optional: true, drop: 2 },
    { title: 'each', align: 'right' as const, optional: true },
    { title: 'reason', least: 20 },
  ]
  return tableLines(columns, rows, { width: output.width(), paint })
}

export async function showCommand(
  [name = '']: readonly string[],
  options: ShowOptions,
  invocation: Invocation,
): Promise<number> {
  const { output, signal } = invocation
  return withKernel(invocation, options, {}, async (kernel) => {
    const address = findNode(kernel, name)
    const { rows, reason } = options
    const status = statusesOf(options.status)
    const { view, schema, sample } = await readQuarantine(kernel, address, { rows, reason, status, signal })
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
    if (view === undefined || sample === undefined || (view.rows === 0 && status === undefined)) {
      output.lines(`No row of ${address.node} is in quarantine (${kernel.env}).`)
      return 0
    }
    const { paint } = output
    const own = schema.fields.map((field) => field.name).filter((column) => !column.startsWith('_'))
    const columns = [
      '_status',
      '_reasons',
      '_part',
      '_row',
      ...own,
      '_raw',
      '_first_seen',
      '_last_seen',
      '_why',
      '_key',
    ]
    const state =
      view.state === 'withheld' ? paint.red('withheld: this attempt was not committed') : paint.dim('committed')
    output.lines(
      `${paint.bold(`${view.pipeline}.${view.node}`)}  ${plural(view.rows, 'row')} of ${countText(view.of)} in quarantine  ${state}  ${paint.dim(timeText(view.at))}`,
      ...(onlyOpen(view) ? [] : [`  ${statusText(view)}`]),
      ...view.reasons.map(
        ({ reason, rows }) => `  ${countText(rows).padStart(countText(view.rows).length)}  ${tame(reason)}`,
      ),
      '',
      ...batchLines(sample, { width: output.width(), paint, columns }),
    )
    if (status === undefined && sample.length < view.rows)
      output.lines(
        '',
        paint.dim(
          `${plural(sample.length, 'row')} shown; --rows shows more, --reason chooses, --json gives every column.`,
        ),
      )
    return 0
  })
}

function onlyOpen({ status }: QuarantineView): boolean {
  return quarantineStatuses.every((name) => name === 'open' || status[name] === 0)
}

/** `3 open, 1 dismissed, 2 replayed` */
function statusText({ status }: QuarantineView): string {
  return quarantineStatuses
    .flatMap((name) => (status[name] === 0 ? [] : [`${countText(status[name])} ${name}`]))
    .join(', ')
}

function statusesOf(names: readonly string[] | undefined): readonly QuarantineStatus[] | undefined {
  return names?.flatMap((name) => {
    if (name === 'all') return [...quarantineStatuses]
    const known = quarantineStatuses.find((status) => status === name || status.split(' ')[0] === name)
    if (known !== undefined) return [known]
    throw new TidegateError('USAGE', `"${name}" is no status of a row in quarantine`, {
      hint: `They are ${quarantineStatuses.join(', ')}, and all.`,
    })
  })
}

/** What people need to correct rows; `_key` first, since it must stay. */
const exported = ['_reasons', '_part', '_row', '_raw', '_status', '_first_seen', '_last_seen']

export async function exportCommand(
  [name = '', file = '']: readonly string[],
  options: ExportOptions,
  invocation: Invocation,
): Promise<number> {
  const { output, signal, variables } = invocation
  return withKernel(invocation, options, {}, async (kernel) => {
    const address = findNode(kernel, name)
    const selection = { reason: options.reason, status: statusesOf(options.status) ?? (['open', 'corrected'] as const) }
    const context = commandContext(invocation)
    const { writeTable } = await loadTableFiles(context)
    return withQuarantine(kernel, address, selection, signal, async (opened) => {
      if (opened === undefined)
        throw new TidegateError('CORRECTION_INVALID', `No row of "${address.node}" was ever in quarantine`, {
          hint: 'See tidegate quarantine list.',
        })
      const { fields } = opened.schema
      const own = fields.map((field) => field.name).filter((column) => !column.startsWith('_'))
      const tagged = fields.filter(({ meta }) => meta?.tags?.includes('pii')).map((field) => field.name)
      const left = options.reveal === true ? [] : tagged
      const names = ['_key', ...own, ...exported].filter((column) => !left.includes(column))
      const indexes = names.map((column) => fields.findIndex((field) => field.name === column))
      const schema = { fields: indexes.map((index) => fields[index] as (typeof fields)[number]) }
      const batches = async function* () {
        for await (const batch of opened.rows())
          yield {
            ...batch,
            schema,
            columns: indexes.map((index) => batch.columns[index] as (typeof batch.columns)[number]),
          }
      }
      const rows = await writeTable(file, schema, batches, context, { force: options.force === true })
      if (output.json) {
        output.record({ env: kernel.env, pipeline: address.pipeline, node: address.node, file, rows, leftOut: left })
        return 0
      }
      output.lines(
        `${plural(rows, 'row')} of ${address.node} written to ${file}`,
        output.paint.dim(
          `Correct them there, keep the column _key, and take them in: ${commandPrefix(variables)} quarantine apply ${name} ${file}`,
        ),
      )
      if (left.length > 0)
        output.note(`Left out, tagged pii: ${left.join(', ')}. They keep their values; --reveal writes them.`)
      return 0
    })
  })
}
