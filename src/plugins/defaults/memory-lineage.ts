import { lineageFilter } from '../lineage-filter.ts'
import type { LineageEvent, LineageStore } from '../lineage-store.ts'

/** Lineage that lives as long as the process: the default, and what tests use. */
export function createMemoryLineage(): LineageStore {
  const texts = new Set<string>()
  const list: { readonly text: string; readonly event: LineageEvent }[] = []
  return {
    async append(event) {
      const text = JSON.stringify(event)
      if (texts.has(text)) return
      lineageFilter()(event) // Refuses an event without a time.
      texts.add(text)
      // Copies, here and for every reader, so that nobody can change what was recorded.
      list.push({ text, event: JSON.parse(text) as LineageEvent })
    },
    async *events(filter = {}) {
      const matches = lineageFilter(filter)
      const end = list.length
      for (let i = 0; i < end; i++) {
        const { text, event } = list[i] as (typeof list)[number]
        if (matches(event)) yield JSON.parse(text) as LineageEvent
      }
    },
  }
}
