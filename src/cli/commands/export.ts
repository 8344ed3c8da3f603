import { stringify } from 'yaml'
import { TidegateError } from '../../kernel/errors.ts'
import { exportConfig } from '../../kernel/export/export-config.ts'
import { didYouMean } from '../../kernel/nearest.ts'
import type { Invocation, ProjectOptions } from '../invocation.ts'
import { pipelinesOf, withKernel } from '../open-project.ts'

export type ExportOptions = ProjectOptions & { readonly format?: string }

export async function exportCommand(
  [wanted]: readonly string[],
  options: ExportOptions,
  invocation: Invocation,
): Promise<number> {
  const { output } = invocation
  const format = formatOf(options)
  return withKernel(invocation, options, {}, async (kernel) => {
    if (wanted !== undefined) pipelinesOf(kernel, wanted)
    const { file, folder, config } = kernel
    const document = await exportConfig(config, { file, folder, ...(wanted === undefined ? {} : { only: wanted }) })
    output.raw(
      format === 'json' ? `${JSON.stringify(document, undefined, 2)}\n` : stringify(document, { lineWidth: 120 }),
    )
    return 0
  })
}

function formatOf({ format, json }: ExportOptions): 'yaml' | 'json' {
  const known = ['yaml', 'json'] as const
  const found = known.find((name) => name === (format ?? (json === true ? 'json' : 'yaml')))
  if (found !== undefined) return found
  throw new TidegateError('USAGE', `--format: "${format}" is no format`, {
    hint: didYouMean(format ?? '', known) ?? 'Name yaml or json.',
  })
}
