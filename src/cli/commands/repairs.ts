import { findNode } from '../../kernel/inspect/find-node.ts'
import { readRepairs } from '../../kernel/inspect/repairs.ts'
import { batchLines, batchRecords } from '../cells.ts'
import type { Invocation, ProjectOptions } from '../invocation.ts'
import { withKernel } from '../open-project.ts'
import { countText, plural, timeText } from '../text/numbers.ts'
import { tame } from '../text/width.ts'

export async function repairsCommand(
  [name = '']: readonly string[],
  options: ProjectOptions & { readonly rows: number; readonly column?: string },
  invocation: Invocation,
): Promise<number> {
  const { output, signal } = invocation
  return withKernel(invocation, options, {}, async (kernel) => {
    const address = findNode(kernel, name)
    const found = await readRepairs(kernel, address, { rows: options.rows, column: options.column, signal })
    if (output.json) {
      output.record({
        env: kernel.env,
        pipeline: address.pipeline,
        node: address.node,
        repairs: found?.view ?? null,
        cells: found === undefined ? [] : batchRecords(found.sample),
      })
      return 0
    }
    if (found === undefined) {
      output.lines(`No cell of ${address.node} was repaired (${kernel.env}).`)
      return 0
    }
    const { view, sample } = found
    const { paint } = output
    const state =
      view.state === 'withheld' ? paint.red('withheld: this attempt was not committed') : paint.dim('committed')
    output.lines(
      `${paint.bold(`${view.pipeline}.${view.node}`)}  ${plural(view.cells, 'cell')} of ${plural(view.rows, 'row')} repaired, of ${countText(view.of)} rows  ${state}  ${paint.dim(timeText(view.at))}`,
      ...view.checks.map(
        ({ check, repaired, failed }) =>
          `  ${tame(check)}: ${plural(repaired, 'row')} repaired, ${countText(failed)} failed still`,
      ),
      '',
      ...batchLines(sample, {
        width: output.width(),
        paint,
        columns: ['part', 'row', 'column', 'before', 'after', 'repair', 'rule', 'run', 'key'],
      }),
    )
    if (sample.length < view.cells && options.column === undefined)
      output.lines(
        '',
        paint.dim(
          `${plural(sample.length, 'cell')} shown; --rows shows more, --column chooses, --json gives every column.`,
        ),
      )
    return 0
  })
}
