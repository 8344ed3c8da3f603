import type { Batch } from '../columns/batch.ts'
import type { Judged } from '../gate/row-judge.ts'
import type { Branch } from './branch.ts'
import { blamed } from './call-step.ts'
import type { OwnContext } from './step-context.ts'
import type { TaskFrame } from './task-frame.ts'

/** What one batch came to at one node, before anything is counted or written; see `Judged`. Folding nodes have no `judged`. */
export interface RowOutcome {
  readonly judged?: Judged
  /** What the node's code or a rule threw: thrown again when it is the batch's turn. Nothing after it was computed. */
  readonly failure?: { readonly error: unknown }
  /** Milliseconds that the node's code took on another thread. */
  readonly spent?: number
  /** Of the branch's children, in order; empty where no row passed. */
  readonly below: readonly RowOutcome[]
}

/** The contexts in which one batch is computed. */
export type ContextOf = (branch: Branch) => OwnContext

/** Row-local work: the code and the row rules of a tree of nodes for one batch. It needs no other batch, and leaves no trace. */
export async function judgeBatch(roots: readonly Branch[], batch: Batch, contextOf: ContextOf): Promise<RowOutcome[]> {
  let failed = false
  const visit = async (branch: Branch, rows: Batch): Promise<RowOutcome> => {
    if (branch.gate === undefined) return { below: [] }
    const { transform, gate } = branch
    let judged: Judged
    try {
      judged = await blamed(branch.node.name, async () =>
        gate.judge(transform === undefined ? rows : await transform(rows, contextOf(branch))),
      )
    } catch (error) {
      failed = true
      return { failure: { error }, below: [] }
    }
    return { judged, below: judged.passed.length === 0 ? [] : await visitAll(branch.children, judged.passed) }
  }
  const visitAll = async (branches: readonly Branch[], rows: Batch): Promise<RowOutcome[]> => {
    const found: RowOutcome[] = []
    for (const branch of branches) {
      found.push(await visit(branch, rows))
      if (failed) break
    }
    return found
  }
  return visitAll(roots, batch)
}

/** The rest, batch after batch in order: counts, samples, quarantine, records, partials, and whatever takes the rows that pass. */
export async function applyBatch(
  frame: TaskFrame,
  branches: readonly Branch[],
  batch: Batch,
  outcomes: readonly RowOutcome[],
): Promise<void> {
  for (const [index, branch] of branches.entries()) {
    const { judged, failure, spent, below } = outcomes[index] as RowOutcome
    frame.progress(branch.node.name, batch.length)
    if (spent !== undefined) branch.stopwatch.spend(spent)
    if (failure !== undefined) throw failure.error
    if (branch.partial !== undefined) {
      await blamed(branch.node.name, () => branch.partial?.add(batch))
      continue
    }
    if (judged === undefined) throw new Error(`nothing was computed of ${branch.node.name}`)
    branch.schema ??= judged.passed.schema
    await blamed(branch.node.name, () => branch.gate?.apply(judged))
    if (judged.passed.length === 0) continue
    await branch.sink?.(judged.passed)
    await applyBatch(frame, branch.children, judged.passed, below)
  }
}
