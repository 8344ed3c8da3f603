import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StepContext } from '../../plugins/step-kind.ts'
import { TidegateError } from '../errors.ts'
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
  /** Whether the code may save files: steps over whole tables may. */
  readonly saves: boolean
}

export interface OwnContext {
  readonly context: StepContext
  /** What the code has looked at so far: `now` and the seed become part of the record's key only then. */
  read(): { readonly now?: number; readonly seed?: number }
  /** What the code saved so far, by name. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Removes the scratch folder, if one was asked for. */
  dispose(): Promise<void>
}

/** The run context of one node and part. `random` starts anew for every part, so that a part gets the same numbers in every run. */
export function createStepContext(request: ContextRequest): OwnContext {
  const read: { now?: number; seed?: number } = {}
  const files = new Map<string, Uint8Array>()
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
    saveFile(name, content) {
      if (!request.saves) throw cannotSave(request.node, name)
      if (files.has(name))
        throw new TidegateError('STEP_FAILED', `Step "${request.node}" saved the file "${name}" twice`, {
          hint: 'Give each file a name of its own.',
          data: { node: request.node, file: name },
        })
      files.set(name, typeof content === 'string' ? Buffer.from(content) : Uint8Array.from(content))
    },
    scratch: () => (scratch ??= mkdtemp(join(tmpdir(), 'tidegate-'))),
  }
  return {
    context,
    files,
    read: () => ({ ...read }),
    async dispose() {
      if (scratch !== undefined) await rm(await scratch, { recursive: true, force: true })
    },
  }
}

function cannotSave(node: string, name: string): TidegateError {
  return new TidegateError(
    'STEP_NOT_ROW_WISE',
    `Step "${node}" of kind "each" saved the file "${name}", but it sees one batch at a time`,
    {
      hint: 'Save files in a step over whole tables.',
      data: { node, file: name },
    },
  )
}
