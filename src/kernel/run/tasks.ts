import type { RowVerdict } from '../../plugins/check.ts'
import type { Executor, Perform, Task, TaskPart } from '../../plugins/executor.ts'
import type { Deadlines } from '../deadline/deadlines.ts'
import { isTidegateError, TidegateError } from '../errors.ts'
import { withDescendants } from '../graph/graph.ts'
import { createRandom } from '../hash/random.ts'
import type { PartRecord } from '../parts/record.ts'
import type { Engine } from './engine.ts'
import type { InputPart, NodeState } from './node-state.ts'
import { requireUnchanged } from './require-unchanged.ts'
import type { AskVerdict } from './resolve.ts'
import { isPending } from './resolve.ts'
import { retainedGone } from './retained-gone.ts'
import { backoff, mayPass, sleep } from './retry.ts'
import { contentOf, headOf, type Missing, withIntermediates } from './task-head.ts'

/** Groups what is missing into tasks: one for each input part that is to be streamed, feeding every node that needs it. */
export function planTasks(
  engine: Engine,
  states: ReadonlyMap<string, NodeState>,
  missing: readonly Missing[],
  fingerprint: string,
): readonly Task[] {
  const groups = new Map<string, { readonly part: TaskPart | undefined; readonly members: Missing[] }>()
  const proven = new Set<string>()
  for (const item of missing) {
    const part = item.state.node.shape === 'whole' ? undefined : headOf(states, item)
    requireUnchanged(engine, states, part, item, proven)
    const key = part === undefined ? `whole/${item.state.node.name}` : JSON.stringify([part.node, part.output, part.id])
    const group = groups.get(key) ?? { part, members: [] }
    group.members.push(item)
    groups.set(key, group)
  }
  return [...groups.values()].map(({ part, members }) => taskOf(engine, states, part, members, fingerprint))
}

/** A task that only reads: the rows of one part of a node that keeps none. */
export function readingTask(
  engine: Engine,
  states: ReadonlyMap<string, NodeState>,
  state: NodeState,
  part: string,
): Task {
  const record = (state.section?.parts ?? []).find((own) => own.record.part === part)?.record
  const input: InputPart = { id: part, key: record?.input.key ?? '' }
  const head = headOf(states, { state, input })
  const task = taskOf(engine, states, head, [{ state, input }], '')
  const verdicts = withIntermediates(states, head, [state.node.name]).flatMap((name) => {
    const own = states.get(name)?.section?.parts.find((output) => output.record.part === part)?.record
    return Object.entries(own?.answers ?? {}).map(([check, verdict]) => [`${name}/${check}`, verdict] as const)
  })
  return { ...task, bases: {}, keep: [], verdicts: Object.fromEntries(verdicts) }
}

function taskOf(
  engine: Engine,
  states: ReadonlyMap<string, NodeState>,
  part: TaskPart | undefined,
  members: readonly Missing[],
  fingerprint: string,
): Task {
  const order = new Map(engine.graph.nodes.map((node, index) => [node.name, index]))
  const sorted = [...members].sort(
    (a, b) => (order.get(a.state.node.name) as number) - (order.get(b.state.node.name) as number),
  )
  const names = sorted.map(({ state }) => state.node.name)
  const passed = withIntermediates(states, part, names)
  const needed = new Set(passed.flatMap((name) => (states.get(name) as NodeState).node.wholes.map((edge) => edge.from)))
  const parents = sorted.flatMap(({ state, input }) =>
    isPending(input) ? [] : [[state.node.name, { key: input.key, ...contentOf(input) }] as const],
  )
  const { settings, graph } = engine
  return {
    config: { module: settings.module, env: settings.configEnv },
    pipeline: graph.pipeline,
    nodes: names,
    keep: sorted.flatMap(({ state }) => (state.kept && state.node.shape !== 'fold' ? [state.node.name] : [])),
    part,
    inputs: Object.fromEntries([...needed].map((name) => [name, (states.get(name) as NodeState).path as string])),
    parents: Object.fromEntries(parents),
    bases: Object.fromEntries(sorted.map(({ state }) => [state.node.name, state.base as string])),
    schemas: Object.fromEntries(
      [...new Set([...passed, ...passed.flatMap((name) => states.get(name)?.node.stream?.from ?? [])])].flatMap(
        (name) => schemaOf(states.get(name) as NodeState),
      ),
    ),
    verdicts: {},
    attempt: 1,
    ...(settings.paranoid ? { paranoid: true } : {}),
    runId: settings.runId,
    seed: settings.seed,
    now: settings.now,
    fingerprint,
  }
}

function schemaOf(state: NodeState): readonly (readonly [string, NonNullable<NodeState['schema']>])[] {
  const schema = state.section?.schema ?? state.schema
  return schema === undefined ? [] : [[state.node.name, schema]]
}

export type { Missing } from './task-head.ts'

export interface TaskOutcome {
  readonly records: Readonly<Record<string, PartRecord>>
  /** Nodes that failed in this task, with their error. */
  readonly failed: ReadonlyMap<string, TidegateError>
}

