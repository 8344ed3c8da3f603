import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Batch } from '../../kernel/columns/batch.ts'
import { TidegateError } from '../../kernel/errors.ts'
import { readCommitted } from '../../kernel/inspect/read-committed.ts'
import { type RunReport, readRunReport } from '../../kernel/inspect/run-report.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { TableSchema } from '../../kernel/types.ts'
import type { Invocation, ProjectOptions } from '../invocation.ts'
import { pipelinesOf, withKernel } from '../open-project.ts'
import { loadPackage } from './package-command.ts'

interface ReportOptions extends ProjectOptions {
  readonly out?: string
  readonly samples: number
  readonly profile?: boolean
  readonly run?: string
}

/** Snapshots that trends show. */
const ENTRIES = 60

type Page = (report: RunReport, options: { readonly profiles: Readonly<Record<string, unknown>> }) => string
type Profile = (rows: AsyncIterable<unknown>, options: { readonly schema: TableSchema }) => Promise<unknown>

/** One page for each pipeline: what was checked, what failed, and how it went before. */
export async function reportCommand(
  [wanted]: readonly string[],
  options: ReportOptions,
  invocation: Invocation,
): Promise<number> {
  const { output, cwd, signal } = invocation
  return withKernel(invocation, options, {}, async (kernel) => {
    const names = pipelinesOf(kernel, wanted)
    const single = ['out', 'run'].find((option) => options[option as 'out' | 'run'] !== undefined)
    if (single !== undefined && names.length > 1)
      throw new TidegateError('USAGE', `--${single} is about one pipeline, but there are several`, {
        hint: `Name the pipeline: ${names.join(', ')}.`,
      })
    for (const pipeline of names) {
      const report = await readRunReport(kernel, pipeline, {
        samples: options.samples,
        entries: ENTRIES,
        run: options.run,
        signal,
      })
      if (output.json) {
        output.record(report)
        continue
      }
      const page = (await exported('@tidegate/report', 'reportPage', cwd)) as Page
      const profiles = options.profile === true ? await profilesOf(kernel, report, cwd, signal) : {}
      const file = resolve(cwd, options.out ?? `report-${pipeline}.html`)
      await writeFile(file, kernel.redactor.redact(page(report, { profiles })))
      output.lines(`${pipeline} (${kernel.env}): ${file}`)
    }
    return 0
  })
}

async function exported(name: string, word: string, cwd: string): Promise<unknown> {
  const found = (await loadPackage(name, cwd))[word]
  if (typeof found === 'function') return found
  throw new TidegateError('PLUGIN_NOT_FOUND', `The installed ${name} has no "${word}"`, {
    hint: `npm install ${name}@latest`,
    data: { package: name },
  })
}

/** Of the committed rows of every node that has checks; columns tagged `pii` show no value. */
async function profilesOf(kernel: Kernel, report: RunReport, cwd: string, signal: AbortSignal) {
  const profile = (await exported('@tidegate/profile', 'profile', cwd)) as Profile
  const profiles: Record<string, unknown> = {}
  for (const { node, checks, status, schema } of report.nodes) {
    if (checks.length === 0 || status !== 'committed') continue
    const act = (rows: AsyncIterable<Batch>) => profile(rows, { schema })
    profiles[node] = await readCommitted(kernel, report.pipeline, node, signal, act)
  }
  return profiles
}
