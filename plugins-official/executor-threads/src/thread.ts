import { Worker } from 'node:worker_threads'
import { isTidegateError, TidegateError, unpackError } from 'tidegate'
import type { FromThread, ToThread } from './messages.ts'

/** How threads are started. */
export interface ThreadSetup {
  /** The module that they run. */
  readonly module: URL
  /** Node's options; those of this process by default. */
  readonly execArgv: readonly string[] | undefined
  /** Given to the module as `workerData`. */
  readonly data: unknown
  /** Megabytes of JavaScript heap for each thread; Node's own limit by default. */
  readonly heap: number | undefined
}

/** A worker thread, and why it came to an end. */
export interface Thread {
  readonly number: number
  /** False as soon as it is told to end. */
  readonly alive: boolean
  tell(message: ToThread, transfer?: readonly ArrayBuffer[]): void
  /** Ends it, whatever it does; `error` is what its work failed with. */
  end(error: Error): void
  /** Asks it to close what is open and to go; ends it if it does not. Resolves when it is gone. */
  close(patience: number): Promise<void>
  /** Whether the process waits for it. */
  hold(held: boolean): void
}

/** A call of a node's code; `limit` milliseconds are grace on top of those that the node has left. */
const grace = 250

export function startThread(
  number: number,
  setup: ThreadSetup,
  on: { message(message: FromThread): void; gone(error: Error): void },
): Thread {
  const worker = new Worker(setup.module, {
    workerData: setup.data,
    ...(setup.execArgv === undefined ? {} : { execArgv: [...setup.execArgv] }),
    ...(setup.heap === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: setup.heap } }),
  })
  const alarms = new Map<number, NodeJS.Timeout>()
  let last: { readonly node: string; readonly part: string | undefined } | undefined
  let ended: Error | undefined
  let isGone = false
  let gone = (): void => undefined
  const exit = new Promise<void>((resolve) => (gone = resolve))

  const end = (error: Error): void => {
    ended ??= error
    void worker.terminate()
  }
  worker.on('message', (message: FromThread) => {
    if (message.tell === 'called') {
      const { limit, call, node, part } = message
      last = { node, part }
      if (limit !== undefined) {
        // Code that waits is stopped by its own thread; this is for code that never gives control back.
        const alarm = setTimeout(() => end(unpackError(limit.late)), Math.max(0, limit.left) + grace)
        alarms.set(call, alarm)
      }
    } else if (message.tell === 'returned') {
      clearTimeout(alarms.get(message.call))
      alarms.delete(message.call)
    } else if (message.tell === 'crashed') ended ??= crashed(last, unpackError(message.error))
    else on.message(message)
  })
  worker.on('error', (error) => {
    ended ??= crashed(last, error)
  })
  worker.on('exit', (code) => {
    for (const alarm of alarms.values()) clearTimeout(alarm)
    isGone = true
    on.gone(ended ?? crashed(last, code))
    gone()
  })
  return {
    number,
    get alive() {
      return ended === undefined
    },
    tell: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    end,
    async close(patience) {
      if (isGone) return
      worker.ref()
      worker.postMessage({ tell: 'close' } satisfies ToThread)
      const timer = setTimeout(() => void worker.terminate(), patience)
      await exit
      clearTimeout(timer)
    },
    hold: (held) => (held ? worker.ref() : worker.unref()),
  }
}

/** What the work of a thread fails with that is gone: whose code it was, and why. */
function crashed(at: { readonly node: string; readonly part: string | undefined } | undefined, why: unknown): Error {
  const place = at === undefined ? '' : ` of "${at.node}"${at.part === undefined ? '' : `, part ${at.part}`}`
  const data = at === undefined ? {} : { node: at.node, ...(at.part === undefined ? {} : { part: at.part }) }
  if (typeof why === 'number')
    return new TidegateError('WORKER_CRASHED', `The thread that did the work${place} ended with exit code ${why}`, {
      hint: 'Its code, or a package it uses, called process.exit() or broke down: throw an error instead.',
      data: { ...data, exit: why },
    })
  const error = why instanceof Error || isTidegateError(why) ? why : new Error(String(why))
  if ((error as { readonly code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY')
    return new TidegateError('WORKER_CRASHED', `The thread that did the work${place} ran out of memory`, {
      hint: 'Give threads more (`threads({ memory: "2GB" })`), take smaller batches (`batchRows`), or split the part.',
      data,
      cause: error,
    })
  return new TidegateError('WORKER_CRASHED', `The thread that did the work${place} broke down: ${error.message}`, {
    hint: 'Nothing caught this error: it was thrown in a callback, or a promise that nobody awaits was rejected.',
    data,
    cause: error,
  })
}