/** Submits a task until it is done: undecided checks are asked about, passing faults tried again, and a node that fails leaves the others. */
export async function runTask(
  engine: Engine,
  given: {
    readonly task: Task
    readonly executor: Executor
    readonly perform: Perform
    readonly ask: AskVerdict
    readonly signal: AbortSignal
    readonly progress: (node: string, rows: number) => void
    readonly deadlines?: Deadlines
  },
): Promise<TaskOutcome> {
  const { executor, signal, deadlines } = given
  const failed = new Map<string, TidegateError>()
  let task = given.task
  while (task.nodes.length > 0) {
    const own = deadlines?.signal(task.nodes, signal) ?? signal
    try {
      const late = deadlines?.halted(task.nodes)
      if (late !== undefined) throw late
      const result = await executor.submit(task, given.perform, own, given.progress)
      if (result.done) return { records: checked(task, result.records as unknown as TaskOutcome['records']), failed }
      if (result.undecided.every(({ node, check }) => task.verdicts[`${node}/${check}`] !== undefined))
        throw askedAgain(task, result.undecided)
      const verdicts: Record<string, RowVerdict> = { ...task.verdicts }
      for (const { node, check } of result.undecided) verdicts[`${node}/${check}`] = await given.ask(node, check)
      task = { ...task, verdicts }
    } catch (cause) {
      signal.throwIfAborted()
      const error = deadlines?.halted(task.nodes) ?? asTidegateError(engine, cause, task)
      const pause = retryPause(engine, task, error)
      if (pause !== undefined) {
        task = { ...task, attempt: task.attempt + 1 }
        // A deadline that halts ends the pause as well: the loop finds out which node it stops.
        await sleep(pause, own).catch(() => signal.throwIfAborted())
        continue
      }
      const culprit = culpritOf(engine, task, error)
      failed.set(culprit, error)
      const lost = withDescendants(engine.graph, [culprit])
      task = { ...task, nodes: task.nodes.filter((name) => !lost.has(name)), attempt: 1 }
    }
  }
  return { records: {}, failed }
}

/** What comes back must be what was asked for, or the run would ask for it for ever. */
function checked(task: Task, records: TaskOutcome['records']): TaskOutcome['records'] {
  const part = task.part?.id ?? 'all'
  const wrong = task.nodes.find((node) => records[node]?.node !== node || records[node]?.part !== part)
  if (wrong === undefined) return records
  throw new TidegateError(
    'EXECUTOR_FAILED',
    `The executor came back without the record of "${wrong}" for part ${part}`,
    {
      hint: 'An executor must do each task it is given; see executorContract in tidegate/testing.',
      data: { node: wrong, part },
    },
  )
}

/** An executor that does not hand the answers on would be asked for ever. */
function askedAgain(
  task: Task,
  undecided: readonly { readonly node: string; readonly check: string }[],
): TidegateError {
  const names = undecided.map(({ node, check }) => `${node}/${check}`).join(', ')
  return new TidegateError(
    'EXECUTOR_FAILED',
    `The executor came back undecided about ${names || 'nothing'}, which the task has the answer to`,
    {
      hint: 'An executor must hand over the whole task, `verdicts` included; see executorContract in tidegate/testing.',
      data: { node: task.nodes[0], undecided },
    },
  )
}

function asTidegateError(engine: Engine, cause: unknown, task: Task): TidegateError {
  const gone = retainedGone(engine, cause, task)
  if (gone !== undefined) return gone
  if (isTidegateError(cause)) return cause
  const what = task.part === undefined ? task.nodes.join(', ') : `${task.part.node}, part ${task.part.id}`
  return new TidegateError('STEP_FAILED', `${what} failed: ${cause instanceof Error ? cause.message : String(cause)}`, {
    hint: 'The cause has the native error.',
    data: { node: task.part?.node ?? task.nodes[0] },
    cause,
  })
}

/** The node an error speaks of; where it names none, the one whose rows were being read. */
function culpritOf(engine: Engine, task: Task, error: TidegateError): string {
  const named = error.data['node']
  if (typeof named === 'string' && engine.graph.byName.has(named)) {
    // Somebody's own error may name any node: one that this task does not stand on would leave the task as it is, for ever.
    const below = withDescendants(engine.graph, [named])
    if (task.nodes.some((name) => below.has(name))) return named
  }
  return task.part?.node ?? (task.nodes[0] as string)
}

/** Milliseconds to wait before the task is tried again, which is told; undefined where it is not. */
function retryPause(engine: Engine, task: Task, error: TidegateError): number | undefined {
  const node = engine.graph.byName.get(culpritOf(engine, task, error))
  const retry = node?.spec.gate.retry
  if (retry === undefined || task.attempt >= retry.attempts || !mayPass(error)) return undefined
  const delay = backoff(
    retry.backoff ?? 200,
    task.attempt,
    createRandom(`${task.runId}/${task.part?.id}/${task.attempt}`),
  )
  const { events, graph, settings } = engine
  events.emit({
    type: 'part.retried',
    at: settings.now,
    attempt: task.attempt,
    delay,
    error: { code: error.code, message: error.message },
    runId: task.runId,
    pipeline: graph.pipeline,
    node: node?.name ?? '',
    part: task.part?.id ?? 'all',
    span: `${task.runId}/${node?.name}`,
    parent: task.runId,
  })
  return delay
}
