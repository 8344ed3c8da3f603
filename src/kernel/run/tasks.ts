import type { RowVerdict } from '../../plugins/check.ts'
import type { Executor, Perform, Task, TaskPart } from '../../plugins/executor.ts'
import type { Json } from '../context.ts'
import { isTidegateError, TidegateError } from '../errors.ts'
import { withDescendants } from '../graph/graph.ts'
import { createRandom } from '../hash/random.ts'
import type { PartRecord } from '../parts/record.ts'
import { outputSchema } from './dataset.ts'
import type { Engine } from './engine.ts'
import type { InputPart, NodeState } from './node-state.ts'
import type { AskVerdict } from './resolve.ts'
import { isPending } from './resolve.ts'
import { backoff, mayPass, sleep } from './retry.ts'

/** A part whose records are missing, and where its rows can be had. */
export interface Missing {
  readonly state: NodeState
  readonly input: InputPart
}

/** Groups what is missing into tasks: one for each input part that is to be streamed, feeding every node that needs it. */
export function planTasks(
  engine: Engine,
  states: ReadonlyMap<string, NodeState>,
  missing: readonly Missing[],
  fingerprint: string,
): readonly Task[] {
  const groups = new Map<string, { readonly part: TaskPart | undefined; readonly members: Missing[] }>()
  for (const item of missing) {
    const part = item.state.node.shape === 'whole' ? undefined : headOf(states, item)
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

/** The nearest place upstream where the rows of a part stand: the records of a kept node, or the source itself. */
function headOf(states: ReadonlyMap<string, NodeState>, { state, input }: Missing): TaskPart {
  const edge = state.node.stream
  if (edge === undefined) return sourcePart(state, input.id)
  const parent = states.get(edge.from) as NodeState
  const stored = parent.section?.parts.find((part) => part.record.part === input.id)
  if (stored !== undefined && (edge.output !== 'main' || stored.record.data !== undefined)) {
    const section = parent.section as NonNullable<NodeState['section']>
    return {
      node: edge.from,
      output: edge.output,
      id: input.id,
      key: input.key,
      ...contentOf(input),
      stored: { part: stored as unknown as Json, schema: outputSchema(section.schema, edge.output) },
    }
  }
  const record = parent.records.get(input.id)
  if (record?.data !== undefined && parent.kept && parent.node.shape === 'row-wise') {
    return {
      node: edge.from,
      output: 'main',
      id: input.id,
      key: input.key,
      ...contentOf(input),
      stored: { part: { record } as unknown as Json, schema: record.schema },
    }
  }
  return headOf(states, { state: parent, input: parent.inputs?.find((part) => part.id === input.id) as InputPart })
}

function contentOf(input: InputPart): { readonly content?: string } {
  return input.content === undefined ? {} : { content: input.content }
}

function sourcePart(state: NodeState, id: string): TaskPart {
  const ref = state.listing?.find((part) => part.id === id)
  if (ref === undefined)
    throw new TidegateError(
      'WORKSPACE_CORRUPT',
      `The rows of part "${id}" of source "${state.node.name}" are needed, but the source does not list it any more`,
      { hint: 'Run without --from, or keep the node that needs it (`keep: true`).' },
    )
  return { node: state.node.name, output: 'main', id, key: ref.fingerprint, ref }
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
    config: { module: settings.module, env: settings.env },
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

/** The nodes of a task and those between them and its input part. */
function withIntermediates(
  states: ReadonlyMap<string, NodeState>,
  part: TaskPart | undefined,
  names: readonly string[],
): readonly string[] {
  const found = new Set<string>()
  for (const name of names) {
    for (
      let at: string | undefined = name;
      at !== undefined && !found.has(at);
      at = (states.get(at) as NodeState).node.stream?.from
    ) {
      if (at === part?.node && part.stored !== undefined) break
      found.add(at)
    }
  }
  return [...found]
}

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
  },
): Promise<TaskOutcome> {
  const { executor, signal } = given
  const failed = new Map<string, TidegateError>()
  let task = given.task
  while (task.nodes.length > 0) {
    try {
      const result = await executor.submit(task, given.perform, signal, given.progress)
      if (result.done) return { records: checked(task, result.records as unknown as TaskOutcome['records']), failed }
      if (result.undecided.every(({ node, check }) => task.verdicts[`${node}/${check}`] !== undefined))
        throw askedAgain(task, result.undecided)
      const verdicts: Record<string, RowVerdict> = { ...task.verdicts }
      for (const { node, check } of result.undecided) verdicts[`${node}/${check}`] = await given.ask(node, check)
      task = { ...task, verdicts }
    } catch (cause) {
      signal.throwIfAborted()
      const error = asTidegateError(cause, task)
      if (await retried(engine, task, error, signal)) {
        task = { ...task, attempt: task.attempt + 1 }
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

function asTidegateError(cause: unknown, task: Task): TidegateError {
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

async function retried(engine: Engine, task: Task, error: TidegateError, signal: AbortSignal): Promise<boolean> {
  const node = engine.graph.byName.get(culpritOf(engine, task, error))
  const retry = node?.spec.gate.retry
  if (retry === undefined || task.attempt >= retry.attempts || !mayPass(error)) return false
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
  await sleep(delay, signal)
  return true
}
