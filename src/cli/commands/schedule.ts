import { createRunId, wallClock } from '../../kernel/context.ts'
import { createClock } from '../../kernel/deadline/alarm.ts'
import type { Schedule } from '../../kernel/define/schedule.ts'
import { TidegateError } from '../../kernel/errors.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { errorFacts } from '../../kernel/log/error-facts.ts'
import { didYouMean } from '../../kernel/nearest.ts'
import { guardWorkspace } from '../../kernel/parts/guard-workspace.ts'
import { runPipeline } from '../../kernel/run/run-pipeline.ts'
import type { RunTick, ScheduleEvent } from '../../kernel/schedule/lane.ts'
import { viewSchedule } from '../../kernel/schedule/list-schedules.ts'
import { type PrintTarget, printSchedule, printTargets } from '../../kernel/schedule/print.ts'
import { createTickRecords } from '../../kernel/schedule/records.ts'
import { runDueTicks, runSchedules, type SchedulerRequest } from '../../kernel/schedule/scheduler.ts'
import { Workspace } from '../../plugins/workspace.ts'
import type { Invocation, ProjectOptions } from '../invocation.ts'
import { withKernel } from '../open-project.ts'
import { eventLine } from '../report/schedule-lines.ts'
import { scheduleTable, viewRecord } from '../report/schedule-table.ts'

export type ScheduleOptions = ProjectOptions & {
  readonly list?: boolean
  readonly once?: boolean
  readonly drain?: boolean
  readonly print?: string
}

export async function scheduleCommand(
  [wanted]: readonly string[],
  options: ScheduleOptions,
  invocation: Invocation,
): Promise<number> {
  const target = options.print === undefined ? undefined : targetOf(options.print)
  if ([options.list, options.once, target].filter(Boolean).length > 1)
    throw new TidegateError('USAGE', '--list, --once and --print exclude each other', { hint: 'Give one of them.' })
  const runs = options.list !== true && target === undefined
  const { output } = invocation
  const running = runs
    ? {
        running: (names: readonly string[]) => (wanted === undefined ? names : names.filter((name) => name === wanted)),
      }
    : {}
  return withKernel(invocation, options, running, async (kernel) => {
    const schedules = schedulesOf(kernel, wanted)
    if (target !== undefined) {
      for (const [pipeline, schedule] of Object.entries(schedules))
        output.raw(
          printSchedule(target, {
            pipeline,
            schedule,
            env: kernel.env,
            folder: kernel.folder,
            command: commandOf(pipeline, kernel, options),
          }),
        )
      return 0
    }
    const workspace = guardWorkspace(kernel.service(Workspace))
    const records = (pipeline: string) => createTickRecords(workspace, kernel.env, pipeline)
    if (options.list === true) {
      const now = wallClock()
      const views = await Promise.all(
        Object.entries(schedules).map(([pipeline, schedule]) =>
          viewSchedule(pipeline, schedule, records(pipeline), now),
        ),
      )
      if (output.json) for (const view of views) output.record({ schedule: viewRecord(view) })
      else output.lines(...scheduleTable(views, now, output))
      return 0
    }
    const request: SchedulerRequest = {
      schedules,
      records,
      id: createRunId(wallClock()),
      clock: createClock(wallClock, { waits: true }),
      run: runTick(invocation, options),
      tell: teller(invocation),
      signal: invocation.signal,
      drain: options.drain === true,
    }
    if (options.once === true) return (await runDueTicks(request)) > 0 ? 1 : 0
    await runSchedules(request)
    return 0
  })
}

/** Each run has a kernel of its own, so that a config that lists something is evaluated anew. */
function runTick(invocation: Invocation, options: ScheduleOptions): RunTick {
  const { output } = invocation
  const redactors = new Set<(text: string) => string>()
  return async (pipeline, { scheduled, signal }) => {
    let own: ((text: string) => string) | undefined
    const redactWith = (redact: (text: string) => string) => {
      own = redact
      redactors.add(redact)
      // Several pipelines may be at work, each with secrets of its own.
      output.redactWith((text) => [...redactors].reduce((clean, next) => next(clean), text))
    }
    try {
      return await withKernel(
        { ...invocation, output: { ...output, redactWith } },
        options,
        { running: () => [pipeline], ...(output.json ? { onEvent: (event) => output.record(event) } : {}) },
        async (kernel) => {
          const { runId, status, errors } = await runPipeline(kernel, pipeline, { scheduled, signal })
          const [first] = errors
          return { runId, status, ...(first === undefined ? {} : { error: errorFacts(first) }) }
        },
      )
    } finally {
      if (own !== undefined && redactors.size > 1) redactors.delete(own)
    }
  }
}

function teller({ output }: Invocation): (event: ScheduleEvent) => void {
  return (event) => {
    if (output.json) output.record(event)
    else for (const line of eventLine(event, output.paint)) output.lines(line)
  }
}

function schedulesOf(kernel: Kernel, wanted: string | undefined): Readonly<Record<string, Schedule>> {
  const all = Object.fromEntries(
    Object.entries(kernel.config.schedules ?? {}).flatMap(([name, schedule]) =>
      schedule === undefined ? [] : [[name, schedule]],
    ),
  )
  const names = Object.keys(all)
  if (names.length === 0)
    throw new TidegateError('USAGE', 'The config has no schedules', {
      hint: "Add the key `schedules`: { flights: { cron: '0 6 * * *' } }.",
    })
  if (wanted === undefined) return all
  const schedule = all[wanted]
  if (schedule === undefined)
    throw new TidegateError('PIPELINE_UNKNOWN', `There is no schedule for a pipeline "${wanted}"`, {
      hint: didYouMean(wanted, names) ?? `There are schedules for ${names.join(', ')}.`,
    })
  return { [wanted]: schedule }
}

function targetOf(text: string): PrintTarget {
  const target = printTargets.find((known) => known === text)
  if (target !== undefined) return target
  throw new TidegateError('USAGE', `--print: "${text}" is no target`, {
    hint: didYouMean(text, printTargets) ?? `Name one of ${printTargets.join(', ')}.`,
  })
}

function commandOf(pipeline: string, { env }: Kernel, { config }: ScheduleOptions): readonly string[] {
  const file = config === undefined ? [] : ['--config', config]
  return ['npx', 'tidegate', 'schedule', pipeline, '--once', '--env', env, ...file]
}
