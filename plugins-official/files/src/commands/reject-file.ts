import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type { Rejected } from './read-rows.ts'

/** Rejected rows, one a line. The file comes to be with the first of them. */
export function createRejectFile(file: string) {
  let stream: ReturnType<typeof createWriteStream> | undefined
  let failure: unknown
  return {
    file,
    add(rejected: readonly Rejected[]): void {
      if (failure !== undefined) throw failure
      if (stream === undefined) {
        stream = createWriteStream(file)
        stream.on('error', (error) => {
          failure = error
        })
      }
      stream.write(rejected.map((row) => `${JSON.stringify(row)}\n`).join(''))
    },
    async close(): Promise<void> {
      const open = stream
      stream = undefined
      if (open === undefined) return
      open.end()
      await finished(open)
    },
  }
}
