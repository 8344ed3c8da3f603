import type { Json } from '../kernel/context.ts'
import { createToken } from '../kernel/token.ts'
import type { TableSchema } from '../kernel/types.ts'
import type { RowVerdict } from './check.ts'
import type { PartRef } from './source.ts'

/** The streamed input of a task: one part of a source, or one output part of a settled node. */
export interface TaskPart {
  readonly node: string
  readonly output: string
  readonly id: string
  /** Identity of the part's content: the key under which it was made, and its content hash where it is kept. */
  readonly key: string
  readonly content?: string
  /** For parts of sources: how to find them again. */
  readonly ref?: PartRef
  /** For parts of other nodes: what was stored, JSON (an `OutputPart`), and the schema to read it through. */
  readonly stored?: { readonly part: Json; readonly schema: TableSchema }
}

/** One unit of work: records of some nodes for one input part (or for whole inputs). JSON; data goes by reference. */
export interface Task {
  /** The config module to boot from; undefined for configs built in memory, which only the in-process executor can run. */
  readonly config: { readonly module: string | undefined; readonly env: string }
  readonly pipeline: string
  /** The nodes whose records are to be made, in topological order. */
  readonly nodes: readonly string[]
  /** Those of them whose rows are to be written. */
  readonly keep: readonly string[]
  /** Undefined for whole-table steps. */
  readonly part: TaskPart | undefined
  /** Section files of settled nodes that are read whole, by node name. */
  readonly inputs: Readonly<Record<string, string>>
  /** Identity of the input of nodes whose streamed input is not made by this very task, by node name. */
  readonly parents: Readonly<Record<string, { readonly key: string; readonly content?: string }>>
  /** Recipe without the input, by node name. */
  readonly bases: Readonly<Record<string, string>>
  /** Pinned schemas of sources, by node name. */
  readonly schemas: Readonly<Record<string, TableSchema>>
  /** Answers of the hook so far: `node/check` to verdict. */
  readonly verdicts: Readonly<Record<string, RowVerdict>>
  readonly attempt: number
  /** Run every row-wise step at two batch sizes and compare. */
  readonly paranoid?: boolean
  readonly runId: string
  readonly seed: number
  /** Epoch milliseconds, UTC. */
  readonly now: number
  /** Of the pipeline's code; a worker with another one refuses the task (`TASK_FINGERPRINT`). */
  readonly fingerprint: string
}

/** JSON as well: the data of the records is in the workspace already. */
export type TaskResult =
  | { readonly done: true; readonly records: Readonly<Record<string, Json>> }
  | { readonly done: false; readonly undecided: readonly { readonly node: string; readonly check: string }[] }

/** The in-process way to run a task; `progress` may be called with rows read since the last call. */
export type Perform = (
  task: Task,
  signal: AbortSignal,
  progress: (node: string, rows: number) => void,
) => Promise<TaskResult>

/** A message of the kernel to itself on another thread: plain data for `structuredClone`, and the buffers in it that may be transferred. */
export interface RowPacket {
  /** The task it belongs to, on its way to one helper: what `end` is told. */
  readonly work: string
  readonly body: unknown
  readonly transfer: readonly ArrayBuffer[]
}

/** Another thread that does row-local work: steps and row rules of one batch, which need no other batch. */
export interface RowHelper {
  /** Hands a packet to `TaskRunner.judge` there, in the order of calls, and gives its answer back. Rejects where that thread came to an end. */
  judge(packet: RowPacket): Promise<RowPacket>
  /** Nothing more of this task will come: `TaskRunner.forget` there. `work` is the name that the packets carry. */
  end(work: string): void
}

export interface RowLocal {
  /** Threads that have nothing else to do just now. Asked before each batch, from the second one on, while handing over pays. */
  helpers(): readonly RowHelper[]
}

export interface Executor {
  /** How many tasks may be under way at once. */
  readonly concurrency: number
  /**
   * For tasks that run in this process: where row-local work of one part may be done besides. Optional; results are the same with and without it.
   * Tasks that a `TaskRunner` performs are given theirs by whoever calls it.
   */
  readonly rowLocal?: RowLocal
  /** Runs one task: `perform` here, or sends it to a worker that boots the same config and has a `TaskRunner` perform it. */
  submit(
    task: Task,
    perform: Perform,
    signal: AbortSignal,
    progress: (node: string, rows: number) => void,
  ): Promise<TaskResult>
}

export const Executor = createToken<Executor>('tidegate/Executor')
