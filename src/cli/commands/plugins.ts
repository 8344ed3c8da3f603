import type { Origin } from '../../kernel/inspect/origin.ts'
import { type LoadedPlugin, listPlugins } from '../../kernel/inspect/plugins.ts'
import type { Invocation, ProjectOptions } from '../invocation.ts'
import { withKernel } from '../open-project.ts'
import type { Output } from '../output.ts'
import { type Cell, tableLines } from '../text/table.ts'

export async function pluginsCommand(
  _: readonly string[],
  options: ProjectOptions,
  invocation: Invocation,
): Promise<number> {
  const { output } = invocation
  return withKernel(invocation, options, {}, async (kernel) => {
    const plugins = listPlugins(kernel)
    if (output.json) output.record({ env: kernel.env, plugins })
    else output.lines(...sections(plugins, output))
    return 0
  })
}

function sections(plugins: readonly LoadedPlugin[], output: Output): string[] {
  const { paint } = output
  const section = (
    title: string,
    first: string,
    chosen: readonly LoadedPlugin[],
    rowOf: (plugin: LoadedPlugin) => Cell[],
  ): string[] => {
    if (chosen.length === 0) return []
    const columns = [
      { title: first },
      { title: 'name' },
      { title: 'from', least: 12 },
      { title: 'needs', optional: true, drop: 2 },
      { title: first === 'kind' ? 'used by' : 'options', optional: true, least: 16 },
    ]
    return [
      paint.bold(title),
      ...tableLines(columns, chosen.map(rowOf), { width: output.width(), paint, indent: '  ' }),
      '',
    ]
  }
  const needs = (plugin: LoadedPlugin): Cell => ({ text: plugin.needs.map(shortToken).join(', '), style: paint.dim })
  const optionText = ({ options }: LoadedPlugin): string =>
    JSON.stringify(options) === '{}' ? '' : JSON.stringify(options)
  const origin = (plugin: LoadedPlugin): Cell => ({
    text: originText(plugin.origin),
    style: plugin.origin.from === 'built in' ? paint.dim : paint.cyan,
  })
  return [
    ...section(
      'Slots',
      'slot',
      plugins.filter(({ point }) => point === 'slot'),
      (plugin) => [shortToken(plugin.slot ?? ''), plugin.name, origin(plugin), needs(plugin), optionText(plugin)],
    ),
    ...section(
      'Plugins',
      'place',
      plugins.filter(({ point }) => point === 'plugin'),
      (plugin) => [plugin.where.join(', '), plugin.name, origin(plugin), needs(plugin), optionText(plugin)],
    ),
    ...section(
      'Kinds of nodes',
      'kind',
      plugins.filter(({ point }) => point !== 'slot' && point !== 'plugin'),
      (plugin) => [
        plugin.point,
        plugin.name,
        origin(plugin),
        needs(plugin),
        plugin.where.map((place) => place.replace(/^pipelines\./, '')).join(', '),
      ],
    ),
  ]
}

/** `tidegate/LineageStore` is `LineageStore` to people. */
function shortToken(name: string): string {
  return name.replace(/^tidegate\//, '')
}

function originText(origin: Origin): string {
  if (origin.from === 'package') return `${origin.name} ${origin.version}`
  return origin.from === 'file' ? origin.path : origin.from
}
