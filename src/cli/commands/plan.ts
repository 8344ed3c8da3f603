import { type Plan, planPipeline } from '../../kernel/plan/plan.ts'
import type { Invocation, ProjectOptions } from '../invocation.ts'
import { pipelinesOf, withKernel } from '../open-project.ts'
import type { Output } from '../output.ts'
import type { SelectionOptions } from '../program.ts'
import { selectionOf } from '../selection.ts'
import { countText, plural } from '../text/numbers.ts'
import { type Cell, tableLines } from '../text/table.ts'

export async function planCommand(
  [wanted]: readonly string[],
  options: ProjectOptions & SelectionOptions,
  invocation: Invocation,
): Promise<number> {
  const { output, signal } = invocation
  return withKernel(invocation, options, {}, async (kernel) => {
    for (const pipeline of pipelinesOf(kernel, wanted, { ...options })) {
      const plan = await planPipeline(kernel, pipeline, { ...selectionOf(options), signal })
      if (output.json) output.record({ plan })
      else output.lines(...planLines(plan, output), '')
    }
    return 0
  })
}

function planLines(plan: Plan, output: Output): string[] {
  const { paint } = output
  const todo = plan.nodes.filter(({ action }) => action === 'run').length
  const since = plan.entry === undefined ? 'nothing committed yet' : `from entry ${plan.entry}`
  const head = `${paint.bold(plan.pipeline)} ${paint.dim(`(${plan.env}, ${since})`)}`
  const verdict =
    todo === 0
      ? paint.green('Everything is up to date: a run would do nothing.')
      : `A run would make ${plural(todo, 'node')}.`
  const rows = plan.nodes.map((node): Cell[] => [
    node.node,
    { text: node.kind, style: paint.dim },
    node.action === 'run'
      ? { text: 'run', style: paint.yellow }
      : { text: node.action, style: node.action === 'skip' ? paint.dim : paint.green },
    partsText(node.parts),
    node.why,
    { text: node.publish ?? (node.kept ? `kept: ${node.keptWhy}` : node.keptWhy), style: paint.dim },
  ])
  const columns = [
    { title: 'node' },
    { title: 'kind', drop: 2 },
    { title: 'action' },
    { title: 'parts', optional: true },
    { title: 'why', least: 16 },
    { title: 'rows go', drop: 1, least: 12 },
  ]
  return [head, verdict, '', ...tableLines(columns, rows, { width: output.width(), paint, indent: '  ' })]
}

/** `2 new, 1 changed, 8 unchanged` */
function partsText(parts: Plan['nodes'][number]['parts']): string {
  return (['new', 'changed', 'removed', 'unchanged'] as const)
    .filter((what) => parts[what] > 0)
    .map((what) => `${countText(parts[what])} ${what}`)
    .join(', ')
}
