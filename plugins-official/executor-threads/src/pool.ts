import {
  type Logger,
  packError,
  type Task,
  type TaskResult,
  TidegateError,
  type TidegateEvent,
  unpackError,
} from 'tidegate'
import { createHelp } from './help.ts'
import type { FromThread } from './messages.ts'
import { onAbort } from './on-abort.ts'
import { startThread, type Thread, type ThreadSetup } from './thread.ts'

export interface Pool {
  submit(task: Task, signal: AbortSignal, progress: (node: string, rows: number) => void): Promise<TaskResult>
  /** Ends every thread; work that is under way fails. */
  close(): Promise<void>
}

/** A thread and what it is at. */
export interface Member {
  readonly thread: Thread
  job: Job | undefined
}

/** A task on its way. */
export interface Job {
  readonly number: number
  readonly task: Task
  readonly member: Member
}

interface Submitted {
  readonly task: Task
  readonly signal: AbortSignal
  readonly progress: (node: string, rows: number) => void
  resolve(result: TaskResult): void
  reject(error: unknown): void
  /** It waits no longer. */
  begun(): void
}

/** How long code may take to notice that it was told to stop, and a thread to close what it has open. Milliseconds. */
const patience = { stop: 1000, close: 5000 }

/** So many threads at most, started when there is something to do, and replaced when they end. */
export function createPool(
  size: number,
  setup: ThreadSetup,
  on: { readonly log: Logger; readonly event: (event: TidegateEvent) => void },
): Pool {
  const members = new Map<number, Member>()
  const running = new Map<number, Submitted & { readonly job: Job; readonly settle: () => void }>()
  const queue: Submitted[] = []
  const help = createHelp({ idle, memberOf: (number) => members.get(number) })
  let numbers = 0
  let closed = false

  function start(): Member {
    const number = numbers++
    const thread = startThread(number, setup, {
      message: (message) => heard(member, message),
      gone: (error) => lost(member, error),
    })
    const member: Member = { thread, job: undefined }
    members.set(number, member)
    return member
  }

  /** A thread with nothing to do; started if there may be one more. */
  function idle(): Member | undefined {
    if (closed) return undefined
    const free = [...members.values()].find(
      ({ job, thread }) => job === undefined && thread.alive && !help.busy(thread),
    )
    return free ?? (members.size < size ? start() : undefined)
  }

  function dispatch(): void {
    while (queue.length > 0) {
      const member = idle()
      if (member === undefined) {
        help.release(queue.length)
        break
      }
      begin(member, queue.shift() as Submitted)
    }
    if (queue.length === 0) help.assign()
    for (const member of members.values()) member.thread.hold(member.job !== undefined || help.busy(member.thread))
  }

  function begin(member: Member, submitted: Submitted): void {
    const { task, signal } = submitted
    const job: Job = { number: numbers++, task, member }
    let timer: NodeJS.Timeout | undefined
    const stop = (): void => {
      member.thread.tell({ tell: 'stop', job: job.number, reason: packError(signal.reason) })
      timer = setTimeout(() => {
        member.thread.end(signal.reason as Error)
        help.endHelpers(job, signal.reason as Error)
      }, patience.stop)
    }
    submitted.begun()
    const settled = onAbort(signal, stop)
    running.set(job.number, {
      ...submitted,
      job,
      settle() {
        clearTimeout(timer)
        settled()
        running.delete(job.number)
        member.job = undefined
        help.finished(job)
      },
    })
    member.job = job
    member.thread.tell({ tell: 'perform', job: job.number, task })
  }

  function heard(member: Member, message: FromThread): void {
    if (message.tell === 'log') on.log[message.line.level](message.line.message, message.line.fields)
    else if (message.tell === 'event') on.event(message.event)
    else if (message.tell === 'progress') running.get(message.job)?.progress(message.node, message.rows)
    else if (message.tell === 'performed' || message.tell === 'failed') {
      const own = running.get(message.job)
      own?.settle()
      if (own === undefined) help.heard(member, message)
      else if (message.tell === 'performed') own.resolve(message.result)
      else own.reject(own.signal.aborted ? own.signal.reason : unpackError(message.error))
    } else help.heard(member, message)
    if (message.tell !== 'log' && message.tell !== 'progress') dispatch()
  }

  function lost(member: Member, error: Error): void {
    members.delete(member.thread.number)
    help.lost(member, error)
    const own = member.job === undefined ? undefined : running.get(member.job.number)
    own?.settle()
    own?.reject(own.signal.aborted ? own.signal.reason : closed ? closedError() : error)
    if (!closed) dispatch()
  }

  return {
    submit: (task, signal, progress) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        if (closed) return reject(closedError())
        const leave = (): void => {
          queue.splice(queue.indexOf(submitted), 1)
          reject(signal.reason)
        }
        const begun = onAbort(signal, leave)
        const submitted: Submitted = { task, signal, progress, resolve, reject, begun }
        queue.push(submitted)
        dispatch()
      }),
    async close() {
      closed = true
      for (const { begun, reject } of queue.splice(0)) {
        begun()
        reject(closedError())
      }
      await Promise.all([...members.values()].map(({ thread }) => thread.close(patience.close)))
    },
  }
}

function closedError(): TidegateError {
  return new TidegateError('RUN_ABORTED', 'The threads were closed before the task was done', {
    hint: 'Dispose of the kernel after its runs have ended.',
  })
}
