import type { RowHelper } from '../../plugins/executor.ts'
import type { RejectedRow } from '../../plugins/source.ts'
import type { Batch } from '../columns/batch.ts'
import type { TableSchema } from '../types.ts'
import type { Branch } from './branch.ts'
import { createRowLink, type RowLink } from './row-link.ts'
import { applyBatch, judgeBatch, type RowOutcome } from './row-work.ts'
import type { OwnContext } from './step-context.ts'
import type { TaskFrame } from './task-frame.ts'

/** The rows of one part on their way through a tree of nodes. What is row-local may be computed ahead, here or by helpers; the rest keeps order. */
export interface RowFlow {
  add(batch: Batch): Promise<void>
  reject(rows: readonly RejectedRow[], schema: TableSchema): Promise<void>
  /** Waits for all that is under way. */
  finish(): Promise<void>
  /** However it ended. */
  close(): void
}

/** `undefined`: the batch must be computed in its turn, because the code asked for chance. */
type Ahead = Promise<readonly RowOutcome[] | undefined>

interface Pending {
  readonly apply: () => Promise<void>
  readonly ready: Promise<unknown>
  settled: boolean
}

/** Batches under way at one helper: one at work, one waiting. */
const perHelper = 2

export function createRowFlow(frame: TaskFrame, roots: readonly Branch[]): RowFlow {
  const links = new Map<RowHelper, RowLink>()
  const pending: Pending[] = []
  const costs = createCosts()
  const helped = frame.rowLocal !== undefined && roots.some(hasWork)
  const inTurn = (branch: Branch) => branch.own

  const here = async (batch: Batch): Promise<void> => {
    const started = performance.now()
    const outcomes = await judgeBatch(roots, batch, inTurn)
    costs.judged(batch.length, performance.now() - started)
    await applyBatch(frame, roots, batch, outcomes)
  }
  const freeLink = (): RowLink | undefined => {
    if (!costs.paysToHandOver()) return undefined
    const helpers = frame.rowLocal?.helpers() ?? []
    let best: RowLink | undefined
    for (const helper of helpers) {
      const link = links.get(helper) ?? createRowLink(frame, roots, helper, costs)
      links.set(helper, link)
      if (link.underWay < perHelper && (best === undefined || link.underWay < best.underWay)) best = link
    }
    return best
  }
  const wait = (batch: Batch, ahead: Ahead): void => {
    const item: Pending = {
      ready: ahead.then(settle, settle),
      settled: false,
      async apply() {
        const outcomes = await stoppable(ahead, frame.signal)
        if (outcomes === undefined) await here(batch)
        else await applyBatch(frame, roots, batch, outcomes)
      },
    }
    function settle() {
      item.settled = true
    }
    pending.push(item)
  }
  const drain = async (most: number): Promise<void> => {
    while (pending.length > most || pending[0]?.settled === true) await (pending.shift() as Pending).apply()
  }

  return {
    async add(batch) {
      if (!helped) return here(batch)
      // Answers of helpers are let in.
      await new Promise((resolve) => setImmediate(resolve))
      await drain(perHelper * (links.size + 1))
      const link = freeLink()
      if (link !== undefined && batch.length > 0) wait(batch, link.judge(batch))
      else if (pending.length === 0) await here(batch)
      else {
        const outcomes = await computedAhead(frame, roots, batch)
        wait(batch, Promise.resolve(outcomes))
      }
    },
    async reject(rows, schema) {
      await drain(0)
      for (const root of roots) await root.gate?.reject(rows, schema)
    },
    finish: () => drain(0),
    close() {
      for (const link of links.values()) link.end()
    },
  }
}

/** A batch out of its turn, on this thread, in contexts of its own. */
async function computedAhead(frame: TaskFrame, roots: readonly Branch[], batch: Batch): Ahead {
  const fresh = createFreshContexts(frame)
  try {
    const outcomes = await judgeBatch(roots, batch, fresh.of)
    if (fresh.askedForChance()) return undefined
    for (const branch of fresh.askedForTime()) void branch.own.context.now
    return outcomes
  } finally {
    await fresh.dispose()
  }
}

/** Contexts for one batch that is computed out of its turn. */
export function createFreshContexts(frame: TaskFrame) {
  const made = new Map<Branch, OwnContext>()
  const asking = (what: 'now' | 'seed') => [...made].flatMap(([branch, own]) => (what in own.read() ? [branch] : []))
  return {
    of(branch: Branch): OwnContext {
      const own = made.get(branch) ?? frame.freshContext(branch.node, frame.task.part?.id ?? 'all')
      made.set(branch, own)
      return own
    },
    /** Numbers go on from batch to batch, so they can be drawn in order only. */
    askedForChance: () => asking('seed').length > 0,
    askedForTime: () => asking('now'),
    async dispose() {
      for (const own of made.values()) await own.dispose()
    },
  }
}

/** Code or row rules: without them there is nothing to hand over. */
function hasWork(branch: Branch): boolean {
  return branch.transform !== undefined || branch.rules || branch.children.some(hasWork)
}

/** The promise, or the signal's reason. */
function stoppable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

export interface Costs {
  judged(rows: number, milliseconds: number): void
  handedOver(rows: number, milliseconds: number): void
  paysToHandOver(): boolean
}

/**
 * Whether computing a batch costs clearly more than handing it over, by what both cost of late. Decides where work is done, never what comes out.
 * The first batch is computed here, to know.
 */
function createCosts(): Costs {
  let judging: number | undefined
  let handing: number | undefined
  let asked = 0
  const late = (before: number | undefined, now: number) => (before === undefined ? now : before + (now - before) / 4)
  return {
    judged(rows, milliseconds) {
      if (rows > 0) judging = late(judging, milliseconds / rows)
    },
    handedOver(rows, milliseconds) {
      if (rows > 0) handing = late(handing, milliseconds / rows)
    },
    paysToHandOver() {
      if (judging === undefined) return false
      // Tried again once in a while: the data may have changed, or the first try was slow.
      return handing === undefined || judging > 1.5 * handing || ++asked % 32 === 0
    },
  }
}
