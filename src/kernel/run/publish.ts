import { tellBeforeStep } from '../../hooks/ask.ts'
import type { Publication, Published, Target } from '../../plugins/target.ts'
import { parseDuration } from '../config/units.ts'
import type { Deadlines } from '../deadline/deadlines.ts'
import { isTidegateError, TidegateError } from '../errors.ts'
import { hashJson } from '../hash/hash.ts'
import type { OutputName } from '../node.ts'
import { outputIdentity } from '../parts/recipe.ts'
import { noCounts, type Section } from '../parts/record.ts'
import { redactError } from '../secrets/redact-error.ts'
import { openOutput } from './dataset.ts'
import type { Engine } from './engine.ts'
import type { NodeState } from './node-state.ts'
import { sectionIdentity } from './resolve.ts'
import { retrying } from './retry.ts'
import { createStopwatch, endsWithin } from './stopwatch.ts'

export interface PublishRequest {
  readonly full: boolean
  /** Targets to publish again whatever the log says of them. */
  readonly doubtful: ReadonlySet<string>
  /** The other environment that the results go into: what targets show belongs to the environment of the config, and stays. */
  readonly into: string | undefined
  readonly signal: AbortSignal
  /** Milliseconds, for durations only. */
  readonly clock: () => number
  readonly deadlines?: Deadlines
}

/** Publishes every target whose input is committed and differs from what was published. A failing target keeps what it showed before. */
export async function publishTargets(
  engine: Engine,
  states: ReadonlyMap<string, NodeState>,
  request: PublishRequest,
): Promise<void> {
  const { signal, clock, deadlines } = request
  for (const state of states.values()) {
    if (state.node.shape !== 'target' || state.phase !== 'open') continue
    if (request.into !== undefined) {
      state.phase = 'skipped'
      state.status = 'skipped'
      state.why = `not published: the run goes into ${request.into}`
      continue
    }
    const edge = state.node.inputs[0] as NodeState['node']['inputs'][number]
    const input = states.get(edge.from) as NodeState
    if (input.phase !== 'settled' || input.section === undefined) {
      state.phase = input.phase === 'withheld' ? 'withheld' : 'skipped'
      state.status = input.phase === 'withheld' ? 'withheld' : 'skipped'
      state.why = `${edge.from} ${input.phase === 'withheld' ? 'was withheld' : 'has nothing committed'}`
      continue
    }
    const { name } = state.node
    try {
      const late = deadlines?.halted([name])
      if (late !== undefined) throw late
      const own = deadlines?.signal([name], signal) ?? signal
      await publish(engine, state, input.section, edge.output, { ...request, signal: own })
      // What is published cannot be taken back: late, but done.
      deadlines?.done(name, true)
    } catch (cause) {
      signal.throwIfAborted()
      const late = deadlines?.halted([name])
      state.phase = late === undefined ? 'failed' : 'withheld'
      state.status = state.phase
      state.ended = clock()
      state.error = redactError(late ?? publishError(name, cause), engine.redact)
    }
  }
}

function publishError(node: string, cause: unknown): TidegateError {
  if (isTidegateError(cause)) return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new TidegateError('TARGET_FAILED', `Target "${node}" could not publish: ${reason}`, {
    hint: 'What it showed before is still there; run again to publish.',
    data: { node },
    cause,
  })
}

