import type { Workspace } from '../../plugins/workspace.ts'
import type { Blob, OutputPart, PartRecord, Section } from '../parts/record.ts'
import { recordData, recordPath, type Store } from '../parts/store.ts'
import { createTickRecords, keptTicks, listSchedules } from '../schedule/records.ts'
import { createLog, listLogs, logFolder } from './log.ts'

export interface Garbage {
  readonly deleted: number
  readonly bytes: number
  readonly kept: number
}

/**
 * Deletes what no entry reaches any more. Entries beyond the newest `entries` of each log go first, then every record, section and data file
 * that none of the remaining reaches and that is older than `grace` milliseconds (so that what a run is writing stays).
 */
export async function collectGarbage(
  store: Store,
  options: {
    readonly entries: number
    readonly grace: number
    readonly now: number
    readonly dryRun?: boolean
    readonly pinned?: ReadonlySet<string>
  },
): Promise<Garbage> {
  const { workspace } = store
  const ticks = await pruneTicks(workspace, options.dryRun === true)
  const reachable = new Set<string>(options.pinned)
  const old = new Set<string>()
  for (const { env, pipeline } of await listLogs(workspace)) {
    const log = createLog(workspace, env, pipeline)
    const numbers = await log.numbers()
    for (const [index, number] of numbers.entries()) {
      if (index >= options.entries) {
        old.add(`${logFolder(env, pipeline)}${String(number).padStart(12, '0')}.json`)
        continue
      }
      const entry = await log.entry(number)
      for (const path of [...Object.values(entry?.nodes ?? {}), ...Object.values(entry?.withheld ?? {})]) {
        if (reachable.has(path)) continue
        reachable.add(path)
        for (const file of filesOf(await store.getSection(path))) reachable.add(file)
      }
    }
  }
  const swept = await sweep(
    workspace,
    (path, modified) => {
      if (path.startsWith('log/') && /\/\d{12}\.json$/.test(path)) return old.has(path)
      if (path.startsWith('locks/') && path.endsWith('.json')) return false
      return !reachable.has(path) && options.now - modified >= options.grace
    },
    options.dryRun === true,
  )
  return { ...swept, deleted: swept.deleted + ticks.deleted, bytes: swept.bytes + ticks.bytes }
}

/** Records of schedules: the newest ticks of each stay, whatever their age, since catch-up goes on from them. */
async function pruneTicks(workspace: Workspace, dryRun: boolean): Promise<Pick<Garbage, 'deleted' | 'bytes'>> {
  let [deleted, bytes] = [0, 0]
  for (const { env, pipeline } of await listSchedules(workspace)) {
    const gone = await createTickRecords(workspace, env, pipeline).prune(keptTicks, dryRun)
    deleted += gone.length
    bytes += gone.reduce((sum, { size }) => sum + size, 0)
  }
  return { deleted, bytes }
}

async function sweep(
  workspace: Workspace,
  isGarbage: (path: string, modified: number) => boolean,
  dryRun: boolean,
): Promise<Garbage> {
  let deleted = 0
  let bytes = 0
  let kept = 0
  // In this order, so that what is left after a crash in between never refers to what is gone.
  for (const prefix of ['log/', 'sections/', 'records/', 'data/', 'locks/']) {
    const doomed: string[] = []
    for await (const { path, size, modified } of workspace.list(prefix)) {
      if (!isGarbage(path, modified)) kept++
      else {
        doomed.push(path)
        bytes += size
      }
    }
    deleted += doomed.length
    if (!dryRun) for (const path of doomed) await workspace.delete(path)
  }
  return { deleted, bytes, kept }
}

/** Every file of the workspace that a section stands on. */
export function filesOf(section: Section): readonly string[] {
  const partial = (section.partials ?? []).flatMap(recordFiles)
  const corrections = (section.corrections ?? []).map(({ data }) => data.path)
  const blobs = [section.quarantine?.lives, ...(section.metrics ?? []).map(({ blob }) => blob)].flatMap(blobFiles)
  return [...partial, ...section.parts.flatMap(partFiles), ...corrections, ...blobs]
}

function partFiles(part: OutputPart): readonly string[] {
  const condemned = [part.quarantine, part.repairs].flatMap((stored) => (stored === undefined ? [] : [stored.path]))
  return [...recordFiles(part.record), ...condemned, ...blobFiles(part.aside?.keys)]
}

function blobFiles(blob: Blob | undefined): readonly string[] {
  return blob !== undefined && 'path' in blob ? [blob.path] : []
}

function recordFiles(record: PartRecord): readonly string[] {
  return [recordPath(record.key), ...recordData(record).map(({ path }) => path)]
}
