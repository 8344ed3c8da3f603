import type { Log } from '../commit/log.ts'
import type { Entry, Section } from '../parts/record.ts'
import type { Store } from '../parts/store.ts'

/** One entry that changed a node, or in which its gate withheld an attempt. `at` is epoch milliseconds, UTC. */
export interface HistoryEntry {
  readonly entry: number
  readonly at: number
  readonly runId: string
  readonly status: 'committed' | 'published' | 'withheld'
  readonly rows: number
  readonly quarantined: number
  readonly dropped: number
}

/** Entries that changed a node, newest first, at most `limit` of them. */
export async function nodeHistory(log: Log, store: Store, node: string, limit = 10): Promise<readonly HistoryEntry[]> {
  const history: HistoryEntry[] = []
  let later: Entry | undefined
  const tell = async (entry: Entry, before: Entry | undefined): Promise<void> => {
    const path = entry.withheld[node] !== before?.withheld[node] ? entry.withheld[node] : undefined
    if (path !== undefined) history.push(entryOf(entry, await store.getSection(path), 'withheld'))
    const own = entry.nodes[node]
    if (own === undefined || own === before?.nodes[node]) return
    const section = await store.getSection(own)
    history.push(entryOf(entry, section, section.published === undefined ? 'committed' : 'published'))
  }
  for (const number of await log.numbers()) {
    const entry = await log.entry(number)
    if (later !== undefined) await tell(later, entry)
    later = entry
    if (history.length >= limit) return history.slice(0, limit)
  }
  if (later !== undefined) await tell(later, undefined)
  return history.slice(0, limit)
}

function entryOf(
  { number, at, runId }: Entry,
  { counts, published }: Section,
  status: HistoryEntry['status'],
): HistoryEntry {
  return {
    entry: number,
    at,
    runId,
    status,
    rows: published?.rows ?? counts.rowsOut,
    quarantined: counts.quarantined,
    dropped: counts.dropped,
  }
}
