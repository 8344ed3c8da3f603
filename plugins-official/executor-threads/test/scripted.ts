import type { MessagePort } from 'node:worker_threads'
import { parentPort } from 'node:worker_threads'
import type { RowLocal } from 'tidegate'
import { serve } from '../src/serve.ts'

/** A thread whose tasks say by the name of their pipeline what is to happen. */
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

async function helpersOf(rowLocal: RowLocal | undefined) {
  for (;;) {
    const [helper] = rowLocal?.helpers() ?? []
    if (helper !== undefined) return helper
    await wait(5)
  }
}

function spin(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

serve(parentPort as MessagePort, () => ({
  async perform({ pipeline }, { rowLocal } = {}) {
    if (pipeline === 'wait') await wait(60_000)
    if (pipeline.startsWith('hand over')) {
      const helper = await helpersOf(rowLocal)
      helper.judge({ work: 'w', body: pipeline, transfer: [] }).catch(() => undefined)
      await wait(100)
      throw new Error('no good')
    }
    return { done: true, records: {} }
  },
  prepare: async () => undefined,
  async judge({ body, ...packet }) {
    spin(body === 'hand over for ever' ? Number.POSITIVE_INFINITY : 600)
    if (body === 'hand over and crash') process.exit(9)
    return { body, ...packet }
  },
  forget: async () => undefined,
  redact: (text) => text,
  close: async () => undefined,
}))
