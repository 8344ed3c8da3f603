import { applyCorrectedRows } from '../../kernel/corrections/apply.ts'
import { dismissRows } from '../../kernel/corrections/dismiss.ts'
import { findNode } from '../../kernel/inspect/find-node.ts'
import { commandPrefix, type Invocation, type ProjectOptions } from '../invocation.ts'
import { withKernel } from '../open-project.ts'
import type { DecisionOptions, DismissOptions } from '../quarantine-commands.ts'
import { plural } from '../text/numbers.ts'
import { commandContext } from './package-command.ts'
import { runAll } from './run.ts'
import { loadTableFiles } from './table-files.ts'

export async function applyCommand(
  [name = '', file = '']: readonly string[],
  options: DecisionOptions,
  invocation: Invocation,
): Promise<number> {
  const { output, signal, variables } = invocation
  return withKernel(invocation, options, {}, async (kernel) => {
    const address = findNode(kernel, name)
    const context = commandContext(invocation)
    const { readTable } = await loadTableFiles(context)
    const rows = (accept: Parameters<typeof readTable>[1]) => readTable(file, accept, context)
    const applied = await applyCorrectedRows(kernel, address, rows, { by: whoOf(options, invocation), signal })
    if (output.json) {
      const { entry = null, part = null, ...counts } = applied
      output.record({ env: kernel.env, pipeline: address.pipeline, node: address.node, file, entry, part, ...counts })
      return 0
    }
    const { corrected, unchanged, resolved } = applied
    output.lines(
      [
        `${plural(corrected, 'row')} of ${address.node} corrected`,
        ...(unchanged === 0 ? [] : [`${plural(unchanged, 'row')} as before`]),
        ...(resolved === 0 ? [] : [`${plural(resolved, 'row')} no longer rejected`]),
      ].join(', '),
    )
    if (corrected > 0)
      output.lines(output.paint.dim(`Let them in: ${commandPrefix(variables)} quarantine replay ${name}`))
    return 0
  })
}

export async function dismissCommand(
  [name = '']: readonly string[],
  options: DismissOptions,
  invocation: Invocation,
): Promise<number> {
  const { output, signal } = invocation
  return withKernel(invocation, options, {}, async (kernel) => {
    const address = findNode(kernel, name)
    const { why, key, reason } = options
    const done = await dismissRows(kernel, address, { why, keys: key, reason, by: whoOf(options, invocation), signal })
    if (output.json) output.record({ env: kernel.env, pipeline: address.pipeline, node: address.node, ...done })
    else output.lines(`${plural(done.dismissed, 'open row')} of ${address.node} dismissed`)
    return 0
  })
}

export async function replayCommand(
  [name = '']: readonly string[],
  options: ProjectOptions,
  invocation: Invocation,
): Promise<number> {
  const { pipeline, node } = await withKernel(invocation, options, {}, async (kernel) => findNode(kernel, name))
  return runAll(
    options,
    invocation,
    () => [pipeline],
    () => [{ pipeline, selection: { from: [node] } }],
  )
}

function whoOf({ by }: DecisionOptions, { variables }: Invocation): string | undefined {
  return by ?? variables['USER'] ?? variables['LOGNAME'] ?? variables['USERNAME']
}
