import { type Plan, planPipeline } from '../../kernel/plan/plan.ts'
import type { FanOut } from '../../plugins/events.ts'
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
    todo === 0 && plan.removed.length > 0
      ? `A run would only remove ${plural(plan.removed.length, 'node')}.`
      : todo === 0
        ? paint.green('Everything is up to date: a run would do nothing.')
        : `A run would make ${plural(todo, 'node')}.`
  const rows = plan.nodes.map((node): Cell[] => [
    node.node,
    { text: node.kind, style: paint.dim },
    node.action === 'run'
      ? { text: 'run', style: paint.yellow }
      : { text: node.action, style: node.action === 'skip' ? paint.dim : paint.green },
    partsText(node.parts),
    tasksText(node.fanOut),
    node.why,
    { text: node.publish ?? (node.kept ? `kept: ${node.keptWhy}` : node.keptWhy), style: paint.dim },
  ])
  const columns = [
    { title: 'node' },
    { title: 'kind', drop: 2 },
    { title: 'action' },
    { title: 'parts', optional: true },
    { title: 'tasks', optional: true, drop: 3 },
    { title: 'why', least: 16 },
    { title: 'rows go', drop: 1, least: 12 },
  ]
  const gone = plan.removed.map(({ node, why }): Cell[] => [
    node,
    '',
    { text: 'remove', style: paint.yellow },
    '',
    '',
    why,
    '',
  ])
  const chains = chainsOf(plan)
  return [
    head,
    verdict,
    '',
    ...tableLines(columns, [...rows, ...gone], { width: output.width(), paint, indent: '  ' }),
    ...(chains.length === 0 ? [] : ['', paint.dim('Computed together:'), ...chains.map((chain) => `  ${chain}`)]),
  ]
}

/** `12 parts of orders → 12 tasks` */
function tasksText(fanOut: FanOut | undefined): string {
  if (fanOut === undefined) return ''
  const { of, parts, tasks } = fanOut
  return `${plural(parts, 'part')} of ${of} → ${plural(tasks, 'task')}`
}

/** Nodes that share a task, each chain as long as it gets. */
function chainsOf(plan: Plan): string[] {
  const chains = plan.nodes.flatMap(({ fanOut }) =>
    fanOut === undefined || fanOut.chain.length < 2 ? [] : [fanOut.chain.join(' → ')],
  )
  return chains.filter((chain) => !chains.some((other) => other !== chain && other.startsWith(`${chain} → `)))
}

/** `2 new, 1 changed, 8 unchanged` */
function partsText(parts: Plan['nodes'][number]['parts']): string {
  return (['new', 'changed', 'removed', 'unchanged'] as const)
    .filter((what) => parts[what] > 0)
    .map((what) => `${countText(parts[what])} ${what}`)
    .join(', ')
}
