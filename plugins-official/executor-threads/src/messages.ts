import type { LogLine, PackedError, Task, TaskResult, TidegateEvent } from 'tidegate'

/** A `RowPacket` under way; `transfer` are the buffers inside `body`, which change hands. */
export interface Packet {
  readonly work: string
  readonly body: unknown
  readonly transfer: readonly ArrayBuffer[]
}

/** What the pool tells a thread. Numbers `job` and `call` come back with the answer. */
export type ToThread =
  | { readonly tell: 'perform'; readonly job: number; readonly task: Task }
  | { readonly tell: 'stop'; readonly job: number; readonly reason: PackedError }
  /** Boot what the task needs: it is going to send row-local work. */
  | { readonly tell: 'prepare'; readonly job: number; readonly task: Task }
  /** The threads that help with the task that is performed here. */
  | { readonly tell: 'helpers'; readonly job: number; readonly threads: readonly number[] }
  | { readonly tell: 'judge'; readonly job: number; readonly packet: Packet }
  | { readonly tell: 'judged'; readonly call: number; readonly packet: Packet }
  | { readonly tell: 'unjudged'; readonly call: number; readonly error: PackedError }
  | { readonly tell: 'forget'; readonly work: string }
  | { readonly tell: 'close' }

/** What a thread tells the pool. */
export type FromThread =
  | { readonly tell: 'performed'; readonly job: number; readonly result: TaskResult }
  | { readonly tell: 'prepared'; readonly job: number }
  | { readonly tell: 'judged'; readonly job: number; readonly packet: Packet }
  | { readonly tell: 'failed'; readonly job: number; readonly error: PackedError }
  | { readonly tell: 'progress'; readonly job: number; readonly node: string; readonly rows: number }
  /** A node's code is called; with a time limit, `left` milliseconds until it is `late`. */
  | {
      readonly tell: 'called'
      readonly call: number
      readonly node: string
      readonly part: string | undefined
      readonly limit: { readonly left: number; readonly late: PackedError } | undefined
    }
  /** The call has ended; told of calls with a time limit. */
  | { readonly tell: 'returned'; readonly call: number }
  /** The task could do with helpers. */
  | { readonly tell: 'help'; readonly job: number }
  | { readonly tell: 'judge'; readonly call: number; readonly thread: number; readonly packet: Packet }
  | { readonly tell: 'forget'; readonly thread: number; readonly work: string }
  | { readonly tell: 'log'; readonly line: LogLine }
  | { readonly tell: 'event'; readonly event: TidegateEvent }
  /** Nothing caught this: the thread ends itself. */
  | { readonly tell: 'crashed'; readonly error: PackedError }
