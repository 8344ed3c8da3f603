import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StepContext } from '../../plugins/step-kind.ts'
import { createRandom } from '../hash/random.ts'

export interface ContextRequest {
  readonly runId: string
  /** Epoch milliseconds, UTC. */
  readonly now: number
  readonly seed: number
  readonly pipeline: string
  readonly node: string
  /** The name that seeds use: the node's oldest one. */
  readonly identity: string
  readonly part: string
  readonly signal: AbortSignal
  readonly memory: number
  readonly threads: number
}

export interface OwnContext {
  readonly context: StepContext
  /** What the code has looked at so far: `now` and the seed become part of the record's key only then. */
  read(): { readonly now?: number; readonly seed?: number }
  /** Removes the scratch folder, if one was asked for. */
  dispose(): Promise<void>
}

/** The run context of one node and part. `random` starts anew for every part, so that a part gets the same numbers in every run. */
export function createStepContext(request: ContextRequest): OwnContext {
  const read: { now?: number; seed?: number } = {}
  let random: (() => number) | undefined
  let scratch: Promise<string> | undefined
  const context: StepContext = {
    runId: request.runId,
    signal: request.signal,
    pipeline: request.pipeline,
    node: request.node,
    memory: request.memory,
    threads: request.threads,
    get now() {
      read.now = request.now
      return new Date(request.now)
    },
    get random() {
      read.seed = request.seed
      random ??= createRandom(`${request.seed}/${request.pipeline}/${request.identity}/${request.part}`)
      return random
    },
    scratch: () => (scratch ??= mkdtemp(join(tmpdir(), 'tidegate-'))),
  }
  return {
    context,
    read: () => ({ ...read }),
    async dispose() {
      if (scratch !== undefined) await rm(await scratch, { recursive: true, force: true })
    },
  }
}
