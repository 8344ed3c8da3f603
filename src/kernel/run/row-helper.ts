import type { RowPacket, Task, TaskPart } from '../../plugins/executor.ts'
import type { Column } from '../columns/column.ts'
import { createColumnPacker, createColumnUnpacker } from '../columns/pack.ts'
import type { Branch } from './branch.ts'
import type { Engine } from './engine.ts'
import { createFreshContexts } from './row-flow.ts'
import { allBranches } from './row-link.ts'
import { createSchemas, packOutcomes, type RowAnswer, type RowRequest } from './row-message.ts'
import { judgeBatch, type RowOutcome } from './row-work.ts'
import { plant } from './stream-task.ts'
import { createTaskFrame, type TaskFrame, type TaskPlace } from './task-frame.ts'

/** Does row-local work for tasks that are performed on other threads. */
export interface RowWorker {
  judge(packet: RowPacket): Promise<RowPacket>
  /** Gives up what is kept of one task: the helper's own nodes, and dictionaries. */
  forget(work: string): Promise<void>
  readonly works: readonly string[]
}

interface Work {
  readonly end: () => Promise<void>
  readonly frame: TaskFrame
  readonly roots: readonly Branch[]
  readonly branches: readonly Branch[]
  readonly packer: ReturnType<typeof createColumnPacker>
  readonly unpacker: ReturnType<typeof createColumnUnpacker>
  readonly schemas: ReturnType<typeof createSchemas>
}

/** `open` is asked once for each task, with the first packet of it; `release` is called when nothing more of it will come. */
export function createRowWorker(
  open: (task: Task) => Promise<{ readonly engine: Engine; readonly place: TaskPlace; readonly release?: () => void }>,
): RowWorker {
  const works = new Map<string, Promise<Work>>()
  // One batch after the other: dictionaries come with the batch that has them first.
  let last: Promise<unknown> = Promise.resolve()

  async function begin(task: Task): Promise<Work> {
    const stop = new AbortController()
    const { engine, place, release } = await open(task)
    const frame = createTaskFrame(engine, task, stop.signal, () => undefined, { ...place, rowLocal: undefined })
    const end = async () => {
      stop.abort(new Error('nobody waits for it any more'))
      await frame.dispose()
      release?.()
    }
    const { roots } = await plant(frame, task.part as TaskPart).catch(async (error: unknown) => {
      await end()
      throw error
    })
    return {
      end,
      frame,
      roots,
      branches: allBranches(roots),
      packer: createColumnPacker(),
      unpacker: createColumnUnpacker(),
      schemas: createSchemas(),
    }
  }

  async function answer(request: RowRequest): Promise<RowPacket> {
    const work = await works.get(request.work)
    if (work === undefined) throw new Error('the task was given up')
    const { frame, roots, branches, unpacker, schemas } = work
    const columns = request.columns.map((column) => unpacker.column(column, request.buffer))
    const started = performance.now()
    const before = new Map(branches.map((branch) => [branch.node.name, branch.stopwatch.spent]))
    for (const { node, stopwatch } of branches) stopwatch.leave(request.left[node.name])
    const fresh = createFreshContexts(frame)
    try {
      const batch = { schema: schemas(request.schema), length: request.length, columns }
      const outcomes = await judgeBatch(roots, batch, fresh.of)
      const took = performance.now() - started
      if (fresh.askedForChance()) return packetOf(request, { again: true, now: [], took, outcomes: [] })
      const message = work.packer.begin()
      const known = new Map<Column, number>(columns.map((column, index) => [column, index]))
      const timed = withTimes(roots, outcomes, before)
      const packed = packOutcomes(roots, timed, message, known, frame.engine.redact)
      const now = fresh.askedForTime().map(({ node }) => node.name)
      return packetOf(request, { again: false, now, took, outcomes: packed }, message.finish())
    } finally {
      await fresh.dispose()
    }
  }

  return {
    judge(packet) {
      const request = packet.body as RowRequest
      if (request.task !== undefined) {
        // At once, so that it can be given up while it waits for its turn.
        const work = begin(request.task)
        work.catch(() => undefined)
        works.set(request.work, work)
      }
      const result = last.then(() => answer(request))
      last = result.catch(() => undefined)
      return result
    },
    async forget(name) {
      const work = works.get(name)
      works.delete(name)
      const found = await work?.catch(() => undefined)
      await found?.end()
    },
    get works() {
      return [...works.keys()]
    },
  }
}

function packetOf({ work }: RowRequest, answer: Omit<RowAnswer, 'buffer'>, buffer = new ArrayBuffer(0)): RowPacket {
  const body: RowAnswer = { ...answer, buffer }
  return { work, body, transfer: [buffer] }
}

/** With the time that each node's code took for this batch. */
function withTimes(
  branches: readonly Branch[],
  outcomes: readonly RowOutcome[],
  before: ReadonlyMap<string, number>,
): readonly RowOutcome[] {
  return outcomes.map((outcome, index) => {
    const { node, stopwatch, children } = branches[index] as Branch
    const spent = stopwatch.spent - (before.get(node.name) ?? 0)
    return { ...outcome, spent, below: withTimes(children, outcome.below, before) }
  })
}
