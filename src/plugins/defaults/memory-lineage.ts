import { instantOf } from '../lineage-answers.ts'
import type { LineageEvent, LineageFilter, LineageStore } from '../lineage-store.ts'

/** Lineage that lives as long as the process: the default, and what tests use. */
export function createMemoryLineage(): LineageStore {
  const texts = new Set<string>()
  const list: { readonly text: string; readonly at: number; readonly event: LineageEvent }[] = []
  return {
    async append(event) {
      const text = JSON.stringify(event)
      if (texts.has(text)) return
      const at = instantOf(event.eventTime)
      texts.add(text)
      // Copies, here and for every reader, so that nobody can change what was recorded.
      list.push({ text, at, event: JSON.parse(text) as LineageEvent })
    },
    async *events(filter = {}) {
      const until = filter.until === undefined ? Number.POSITIVE_INFINITY : instantOf(filter.until)
      const end = list.length
      for (let i = 0; i < end; i++) {
        const { text, at, event } = list[i] as (typeof list)[number]
        if (at <= until && matches(event, filter)) yield JSON.parse(text) as LineageEvent
      }
    },
  }
}

function matches({ run, job, inputs, outputs }: LineageEvent, { namespace, job: jobName, dataset, runId }: LineageFilter): boolean {
  const inSpace = (place: { readonly namespace: string }): boolean => namespace === undefined || place.namespace === namespace
  if (runId !== undefined && run.runId !== runId) return false
  if (jobName !== undefined && (job.name !== jobName || !inSpace(job))) return false
  if (dataset !== undefined) return [...inputs, ...outputs].some((place) => place.name === dataset && inSpace(place))
  return jobName !== undefined || inSpace(job)
}
