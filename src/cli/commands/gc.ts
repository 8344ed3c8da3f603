import { parseDuration } from '../../kernel/config/units.ts'
import { TidegateError } from '../../kernel/errors.ts'
import { collectKernelGarbage } from '../../kernel/inspect/garbage.ts'
import type { Invocation, ProjectOptions } from '../invocation.ts'
import { withKernel } from '../open-project.ts'
import { bytesText, plural } from '../text/numbers.ts'

export type GcOptions = ProjectOptions & { readonly grace?: string; readonly keep?: number; readonly dryRun?: boolean }

export async function gcCommand(_: readonly string[], options: GcOptions, invocation: Invocation): Promise<number> {
  const { output } = invocation
  const grace = options.grace === undefined ? undefined : graceOf(options.grace)
  return withKernel(invocation, options, {}, async (kernel) => {
    const dryRun = options.dryRun === true
    const garbage = await collectKernelGarbage(kernel, { grace, entries: options.keep, dryRun })
    if (output.json) output.record({ garbage: { ...garbage, dryRun } })
    else if (garbage.deleted === 0)
      output.lines(`Nothing to delete: ${plural(garbage.kept, 'file')} are in use or too young.`)
    else
      output.lines(
        `${dryRun ? 'Would delete' : 'Deleted'} ${plural(garbage.deleted, 'file')} (${bytesText(garbage.bytes)}); ${plural(garbage.kept, 'file')} stay.`,
      )
    return 0
  })
}

function graceOf(text: string): number {
  try {
    return /^0+$/.test(text) ? 0 : parseDuration(text)
  } catch (cause) {
    throw new TidegateError('USAGE', `--grace: "${text}" is no length of time`, {
      hint: 'Write a length of time such as "30s", "1h" or "2 days", or 0.',
      cause,
    })
  }
}
