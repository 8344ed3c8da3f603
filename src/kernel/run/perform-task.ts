import { inspect } from 'node:util'
import { createInProcessExecutor } from '../../plugins/defaults/in-process-executor.ts'
import { Events, type TidegateEvent } from '../../plugins/events.ts'
import { Executor, type RowLocal, type RowPacket, type Task, type TaskResult } from '../../plugins/executor.ts'
import { Logger } from '../../plugins/logger.ts'
import type { AnyPlugin } from '../../plugins/plugin.ts'
import { loadConfig } from '../config/load-config.ts'
import { provide } from '../define/plugin.ts'
import { TidegateError } from '../errors.ts'
import { createKernel } from '../kernel.ts'
import { errorFacts } from '../log/error-facts.ts'
import { redactError } from '../secrets/redact-error.ts'
import { Redactor } from '../secrets/redactor.ts'
import { createEngine } from './create-engine.ts'
import type { Engine } from './engine.ts'
import { pipelineFingerprint } from './ingredients.ts'
import { createPerform } from './perform.ts'
import { createRowWorker } from './row-helper.ts'
import type { NodeCall } from './stopwatch.ts'
import type { TaskPlace } from './task-frame.ts'

export type { NodeCall } from './stopwatch.ts'

/** A line of a worker's log, without secrets: `fields` is JSON. */
export interface LogLine {
  readonly level: keyof Logger
  readonly message: string
  readonly fields?: Readonly<Record<string, unknown>>
}

export interface TaskRunnerOptions {
  /** How many runners share the memory and the processor threads of the run. Default 1. */
  readonly share?: number
  /** Takes the log lines of this worker's kernels, in place of their own loggers. */
  readonly onLog?: (line: LogLine) => void
  /** Takes the events that connectors and steps emit here, in place of a stream of events. */
  readonly onEvent?: (event: TidegateEvent) => void
  /** Told of every call of a node's code; returns what is called when it is over. */
  readonly onCall?: (call: NodeCall) => () => void
  /** How long a kernel that nobody needs is kept, milliseconds. Default 10,000. */
  readonly idle?: number
}

/** What a worker of an executor does its work with. */
export interface TaskRunner {
  /**
   * Makes the records of a task in the shared workspace. The kernel is booted from the task's config with the first task of a run and kept for the
   * others; nodes are found by name. Errors come without secrets. Throws `TASK_FINGERPRINT` where the code here is not that of the coordinator.
   */
  perform(
    task: Task,
    options?: {
      readonly signal?: AbortSignal
      readonly progress?: (node: string, rows: number) => void
      readonly rowLocal?: RowLocal
    },
  ): Promise<TaskResult>
  /** Boots what a task needs, so that the first packet does not wait for it. */
  prepare(task: Task): Promise<void>
  /** Row-local work for a task that is performed elsewhere: see `RowHelper`. */
  judge(packet: RowPacket): Promise<RowPacket>
  /** Nothing more of that task will come. */
  forget(work: string): Promise<void>
  /** Blots out the secrets of every kernel that is open here. */
  redact(text: string): string
  /** Closes what is open, when the work that is under way has ended. */
  close(): Promise<void>
}

interface Open {
  readonly engine: Engine
  readonly place: TaskPlace
  close(): Promise<void>
}

/** Secrets of so many kernels are known, the newest. */
const kernelsRedacted = 16

/** See `TaskRunner`. */
export function createTaskRunner(options: TaskRunnerOptions = {}): TaskRunner {
  const opened = new Map<string, { readonly opening: Promise<Open>; users: number; timer?: NodeJS.Timeout }>()

  /** The kernel and engine of a task's run; others that nobody needs are closed. */
  async function take(task: Task): Promise<{ readonly open: Open; readonly release: () => void }> {
    const key = JSON.stringify([task.config, task.pipeline, task.runId, task.now, task.fingerprint])
    for (const [other, { users }] of opened) if (other !== key && users === 0) await drop(other)
    let own = opened.get(key)
    if (own === undefined) {
      own = { opening: boot(task, options), users: 0 }
      // Also when it is closed: errors may come late, but not from long ago.
      own.opening.then(
        ({ engine }) => void (redactors.push(engine.redact) > kernelsRedacted && redactors.shift()),
        () => undefined,
      )
      opened.set(key, own)
    }
    own.users++
    clearTimeout(own.timer)
    const release = () => {
      if (--own.users > 0) return
      own.timer = setTimeout(() => void drop(key), options.idle ?? 10_000).unref()
    }
    try {
      return { open: await own.opening, release }
    } catch (error) {
      opened.delete(key)
      throw error
    }
  }

  async function drop(key: string): Promise<void> {
    const own = opened.get(key)
    opened.delete(key)
    clearTimeout(own?.timer)
    await own?.opening.then(
      (open) => open.close(),
      () => undefined,
    )
  }

  const redactors: ((text: string) => string)[] = []
  const rows = createRowWorker(async (task) => {
    const { open, release } = await take(task)
    return { ...open, release }
  })
  return {
    async perform(task, { signal = new AbortController().signal, progress = () => undefined, rowLocal } = {}) {
      const { open, release } = await take(task)
      const { engine, place } = open
      try {
        const result = await createPerform(engine, { ...place, rowLocal })(task, signal, progress)
        await engine.store.sync()
        return result
      } catch (error) {
        throw redactError(error, engine.redact)
      } finally {
        release()
      }
    },
    async prepare(task) {
      const { release } = await take(task)
      release()
    },
    judge: rows.judge,
    forget: rows.forget,
    redact: (text) => redactors.reduce((clean, redact) => redact(clean), text),
    async close() {
      for (const work of rows.works) await rows.forget(work)
      for (const key of [...opened.keys()]) await drop(key)
    },
  }
}

