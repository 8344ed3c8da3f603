import type { ErrorFacts } from '../../plugins/events.ts'
import type { Workspace } from '../../plugins/workspace.ts'
import { segment } from '../commit/log.ts'

/**
 * How a tick ended. `skipped`: a run was at work; `cancelled`: a later tick took its place; `interrupted`: the scheduler was stopped; `missed`:
 * nobody was there, and the schedule does not catch up; `lost`: its scheduler died, and the schedule does not make up for it.
 */
export type TickStatus =
  | 'succeeded'
  | 'up to date'
  | 'failed'
  | 'skipped'
  | 'cancelled'
  | 'interrupted'
  | 'missed'
  | 'lost'

/** Who took a tick on. Times are epoch milliseconds, UTC. */
export interface Claim {
  readonly version: 1
  readonly by: string
  readonly pid: number
  readonly host: string
  readonly at: number
}

export interface TickOutcome {
  readonly version: 1
  readonly status: TickStatus
  readonly at: number
  readonly runId?: string
  /** Milliseconds that the run took. */
  readonly duration?: number
  readonly error?: ErrorFacts
  /** Ticks before this one that nobody was there for, and that nobody makes up for. */
  readonly passed?: number
}

/** What is known of one tick: of its last attempt. */
export interface TickRecord {
  readonly tick: number
  readonly attempt: number
  readonly claim: Claim
  /** Undefined while it is at work, or where whoever worked on it died. */
  readonly outcome: TickOutcome | undefined
  /** The last sign of life of whoever is at work. */
  readonly alive: number
}

/** The records of one schedule. Claims and outcomes are put if absent: of two schedulers one has a tick. */
export interface TickRecords {
  /** The moment at which this schedule was first looked at: ticks before it concern nobody. Puts `now` where there is none. */
  since(now: number): Promise<number>
  /** The same, without putting anything: undefined where nobody looked at the schedule yet. */
  began(): Promise<number | undefined>
  /** All ticks that are recorded, oldest first. */
  read(): Promise<readonly TickRecord[]>
  /** False where another scheduler has it. */
  claim(tick: number, attempt: number, claim: Claim): Promise<boolean>
  /** A sign of life. */
  beat(tick: number, attempt: number, at: number): Promise<void>
  /** False where an outcome stands there already. */
  finish(tick: number, attempt: number, outcome: TickOutcome): Promise<boolean>
  /** Deletes all but the newest `keep` ticks; returns what was, or would be, deleted. */
  prune(keep: number, dryRun?: boolean): Promise<readonly { readonly path: string; readonly size: number }[]>
}

/** How many ticks of each schedule stay recorded. */
export const keptTicks = 100

export function scheduleFolder(env: string, pipeline: string): string {
  return `schedules/${segment(env)}/${segment(pipeline)}/`
}

/** `20260329T010000Z`: ISO 8601, basic format, to the second. */
export function stampOf(tick: number): string {
  return new Date(tick).toISOString().replaceAll(/[-:]|\.\d+/g, '')
}

export function createTickRecords(workspace: Workspace, env: string, pipeline: string): TickRecords {
  const folder = scheduleFolder(env, pipeline)
  const path = (tick: number, what: string, attempt: number) => `${folder}${stampOf(tick)}/${what}-${attempt}.json`
  const first = `${folder}since.json`
  // Claims and outcomes never change: what was read once is not read again.
  const known = new Map<string, unknown>()
  const read = async <T>(file: string, changing = false): Promise<T | undefined> => {
    if (!changing && known.has(file)) return known.get(file) as T
    const bytes = await workspace.get(file)
    const value = bytes === undefined ? undefined : (parse(bytes) as T | undefined)
    if (!changing && value !== undefined) known.set(file, value)
    return value
  }
  const put = (file: string, value: unknown) => workspace.putIfAbsent(file, encode(value))
  return {
    async since(now) {
      await put(first, { version: 1, since: now })
      return (await read<{ readonly since: number }>(first))?.since ?? now
    },
    began: async () => (await read<{ readonly since: number }>(first))?.since,
    async read() {
      const attempts = new Map<string, number>()
      for await (const { path: file } of workspace.list(folder)) {
        const [, stamp, attempt] = /\/(\d{8}T\d{6}Z)\/claim-(\d+)\.json$/.exec(file) ?? []
        if (stamp !== undefined) attempts.set(stamp, Math.max(attempts.get(stamp) ?? 0, Number(attempt)))
      }
      const records: TickRecord[] = []
      for (const [stamp, attempt] of attempts) {
        const tick = tickOf(stamp)
        const claim = await read<Claim>(path(tick, 'claim', attempt))
        if (claim === undefined) continue
        const outcome = await read<TickOutcome>(path(tick, 'outcome', attempt))
        const beat = outcome === undefined ? await read<{ at: number }>(path(tick, 'alive', attempt), true) : undefined
        records.push({ tick, attempt, claim, outcome, alive: beat?.at ?? claim.at })
      }
      return records.sort((a, b) => a.tick - b.tick)
    },
    claim: (tick, attempt, claim) => put(path(tick, 'claim', attempt), claim),
    beat: (tick, attempt, at) => workspace.put(path(tick, 'alive', attempt), encode({ at })),
    async finish(tick, attempt, outcome) {
      const own = await put(path(tick, 'outcome', attempt), outcome)
      await workspace.delete(path(tick, 'alive', attempt))
      return own
    },
    async prune(keep, dryRun = false) {
      const files = new Map<string, { readonly path: string; readonly size: number }[]>()
      for await (const { path: file, size } of workspace.list(folder)) {
        const [, stamp] = /\/(\d{8}T\d{6}Z)\/[^/]+$/.exec(file) ?? []
        if (stamp !== undefined) files.set(stamp, [...(files.get(stamp) ?? []), { path: file, size }])
      }
      const old = [...files.keys()].sort().slice(0, -keep)
      const doomed = old.flatMap((stamp) => files.get(stamp) ?? [])
      if (!dryRun) {
        // Claims last: without one nothing else of a tick is looked at.
        const order = (file: string) => Number(file.includes('/claim-'))
        for (const { path: file } of [...doomed].sort((a, b) => order(a.path) - order(b.path))) {
          await workspace.delete(file)
          known.delete(file)
        }
      }
      return doomed
    },
  }
}

/** Every (environment, pipeline) that has records. */
export async function listSchedules(
  workspace: Workspace,
): Promise<readonly { readonly env: string; readonly pipeline: string }[]> {
  const seen = new Map<string, { readonly env: string; readonly pipeline: string }>()
  for await (const { path } of workspace.list('schedules/')) {
    const [, env, pipeline] = path.split('/')
    if (env !== undefined && pipeline !== undefined)
      seen.set(`${env}/${pipeline}`, { env: decodeURIComponent(env), pipeline: decodeURIComponent(pipeline) })
  }
  return [...seen.values()]
}

function tickOf(stamp: string): number {
  return Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}

function encode(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString())
  } catch {
    return undefined // What was not written whole says nothing.
  }
}
