import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Timed {
  /** Processor time of the best round, milliseconds. */
  readonly ms: number
  readonly failed: number
  readonly version: string
}

/** A script of `bench/peers` on a Parquet file. Where Python or the package is not there, why it was skipped. */
export function inPython(script: string, needs: string, file: string, rounds: number): Timed | string {
  const python = process.env['TIDEGATE_PEERS_PYTHON'] ?? 'python3'
  const found = spawnSync(python, ['-c', `import ${needs}`], { encoding: 'utf8' })
  if (found.status !== 0)
    return `skipped: ${python} has no ${needs} (set TIDEGATE_PEERS_PYTHON to a Python that imports it)`
  const path = fileURLToPath(new URL(`../peers/${script}`, import.meta.url))
  const run = spawnSync(python, [path, file, String(rounds)], { encoding: 'utf8', maxBuffer: 1 << 26 })
  const last = run.stdout.trim().split('\n').at(-1) ?? ''
  return run.status === 0 ? (JSON.parse(last) as Timed) : `failed: ${run.stderr.trim().split('\n').at(-1)}`
}
