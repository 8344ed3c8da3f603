import type { QuarantineStatus } from '../parts/record.ts'
import type { Life, Moment } from './lives.ts'

/** Why a row is rejected, and where it stands. */
export interface Rejection {
  readonly reasons: string
  readonly part: string
  readonly row: number
}

/**
 * The lives of rejected rows after one more fold. A row that is rejected again keeps its life; one that is no longer rejected is closed by the new
 * data, unless it was dismissed: then it stays so, also if it comes back.
 */
export function foldLives(given: {
  readonly before: ReadonlyMap<string, Life>
  /** By key, in part order: what the node's input brought, and the gate rejected. */
  readonly rejected: ReadonlyMap<string, Rejection>
  /** Keys for which a correction stands, and those of them whose correction was rejected as well. */
  readonly active: ReadonlySet<string>
  readonly again: ReadonlyMap<string, Rejection>
  readonly now: Moment
  /** The run that saw the rows last. */
  readonly seen: Moment
}): ReadonlyMap<string, Life> {
  const { before, rejected, active, again, now, seen } = given
  const lives = new Map<string, Life>()
  for (const [key, own] of rejected) {
    const known = before.get(key)
    const status = statusOf(known, active.has(key), again.has(key))
    const { reasons, part, row } = again.get(key) ?? own
    const settled = status !== 'open'
    if (known !== undefined && known.status === status && stands(known, reasons, part, row, settled)) {
      lives.set(key, known)
      continue
    }
    lives.set(key, {
      status,
      reasons,
      part,
      row,
      first: known?.first ?? now,
      last: undefined,
      changed: !settled ? undefined : known?.status === status ? known.changed : now,
      why: settled ? known?.why : undefined,
      by: settled ? known?.by : undefined,
    })
  }
  for (const [key, known] of before) {
    if (lives.has(key)) continue
    const last = known.last ?? seen
    const closed = known.status === 'dismissed' || known.status === 'resolved by new data'
    lives.set(
      key,
      closed
        ? { ...known, last }
        : { ...known, last, status: 'resolved by new data', changed: now, why: undefined, by: undefined },
    )
  }
  return lives
}

/** Whether nothing new is to be said of a row of the same status: its life stays the object it is, of which there may be many. */
function stands(known: Life, reasons: string, part: string, row: number, settled: boolean): boolean {
  const { last, changed } = known
  const decided = settled || (changed === undefined && known.why === undefined && known.by === undefined)
  return last === undefined && decided && known.reasons === reasons && known.part === part && known.row === row
}

function statusOf(known: Life | undefined, corrected: boolean, again: boolean): QuarantineStatus {
  if (corrected && !again) return 'replayed'
  return known?.status === 'dismissed' ? 'dismissed' : 'open'
}
