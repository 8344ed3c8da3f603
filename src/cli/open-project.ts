import { environmentName } from '../kernel/config/environment.ts'
import { loadConfig } from '../kernel/config/load-config.ts'
import type { Config, ConfigFunction } from '../kernel/define/config.ts'
import { TidegateError } from '../kernel/errors.ts'
import { findPipelines } from '../kernel/inspect/find-node.ts'
import { createKernel, type Kernel } from '../kernel/kernel.ts'
import type { TidegateEvent } from '../plugins/events.ts'
import type { Invocation, ProjectOptions } from './invocation.ts'
import { terminalLogger } from './terminal-logger.ts'

export interface ProjectRequest {
  /** Pipelines that are going to run: their secrets must be there. Without it, none runs. */
  readonly running?: (names: readonly string[]) => readonly string[]
  readonly memory?: string | undefined
  readonly onEvent?: (event: TidegateEvent) => void
}

/** Loads the config, boots a kernel for as long as `act` takes, and lets the output know its secrets. */
export async function withKernel<T>(
  invocation: Invocation,
  options: ProjectOptions,
  request: ProjectRequest,
  act: (kernel: Kernel) => Promise<T>,
): Promise<T> {
  const { output, cwd, variables } = invocation
  const loaded = await loadConfig({ cwd, ...(options.config === undefined ? {} : { file: options.config }) })
  const env = environmentName(options.env, variables)
  const source = request.memory === undefined ? loaded.source : withMemory(loaded.source, request.memory)
  const kernel = await createKernel(source, {
    ...loaded,
    env,
    pipelines: request.running ?? [],
    variables,
    ...(request.onEvent === undefined ? {} : { onEvent: request.onEvent }),
    ...(output.terminal && !output.json ? { defaults: [terminalLogger(output, variables)] } : {}),
  })
  output.redactWith(kernel.redactor.redact)
  let result: T
  try {
    result = await act(kernel)
  } catch (error) {
    // What went wrong first is what people have to know.
    await kernel.dispose().catch((later: unknown) => output.error(later))
    throw error
  }
  await kernel.dispose()
  return result
}

/** The one named, or all; an empty config is refused by the kernel. */
export function chosen(names: readonly string[], wanted: string | undefined): readonly string[] {
  return names.length === 0 ? [] : findPipelines(names, wanted)
}

function withMemory(source: ConfigFunction | Config, memory: string): ConfigFunction | Config {
  return typeof source === 'function' ? async (given) => ({ ...(await source(given)), memory }) : { ...source, memory }
}

/** The pipelines of a kernel that a command works on. Throws `PIPELINE_UNKNOWN`, or `USAGE` where nodes are named and it is not clear of which. */
export function pipelinesOf(
  kernel: Kernel,
  wanted: string | undefined,
  selection: { readonly [option: string]: unknown } = {},
): readonly string[] {
  const names = findPipelines(Object.keys(kernel.config.pipelines), wanted)
  const option = ['only', 'from', 'to'].find((name) => selection[name] !== undefined)
  if (names.length > 1 && option !== undefined) {
    throw new TidegateError('USAGE', `--${option} names nodes, but not of which pipeline`, {
      hint: `Name the pipeline: ${names.join(', ')}.`,
    })
  }
  return names
}