/** Does one task, and closes what it booted for it. See `TaskRunner`, which is for workers that do many. */
export async function performTask(
  task: Task,
  options: { readonly signal?: AbortSignal; readonly progress?: (node: string, rows: number) => void } = {},
): Promise<TaskResult> {
  const runner = createTaskRunner()
  try {
    return await runner.perform(task, options)
  } finally {
    await runner.close()
  }
}

/** Fingerprints that were found to be those of a loaded config. */
const verified = new WeakMap<object, Set<string>>()

async function boot(task: Task, options: TaskRunnerOptions): Promise<Open> {
  const { module, env } = task.config
  if (module === undefined) {
    throw new TidegateError('CONFIG_NOT_FOUND', `A task of pipeline "${task.pipeline}" names no config to boot from`, {
      hint: 'Only the in-process executor runs configs that were built in memory: put the config into a file.',
    })
  }
  const loaded = await loadConfig({ cwd: process.cwd(), file: module })
  const kernel = await createKernel(loaded.source, {
    ...loaded,
    env,
    pipelines: [task.pipeline],
    instead: ofTheCoordinator(options),
  })
  try {
    const { pipeline, runId, now } = task
    const engine = createEngine(kernel, { pipeline, runId, now, env, share: options.share ?? 1 })
    // The same functions need not be read twice.
    const known = verified.get(loaded.source) ?? new Set()
    verified.set(loaded.source, known)
    const code = JSON.stringify([env, pipeline, task.fingerprint])
    if (!known.has(code) && pipelineFingerprint(engine) !== task.fingerprint) {
      throw new TidegateError(
        'TASK_FINGERPRINT',
        `The code of pipeline "${pipeline}" here is not that of the run that sent the task`,
        { hint: 'Deploy the same version to coordinator and workers.', data: { pipeline, runId } },
      )
    }
    known.add(code)
    return {
      engine,
      place: { sides: new Map(), watch: options.onCall },
      async close() {
        await engine.close()
        await kernel.dispose()
      },
    }
  } catch (error) {
    await kernel.dispose()
    throw error
  }
}

/** A worker sends no tasks on, and where lines and events go is the coordinator's matter. */
function ofTheCoordinator({ onLog, onEvent }: TaskRunnerOptions): readonly AnyPlugin[] {
  const executor = provide(Executor, {
    name: 'tidegate/worker',
    create: () => createInProcessExecutor({ concurrency: 1 }),
  })
  const log = provide(Logger, {
    name: 'tidegate/worker-log',
    needs: { redactor: Redactor },
    create: (_, { redactor }) => loggerTo(onLog ?? (() => undefined), redactor),
  })
  const events = provide(Events, {
    name: 'tidegate/worker-events',
    needs: { redactor: Redactor },
    create: (_, { redactor }) => ({
      emit: (event) => onEvent?.(plainJson(event, redactor) as TidegateEvent),
      on: () => () => undefined,
    }),
  })
  return [executor(), ...(onLog === undefined ? [] : [log()]), ...(onEvent === undefined ? [] : [events()])]
}

function loggerTo(take: (line: LogLine) => void, redactor: Redactor): Logger {
  const { redact } = redactor
  const at =
    (level: keyof Logger): Logger['info'] =>
    (message, fields) => {
      const plain = plainJson(fields, redactor) as LogLine['fields']
      take({ level, message: redact(message), ...(plain === undefined ? {} : { fields: plain }) })
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** As JSON and without secrets; an entry that is no JSON stands as text: what somebody logs must not make the task fail that logs it. */
function plainJson(value: object | undefined, { redact }: Redactor): unknown {
  const asJson = (_: string, inner: unknown) =>
    inner instanceof Error ? errorFacts(inner) : typeof inner === 'bigint' ? String(inner) : inner
  const json = (inner: unknown): unknown => {
    const text = JSON.stringify(inner, asJson)
    return text === undefined ? undefined : JSON.parse(redact(text))
  }
  try {
    return json(value)
  } catch {
    const entry = (inner: unknown) => {
      try {
        return json(inner)
      } catch {
        return redact(inspect(inner))
      }
    }
    return Object.fromEntries(Object.entries(value ?? {}).map(([key, inner]) => [key, entry(inner)]))
  }
}
