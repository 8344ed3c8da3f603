import type { RowLocal, RowPacket, Task } from 'tidegate'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { createEngine } from '../../src/kernel/run/create-engine.ts'
import { createRowWorker } from '../../src/kernel/run/row-helper.ts'

/**
 * Helpers in this process, each behind a wire that carries what `structuredClone` can copy and transfers buffers, for engines of `kernel()`. They say
 * that their work is dear, so that as much as may be is handed over to them.
 */
export function helpersOf(count: number, kernel: () => Kernel): RowLocal & { readonly batches: () => number } {
  let batches = 0
  const helpers = Array.from({ length: count }, () => {
    const worker = createRowWorker(async (task: Task) => {
      const { pipeline, runId, now, config } = task
      const engine = createEngine(kernel(), { pipeline, runId, now, env: config.env })
      return { engine, place: { sides: new Map() } }
    })
    return {
      async judge(packet: RowPacket) {
        batches++
        const answer = wired(await worker.judge(wired(packet)))
        Object.assign(answer.body as object, { took: 1000 })
        return answer
      },
      end: (work: string) => void worker.forget(work),
    }
  })
  return { helpers: () => helpers, batches: () => batches }
}

function wired(packet: RowPacket): RowPacket {
  return structuredClone(packet, { transfer: [...packet.transfer] })
}
