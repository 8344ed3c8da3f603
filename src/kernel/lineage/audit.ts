import type { LineageInput, LineageRun, LineageSubject } from '../../plugins/lineage-answers.ts'
import type { LineageDataset, LineageEvent } from '../../plugins/lineage-store.ts'
import type { ColumnLineage } from '../../plugins/step-kind.ts'
import { columnEdges, constantColumns } from './column-facet.ts'
import { completion, lineageRun, versionOf } from './runs.ts'
import { keyOf } from './walk.ts'

/** One check of a run, without any value of the data. */
export interface AuditedCheck {
  readonly name: string
  readonly pass: boolean
  readonly verdict: string
  readonly failed: number
  readonly of: number
  readonly observed?: string
}

/** One column: where it comes from. */
export interface AuditedColumn {
  readonly column: string
  readonly how: ColumnLineage['how']
  readonly sources: readonly LineageSubject[]
  readonly expression?: string
}

export interface AuditedCounts {
  readonly rowsIn: number
  readonly rowsOut: number
  readonly quarantined: number
  readonly dropped: number
  readonly warned: number
}

/** How one version of one dataset came about. */
export interface AuditedStep {
  readonly dataset: LineageSubject
  readonly version?: string
  readonly run: LineageRun
  readonly inputs: readonly LineageInput[]
  readonly counts?: AuditedCounts
  readonly checks: readonly AuditedCheck[]
  readonly columns: readonly AuditedColumn[]
  readonly depth: number
}

/** `steps` begins with the subject and goes back; `origins` are the datasets that no recorded run has made, with the version that was read. */
export interface LineageAudit {
  readonly subject: LineageSubject
  readonly at: string
  readonly steps: readonly AuditedStep[]
  readonly origins: readonly LineageInput[]
}

/**
 * The whole account of a dataset as it was at `at`: every run that contributed, by the versions that were really read, down to the sources. Where a
 * version is not told, the last one before the run that read it is taken.
 */
export function audit(events: Iterable<LineageEvent>, subject: LineageSubject, at: string): LineageAudit {
  const all = [...events]
  return auditWith(() => all, subject, at)
}

/** The same, from the events that name a dataset, in order of arrival. */
export function auditWith(
  eventsOf: (dataset: LineageInput) => readonly LineageEvent[],
  subject: LineageSubject,
  at: string,
): LineageAudit {
  const { namespace, name } = subject
  const steps: AuditedStep[] = []
  const origins: LineageInput[] = []
  const seen = new Set<string>()
  let border: readonly { readonly input: LineageInput; readonly time: string }[] = [
    { input: { namespace, name }, time: at },
  ]
  for (let depth = 0; border.length > 0; depth++) {
    const next: { readonly input: LineageInput; readonly time: string }[] = []
    for (const { input, time } of border) {
      const key = `${keyOf(input)} ${input.version ?? ''}`
      if (seen.has(key)) continue
      seen.add(key)
      const all = eventsOf(input)
      const event = completion(all, input, time, input.version)
      if (event === undefined) {
        if (depth > 0) origins.push(input)
        continue
      }
      const step = stepOf(all, event, input, depth)
      steps.push(step)
      next.push(...step.inputs.map((read) => ({ input: read, time: event.eventTime })))
    }
    border = next
  }
  return { subject: { namespace, name }, at, steps, origins }
}

function stepOf(
  all: readonly LineageEvent[],
  event: LineageEvent,
  { namespace, name }: LineageInput,
  depth: number,
): AuditedStep {
  const dataset = { namespace, name }
  const output = event.outputs.find(
    (candidate) => keyOf({ namespace: candidate.namespace, name: candidate.name }) === keyOf(dataset),
  ) as LineageDataset
  const version = versionOf(output)
  const start = all.find((other) => other.eventType === 'START' && other.run.runId === event.run.runId)
  const counts = (event.run.facets?.['tidegate'] as { readonly counts?: AuditedCounts } | undefined)?.counts
  return {
    dataset,
    ...(version === undefined ? {} : { version }),
    run: { ...(start === undefined ? {} : { startedAt: start.eventTime }), ...lineageRun(event, dataset) },
    inputs: event.inputs.map((input) => {
      const read = versionOf(input)
      return { namespace: input.namespace, name: input.name, ...(read === undefined ? {} : { version: read }) }
    }),
    ...(counts === undefined ? {} : { counts }),
    checks: checksOf(output),
    columns: columnsOf(output),
    depth,
  }
}

interface Assertion {
  readonly assertion: string
  readonly success: boolean
  readonly actual?: string
  readonly params?: { readonly verdict?: string; readonly failed?: number; readonly of?: number }
}

function checksOf(output: LineageDataset): AuditedCheck[] {
  const facet = output.outputFacets?.['dataQualityAssertions'] as
    | { readonly assertions: readonly Assertion[] }
    | undefined
  return (facet?.assertions ?? []).map(({ assertion, success, actual, params }) => ({
    name: assertion,
    pass: success,
    verdict: params?.verdict ?? '',
    failed: params?.failed ?? 0,
    of: params?.of ?? 0,
    ...(actual === undefined ? {} : { observed: actual }),
  }))
}

function columnsOf(output: LineageDataset): AuditedColumn[] {
  const found = new Map<string, { sources: LineageSubject[]; how: ColumnLineage['how']; expression?: string }>()
  for (const { from, to, how = 'derived', expression } of columnEdges(output)) {
    const column = to.column as string
    const known = found.get(column)
    if (known === undefined)
      found.set(column, { how, sources: [from], ...(expression === undefined ? {} : { expression }) })
    else known.sources.push(from)
  }
  const made = [...found].map(([column, rest]): AuditedColumn => ({ column, ...rest }))
  return [
    ...made,
    ...constantColumns(output).map((constant): AuditedColumn => ({ how: 'derived', sources: [], ...constant })),
  ]
}
