import type { RowHelper } from '../../plugins/executor.ts'
import type { Batch } from '../columns/batch.ts'
import { createColumnPacker, createColumnUnpacker } from '../columns/pack.ts'
import type { Branch } from './branch.ts'
import type { Costs } from './row-flow.ts'
import { createSchemas, type RowAnswer, type RowRequest, unpackOutcomes } from './row-message.ts'
import type { RowOutcome } from './row-work.ts'
import type { TaskFrame } from './task-frame.ts'

/** The way from a task to one helper and back. */
export interface RowLink {
  readonly underWay: number
  /** `undefined`: the batch must be computed in its turn, here. */
  judge(batch: Batch): Promise<readonly RowOutcome[] | undefined>
  end(): void
}

let works = 0

export function createRowLink(frame: TaskFrame, roots: readonly Branch[], helper: RowHelper, costs: Costs): RowLink {
  const work = `${frame.task.runId}/${frame.task.part?.key}/${frame.task.attempt}/${works++}`
  const packer = createColumnPacker()
  const unpacker = createColumnUnpacker()
  const schemas = createSchemas()
  const timed = timedBranches(roots)
  let underWay = 0
  let first = true
  let broken = false
  return {
    get underWay() {
      return broken ? Number.POSITIVE_INFINITY : underWay
    },
    async judge(batch) {
      underWay++
      try {
        return await handOver(batch)
      } catch (error) {
        // Values that cannot be copied to another thread stay on this one. Batches that were under way behind them may lack what came with them.
        if (!broken && (!(error instanceof Error) || error.name !== 'DataCloneError')) throw error
        broken = true
        return undefined
      } finally {
        underWay--
      }
    },
    end: () => helper.end(work),
  }

  async function handOver(batch: Batch): Promise<readonly RowOutcome[] | undefined> {
    const started = performance.now()
    const message = packer.begin()
    const columns = batch.columns.map((column) => message.column(column))
    const buffer = message.finish()
    const left = Object.fromEntries(timed.map(({ node, stopwatch }) => [node.name, stopwatch.left as number]))
    const { schema, length } = batch
    const body: RowRequest = { work, ...(first ? { task: frame.task } : {}), left, schema, length, columns, buffer }
    first = false
    const packed = performance.now() - started
    const answer = (await helper.judge({ work, body, transfer: [buffer] })).body as RowAnswer
    const arrived = performance.now()
    const outcomes = unpackOutcomes(answer, [...batch.columns], unpacker, schemas)
    costs.judged(batch.length, answer.took)
    costs.handedOver(batch.length, packed + performance.now() - arrived)
    if (answer.again) return undefined
    for (const branch of allBranches(roots)) if (answer.now.includes(branch.node.name)) void branch.own.context.now
    return outcomes
  }
}

export function allBranches(roots: readonly Branch[]): readonly Branch[] {
  return roots.flatMap((branch) => [branch, ...allBranches(branch.children)])
}

function timedBranches(roots: readonly Branch[]): readonly Branch[] {
  return allBranches(roots).filter(({ stopwatch }) => stopwatch.left !== undefined)
}
