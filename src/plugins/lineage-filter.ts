import { instantOf } from './lineage-answers.ts'
import type { LineageEvent, LineageFilter } from './lineage-store.ts'

/**
 * What a filter means, as a predicate: all that is named must match. `dataset` is looked for among inputs and outputs; `namespace` is that of the job
 * and the dataset that are asked for, or where neither is, of the job; times compare as instants. Throws `LINEAGE_FAILED` where `until`, or
 * later the time of an event, is no ISO 8601 time.
 */
export function lineageFilter(filter: LineageFilter = {}): (event: LineageEvent) => boolean {
  const { namespace, job: jobName, dataset, runId } = filter
  const until = filter.until === undefined ? Number.POSITIVE_INFINITY : instantOf(filter.until)
  const inSpace = (place: { readonly namespace: string }): boolean =>
    namespace === undefined || place.namespace === namespace
  return ({ eventTime, run, job, inputs, outputs }) => {
    if (instantOf(eventTime) > until) return false
    if (runId !== undefined && run.runId !== runId) return false
    if (jobName !== undefined && (job.name !== jobName || !inSpace(job))) return false
    if (dataset !== undefined) return [...inputs, ...outputs].some((place) => place.name === dataset && inSpace(place))
    return jobName !== undefined || inSpace(job)
  }
}
