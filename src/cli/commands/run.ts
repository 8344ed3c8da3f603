import { summarizeRun } from '../../kernel/inspect/run-summary.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { throwErrors } from '../../kernel/run/run.ts'
import { type RunOutcome, type RunRequest, runPipeline } from '../../kernel/run/run-pipeline.ts'
import type { TidegateEvent } from '../../plugins/events.ts'
import { exitCodeOf } from '../exit-code.ts'
import type { Invocation } from '../invocation.ts'
import { chosen, pipelinesOf, withKernel } from '../open-project.ts'
import type { RunOptions } from '../program.ts'
import { reportLines } from '../report/report.ts'
import { createLiveScreen, type LiveScreen } from '../screen/live-screen.ts'
import { createTracker, type Tracker } from '../screen/tracker.ts'
import { selectionOf } from '../selection.ts'

export function runCommand([wanted]: readonly string[], options: RunOptions, invocation: Invocation): Promise<number> {
  return runAll(
    options,
    invocation,
    (names) => chosen(names, wanted),
    (kernel) =>
      pipelinesOf(kernel, wanted, { ...options }).map((pipeline) => ({ pipeline, selection: selectionOf(options) })),
  )
}

interface Job {
  readonly pipeline: string
  readonly selection: Pick<RunRequest, 'only' | 'from' | 'to' | 'full'>
}

/** Runs one job after the other, in one kernel, and shows them as `tidegate run` does. */
export async function runAll(
  options: RunOptions,
  invocation: Invocation,
  running: (names: readonly string[]) => readonly string[],
  jobs: (kernel: Kernel) => readonly Job[],
): Promise<number> {
  const { output, signal } = invocation
  const quiet = options.quiet === true
  let tracker: Tracker | undefined
  let screen: LiveScreen | undefined
  const onEvent = (event: TidegateEvent): void => {
    if (output.json) {
      if (!quiet) output.record(event)
      return
    }
    tracker?.add(event)
    screen?.draw()
  }
  return withKernel(invocation, options, { running, memory: options.memory, onEvent }, async (kernel) => {
    let code = 0
    for (const { pipeline, selection } of jobs(kernel)) {
      tracker = createTracker(pipeline, kernel.env)
      screen = output.json || quiet ? undefined : createLiveScreen(output, tracker)
      try {
        const outcome = await runPipeline(kernel, pipeline, {
          ...selection,
          ...(options.paranoid === true ? { paranoid: true } : {}),
          signal,
        })
        screen?.close()
        code = Math.max(code, tellOutcome(kernel, outcome, tracker, quiet, invocation))
      } finally {
        screen?.close()
      }
    }
    return code
  })
}

function tellOutcome(
  kernel: Kernel,
  outcome: RunOutcome,
  tracker: Tracker,
  quiet: boolean,
  { output, variables }: Invocation,
): number {
  if (!output.json) {
    const several = Object.keys(kernel.config.pipelines).length > 1
    const report = { outcome, nodes: summarizeRun(outcome), tracker, output, variables, folder: kernel.folder, several }
    if (!quiet) output.lines(...reportLines(report))
    for (const error of outcome.errors) output.error(error)
  } else if (outcome.errors.length > 0) {
    try {
      throwErrors(outcome)
    } catch (error) {
      output.error(error)
    }
  }
  return Math.max(0, ...outcome.errors.map(exitCodeOf))
}
