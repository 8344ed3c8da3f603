import type { MessagePort } from 'node:worker_threads'
import {
  packError,
  type RowHelper,
  type RowLocal,
  type RowPacket,
  type TaskRunner,
  type TaskRunnerOptions,
  unpackError,
} from 'tidegate'
import type { FromThread, Packet, ToThread } from './messages.ts'

/** What a thread does with what the pool tells it. `make` gets where log lines, events and calls of nodes' code go. */
export function serve(
  port: MessagePort,
  make: (options: Required<Pick<TaskRunnerOptions, 'onLog' | 'onEvent' | 'onCall'>>) => TaskRunner,
): void {
  const tell = (message: FromThread, transfer: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, [...transfer])
  let calls = 0
  const runner = make({
    onLog: (line) => tell({ tell: 'log', line }),
    onEvent: (event) => tell({ tell: 'event', event }),
    onCall({ node, part, left, late }) {
      const call = calls++
      const limit = left === undefined || late === undefined ? undefined : { left, late: packError(late) }
      tell({ tell: 'called', call, node, part, limit })
      return () => {
        if (limit !== undefined) tell({ tell: 'returned', call })
      }
    },
  })
  const stops = new Map<number, AbortController>()
  const helping = createHelping(tell)
  const fail = (job: number) => (error: unknown) =>
    tell({ tell: 'failed', job, error: packError(error, (text) => runner.redact(text)) })

  async function perform({ job, task }: Extract<ToThread, { tell: 'perform' }>): Promise<void> {
    const stop = new AbortController()
    stops.set(job, stop)
    try {
      const result = await runner.perform(task, {
        signal: stop.signal,
        progress: (node, rows) => tell({ tell: 'progress', job, node, rows }),
        rowLocal: helping.begin(job),
      })
      tell({ tell: 'performed', job, result })
    } finally {
      stops.delete(job)
      helping.end()
    }
  }

  port.on('message', (message: ToThread) => {
    if (message.tell === 'perform') perform(message).catch(fail(message.job))
    else if (message.tell === 'stop') stops.get(message.job)?.abort(unpackError(message.reason))
    else if (message.tell === 'prepare')
      runner.prepare(message.task).then(() => tell({ tell: 'prepared', job: message.job }), fail(message.job))
    else if (message.tell === 'helpers') helping.given(message.job, message.threads)
    else if (message.tell === 'judge') {
      const { job } = message
      runner
        .judge(message.packet)
        .then((packet) => tell({ tell: 'judged', job, packet }, packet.transfer))
        .catch(fail(job))
    } else if (message.tell === 'judged') helping.judged(message.call, message.packet)
    else if (message.tell === 'unjudged') helping.failed(message.call, unpackError(message.error))
    else if (message.tell === 'forget') void runner.forget(message.work)
    else void runner.close().finally(() => process.exit(0))
  })
  process.on('uncaughtException', (error) => {
    tell({ tell: 'crashed', error: packError(error, (text) => runner.redact(text)) })
    process.exit(1)
  })
}

/** The other threads, as the task that is performed on this one sees them. */
function createHelping(tell: (message: FromThread, transfer?: readonly ArrayBuffer[]) => void) {
  const waiting = new Map<number, { resolve(packet: RowPacket): void; reject(error: unknown): void }>()
  const known = new Map<number, RowHelper>()
  let current: { readonly job: number; asked: boolean; helpers: readonly RowHelper[] } | undefined
  let calls = 0
  const helperOn = (thread: number): RowHelper => ({
    judge: (packet) =>
      new Promise((resolve, reject) => {
        const call = calls++
        // First, because it throws for what cannot be copied.
        tell({ tell: 'judge', call, thread, packet }, packet.transfer)
        waiting.set(call, { resolve, reject })
      }),
    end: (work) => tell({ tell: 'forget', thread, work }),
  })
  return {
    begin(job: number): RowLocal {
      const own: NonNullable<typeof current> = { job, asked: false, helpers: [] }
      current = own
      return {
        helpers() {
          if (!own.asked) tell({ tell: 'help', job })
          own.asked = true
          return own.helpers
        },
      }
    },
    end() {
      current = undefined
    },
    given(job: number, threads: readonly number[]) {
      if (current?.job !== job) return
      current.helpers = threads.map((thread) => {
        const helper = known.get(thread) ?? helperOn(thread)
        known.set(thread, helper)
        return helper
      })
    },
    judged(call: number, packet: Packet) {
      waiting.get(call)?.resolve(packet)
      waiting.delete(call)
    },
    failed(call: number, error: Error) {
      waiting.get(call)?.reject(error)
      waiting.delete(call)
    },
  }
}
