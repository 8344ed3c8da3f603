import { instantOf, type LineageRun, type LineageSubject, type LineageVersion } from '../../plugins/lineage-answers.ts'
import type { LineageDataset, LineageEvent } from '../../plugins/lineage-store.ts'

const states = { START: 'running', RUNNING: 'running', COMPLETE: 'complete', FAIL: 'failed', ABORT: 'aborted' } as const

interface Described {
  readonly datasetVersion?: string
  readonly rowCount?: number
  readonly message?: string
}

export function versionOf(dataset: LineageDataset | undefined): string | undefined {
  return (dataset?.facets?.['version'] as Described | undefined)?.datasetVersion
}

export function outputOf(event: LineageEvent, { namespace, name }: LineageSubject): LineageDataset | undefined {
  return event.outputs.find((output) => output.namespace === namespace && output.name === name)
}

/** The run as far as this event tells. For stores that keep runs of their own. */
export function lineageRun(event: LineageEvent, dataset: LineageSubject): LineageRun {
  const { run, job, eventType, eventTime } = event
  const output = outputOf(event, dataset)
  const version = versionOf(output)
  const rows = (output?.outputFacets?.['outputStatistics'] as Described | undefined)?.rowCount
  const error = (run.facets?.['errorMessage'] as Described | undefined)?.message
  return {
    runId: run.runId,
    job: { namespace: job.namespace, name: job.name },
    state: states[eventType],
    ...(eventType === 'START' ? { startedAt: eventTime } : eventType === 'RUNNING' ? {} : { endedAt: eventTime }),
    ...(version === undefined ? {} : { version }),
    ...(rows === undefined ? {} : { rows }),
    ...(error === undefined ? {} : { error }),
  }
}

/** Runs with an event that names the dataset among its outputs, in order of their beginning (or end), then of their id. What has ended stays ended. */
export function runs(events: Iterable<LineageEvent>, dataset: LineageSubject): LineageRun[] {
  const found = new Map<string, LineageRun>()
  for (const event of events) {
    if (outputOf(event, dataset) === undefined) continue
    const told = lineageRun(event, dataset)
    const known = found.get(told.runId)
    found.set(
      told.runId,
      known === undefined ? told : { ...known, ...told, state: told.state === 'running' ? known.state : told.state },
    )
  }
  return inOrder([...found.values()])
}

export function inOrder(list: readonly LineageRun[]): LineageRun[] {
  const timeOf = (run: LineageRun): number => {
    const time = run.startedAt ?? run.endedAt
    return time === undefined ? 0 : instantOf(time)
  }
  return [...list].sort((a, b) => timeOf(a) - timeOf(b) || (a.runId < b.runId ? -1 : 1))
}

/** The last COMPLETE event at or before `time` that wrote the dataset, and `version` of it where that is told. */
export function completion(
  events: Iterable<LineageEvent>,
  dataset: LineageSubject,
  time: string,
  version?: string,
): LineageEvent | undefined {
  const limit = instantOf(time)
  let best: { readonly at: number; readonly event: LineageEvent } | undefined
  for (const event of events) {
    if (event.eventType !== 'COMPLETE') continue
    const output = outputOf(event, dataset)
    if (output === undefined || (version !== undefined && versionOf(output) !== version)) continue
    const at = instantOf(event.eventTime)
    if (at <= limit && at >= (best?.at ?? Number.NEGATIVE_INFINITY)) best = { at, event }
  }
  return best?.event
}

/** Which run's result was current at `time`, and the versions of what it had read; undefined while no run had completed. */
export function asOf(
  events: Iterable<LineageEvent>,
  dataset: LineageSubject,
  time: string,
): LineageVersion | undefined {
  const all = [...events]
  const event = completion(all, dataset, time)
  if (event === undefined) return undefined
  const run = runs(all, dataset).find(({ runId }) => runId === event.run.runId) as LineageVersion['run']
  const inputs = event.inputs.map((input) => {
    const version = versionOf(input)
    return { namespace: input.namespace, name: input.name, ...(version === undefined ? {} : { version }) }
  })
  return { run, inputs }
}