async function publish(
  engine: Engine,
  state: NodeState,
  input: Section,
  output: OutputName,
  { full, doubtful, signal, clock }: PublishRequest,
): Promise<void> {
  const { node } = state
  const target = await engine.target(node.name)
  const identity = sectionIdentity(input, output)
  const snapshot = identity.content ?? identity.key
  const options = hashJson(JSON.stringify(engine.options(node.name)))
  const before = state.previous?.published
  const same = before?.snapshot === snapshot && state.previous?.ingredients['options'] === options
  if (same && !full && !doubtful.has(node.name) && ((await target.intact?.(snapshot, before.state)) ?? true)) {
    state.section = state.previous
    state.path = state.previousPath
    state.phase = 'settled'
    state.status = 'up to date'
    state.why = 'nothing changed'
    return
  }
  state.why =
    before === undefined
      ? 'first run'
      : same
        ? 'what was published is gone'
        : before.snapshot === snapshot
          ? 'its options changed'
          : `${node.inputs[0]?.from} changed`
  state.started = clock()
  const { graph, settings, events } = engine
  const span = {
    runId: settings.runId,
    pipeline: graph.pipeline,
    node: node.name,
    span: `${settings.runId}/${node.name}`,
    parent: settings.runId,
  }
  events.emit({ type: 'node.started', at: state.started, parts: 1, ...span })
  await tellBeforeStep(engine.hooks, {
    pipeline: graph.pipeline,
    node: node.name,
    kind: node.spec.uses.name,
    runId: settings.runId,
    env: settings.env,
  })
  const published = await commitWithRetry(engine, state, target, signal, (own) =>
    publicationOf(engine, state, input, output, snapshot, own),
  )
  state.ended = clock()
  state.bytes = published.bytes
  state.section = sectionOf(engine, state, input, target.location, published, snapshot, options)
  state.path = await engine.store.putSection(state.section)
  state.phase = 'settled'
  state.status = 'published'
}

function publicationOf(
  engine: Engine,
  state: NodeState,
  input: Section,
  output: OutputName,
  snapshot: string,
  signal: AbortSignal,
): Publication {
  const dataset = openOutput(engine.store, input, output)
  const previous = state.previous?.published?.state
  return {
    pipeline: engine.graph.pipeline,
    node: state.node.name,
    snapshot,
    schema: dataset.schema,
    rows: dataset.rows,
    parts: dataset.parts.map(({ id, rows, part }) => {
      const { key, content } = outputIdentity(part)
      return {
        id,
        key: hashJson([content ?? key, output, dataset.schema]),
        rows,
        batches: () => dataset.batchesOf(id, { signal }),
      }
    }),
    batches: () => dataset.batches({ signal }),
    ...(previous === undefined ? {} : { previous }),
    signal,
  }
}

/** Each attempt has a signal of its own, so that one that is given up ends before the next begins. */
function commitWithRetry(
  engine: Engine,
  state: NodeState,
  target: Target,
  signal: AbortSignal,
  publication: (signal: AbortSignal) => Publication,
): Promise<Published> {
  const { node } = state
  const { timeout } = node.spec.gate
  const limit = timeout === undefined ? undefined : parseDuration(timeout)
  return retrying(node, engine.settings.runId, signal, async () => {
    const attempt = new AbortController()
    let call: Promise<Published> | undefined
    try {
      return await createStopwatch(node.name, undefined, limit, signal).race(() => {
        call = target.commit(publication(AbortSignal.any([signal, attempt.signal])))
        return call
      })
    } catch (error) {
      attempt.abort(error)
      if (!(await endsWithin(call, grace))) engine.log.warn(`target "${node.name}" does not listen to its signal`)
      throw error
    }
  })
}

/** Milliseconds that a commit which was given up has to end. */
const grace = 5_000

function sectionOf(
  engine: Engine,
  state: NodeState,
  input: Section,
  location: string,
  published: Published,
  snapshot: string,
  options: string,
): Section {
  const { node } = state
  return {
    version: 1,
    pipeline: engine.graph.pipeline,
    node: node.name,
    kind: node.spec.uses.name,
    runId: engine.settings.runId,
    at: engine.settings.now,
    kept: false,
    base: '',
    ingredients: { options },
    schema: input.schema,
    parts: [],
    order: input.order,
    location,
    lineage: input.schema.fields.map(({ name }) => ({
      column: name,
      sources: [{ input: '', column: name }],
      how: 'identity',
    })),
    inputs: Object.fromEntries(
      node.inputs.map((edge) => [edge.name, `${edge.from}${edge.output === 'main' ? '' : `.${edge.output}`}`]),
    ),
    counts: { ...noCounts, rowsIn: published.rows, rowsOut: published.rows },
    checks: [],
    snapshot,
    duration: (state.ended ?? 0) - (state.started ?? 0),
    bytes: published.bytes,
    published: {
      snapshot,
      rows: published.rows,
      bytes: published.bytes,
      files: published.files,
      ...(published.state === undefined ? {} : { state: published.state }),
    },
  }
}
