import type { Batch } from '../columns/batch.ts'
import { TidegateError } from '../errors.ts'
import type { OutputName } from '../node.ts'
import { createQueue } from '../parts/queue.ts'
import type { Section } from '../parts/record.ts'
import { conform } from '../schema/conform.ts'
import { redactError } from '../secrets/redact-error.ts'
import { openOutput } from './dataset.ts'
import type { Engine } from './engine.ts'
import type { NodeState } from './node-state.ts'
import { streamNode } from './perform.ts'
import { readingTask } from './tasks.ts'

/** The rows of a node's output as this state left it; a fused node is computed while it is read, also when the run is over. */
export function readNode(
  engine: Engine,
  states: ReadonlyMap<string, NodeState>,
  name: string,
  output: OutputName,
  signal: AbortSignal,
): AsyncIterable<Batch> {
  const state = states.get(name) as NodeState
  const { section } = state
  if (section === undefined) throw state.error ?? nothingThere(state)
  if (output !== 'main') return redacted(engine, openOutput(engine.store, section, output).batches({ signal }))
  // Rows that a gate withheld are for people to look at in quarantine; nobody reads them as the node's output.
  if (state.phase === 'withheld') throw state.error ?? nothingThere(state)
  if (state.node.shape === 'target')
    return readNode(
      engine,
      states,
      state.node.inputs[0]?.from as string,
      state.node.inputs[0]?.output ?? 'main',
      signal,
    )
  return redacted(
    engine,
    section.parts.every((part) => part.record.data !== undefined)
      ? openOutput(engine.store, section, 'main').batches({ signal })
      : computed(engine, states, state, section, signal),
  )
}

/** What goes wrong while rows are read may quote a connector's secrets, as in a run. */
async function* redacted(engine: Engine, batches: AsyncIterable<Batch>): AsyncIterable<Batch> {
  try {
    yield* batches
  } catch (error) {
    throw redactError(error, engine.redact)
  }
}

async function* computed(
  engine: Engine,
  states: ReadonlyMap<string, NodeState>,
  state: NodeState,
  section: Section,
  signal: AbortSignal,
): AsyncIterable<Batch> {
  const release = engine.hold()
  try {
    yield* computedParts(engine, states, state, section, signal)
  } finally {
    await release()
  }
}

async function* computedParts(
  engine: Engine,
  states: ReadonlyMap<string, NodeState>,
  state: NodeState,
  section: Section,
  signal: AbortSignal,
): AsyncIterable<Batch> {
  const stored = openOutput(engine.store, section, 'main')
  for (const { record } of section.parts) {
    // What was corrected stands on its own, also where all other rows are computed while they are read.
    if (record.data !== undefined) {
      yield* stored.batchesOf(record.part, { signal })
      continue
    }
    const queue = createQueue<Batch>(1, () => 1)
    const task = readingTask(engine, states, state, record.part)
    const work = streamNode(engine, task, state.node.name, signal, (batch) => queue.push(batch)).then(
      queue.end,
      queue.fail,
    )
    try {
      for await (const batch of queue) yield conform(batch, section.schema, { node: state.node.name, nulls: 'leave' })
    } finally {
      queue.fail(new Error('nobody reads any more'))
      await work
    }
  }
}

function nothingThere(state: NodeState): TidegateError {
  return new TidegateError(
    'RUN_FAILED',
    `Node "${state.node.name}" has nothing committed: ${state.why === '' ? 'it was not run' : state.why}`,
    { hint: 'Run it first, or see what stopped it.' },
  )
}
