import { isAbsolute, relative } from 'node:path'
import { commandPrefix } from '../invocation.ts'
import { bytesText, plural } from '../text/numbers.ts'
import { cut, pad, tame } from '../text/width.ts'
import type { Report } from './report.ts'

/** Where to look after a run: what was published, what was set aside, what can be asked. */
export function nextSteps({ nodes, output, variables, folder, outcome, several }: Report): string[] {
  const { paint } = output
  const prefix = commandPrefix(variables)
  const named = (node: string) => (several ? `${outcome.pipeline}.${node}` : node)
  const steps: (readonly [what: string, where: string, more: string])[] = []
  for (const { node, published, status } of nodes) {
    if (published !== undefined && status === 'published')
      steps.push([
        'published',
        placeOf(published.files, folder),
        `${plural(published.files.length, 'file')}, ${bytesText(published.bytes)}, by ${node}`,
      ])
  }
  for (const { node, quarantined } of nodes) {
    if (quarantined > 0)
      steps.push([
        'quarantine',
        `${prefix} quarantine show ${named(node)}`,
        `${plural(quarantined, 'row')}, with the reasons`,
      ])
  }
  for (const { node, repaired } of nodes) {
    if (repaired > 0)
      steps.push([
        'repairs',
        `${prefix} repairs ${named(node)}`,
        `${plural(repaired, 'row')}, each cell before and after`,
      ])
  }
  const last = [...nodes]
    .reverse()
    .find(
      ({ shape, status }) =>
        shape !== 'target' && shape !== 'source' && (status === 'committed' || status === 'up to date'),
    )
  if (last !== undefined) {
    steps.push(['rows', `${prefix} show ${named(last.node)}`, 'schema, first rows, history'])
    steps.push(['lineage', `${prefix} lineage ${named(last.node)}`, 'where each column comes from'])
  }
  if (steps.length === 0) return []
  const [first, second] = [0, 1].map((index) => Math.max(...steps.map((step) => (step[index] as string).length))) as [
    number,
    number,
  ]
  return [
    paint.bold('Where to look next'),
    ...steps.map(([what, where, more]) => {
      const room = output.width() - 6 - first - second
      return `  ${paint.dim(pad(what, first))}  ${more.length > room ? tame(where) : `${pad(tame(where), second)}  ${paint.dim(cut(more, room))}`}`
    }),
  ]
}

/** The one file, or the folder that all files share. */
function placeOf(files: readonly string[], folder: string): string {
  const short = (path: string): string => {
    const near = isAbsolute(path) ? relative(folder, path) : path
    return near === '' || near.startsWith('..') ? path : near
  }
  const [first = '', ...others] = files
  if (others.length === 0) return short(first)
  let shared = first.slice(0, first.lastIndexOf('/'))
  while (shared !== '' && !others.every((file) => file.startsWith(`${shared}/`)))
    shared = shared.slice(0, Math.max(0, shared.lastIndexOf('/')))
  return shared === '' ? short(first) : short(shared)
}
