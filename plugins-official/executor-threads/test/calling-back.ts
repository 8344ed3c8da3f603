import { BroadcastChannel, type MessagePort, parentPort, threadId, workerData } from 'node:worker_threads'
import { type PackedError, packError, type TaskResult, unpackError } from 'tidegate'
import { serve } from '../src/serve.ts'

/** A thread that has tasks done by whoever listens on a channel: so the contract suite, which knows no module, sees what comes across. */
const channel = new BroadcastChannel(workerData as string)
const waiting = new Map<string, { resolve(result: TaskResult): void; reject(error: Error): void; progress: Progress }>()
type Progress = (node: string, rows: number) => void

export type Back =
  | { readonly id: string; readonly result: TaskResult }
  | { readonly id: string; readonly error: PackedError }
  | { readonly id: string; readonly node: string; readonly rows: number }

channel.onmessage = ({ data }: { data: unknown }) => {
  const back = data as Back
  const own = waiting.get(back.id)
  if ('node' in back) own?.progress(back.node, back.rows)
  else if ('result' in back) own?.resolve(back.result)
  else if ('error' in back) own?.reject(unpackError(back.error))
}
let tasks = 0
serve(parentPort as MessagePort, () => ({
  perform(task, { signal, progress = () => undefined } = {}) {
    const id = `${threadId}/${tasks++}`
    signal?.addEventListener('abort', () => channel.postMessage({ id, abort: packError(signal.reason) }))
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject, progress })
      channel.postMessage({ id, task })
    })
  },
  prepare: async () => undefined,
  judge: async (packet) => packet,
  forget: async () => undefined,
  redact: (text) => text,
  close: async () => channel.close(),
}))
