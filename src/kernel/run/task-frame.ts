import type { ColumnTable } from 'arquero'
import type { RowLocal, Task } from '../../plugins/executor.ts'
import { parseDuration } from '../config/units.ts'
import { TidegateError } from '../errors.ts'
import type { GatePlan } from '../gate/gate-plan.ts'
import type { Edge, GraphNode } from '../graph/graph.ts'
import { hashJson } from '../hash/hash.ts'
import { type Dataset, openOutput, wholeTable } from './dataset.ts'
import type { Engine } from './engine.ts'
import { createRecordWriter, type RecordWriter } from './record-writer.ts'
import { createStepContext, type OwnContext } from './step-context.ts'
import { createStopwatch, type Stopwatch, type Watch } from './stopwatch.ts'

/** Side tables that tasks of one run share: by section, output and input name. */
export type Sides = Map<string, Promise<ColumnTable>>

/** What a task finds where it is performed. */
export interface TaskPlace {
  readonly sides: Sides
  /** Told of every call of a node's code. */
  readonly watch?: Watch | undefined
  /** Threads that may do row-local work. */
  readonly rowLocal?: RowLocal | undefined
}

/** What the rooms of one task share. What it holds open is given up together, however the task ends. */
export interface TaskFrame {
  readonly engine: Engine
  readonly task: Task
  readonly signal: AbortSignal
  readonly progress: (node: string, rows: number) => void
  readonly rowLocal: RowLocal | undefined
  node(name: string): GraphNode
  context(node: GraphNode, part: string): OwnContext
  /** One that begins anew, of which nothing is kept: whoever asks for it disposes of it. */
  freshContext(node: GraphNode, part: string): OwnContext
  stopwatch(node: GraphNode, part: string | undefined): Stopwatch
  writer(node: GraphNode, part: string): RecordWriter
  /** Unique in the workspace for this node, part and attempt. */
  fileName(node: string, part: string): string
  dataset(edge: Edge): Promise<Dataset>
  /** The whole inputs of a row-wise step, read once for all tasks of a run. */
  sideTables(node: GraphNode): Promise<Readonly<Record<string, ColumnTable>>>
  abort(): Promise<void>
  dispose(): Promise<void>
}

export function createTaskFrame(
  engine: Engine,
  task: Task,
  signal: AbortSignal,
  progress: TaskFrame['progress'],
  place: TaskPlace,
): TaskFrame {
  const { settings, graph, store } = engine
  const contexts: OwnContext[] = []
  const writers: RecordWriter[] = []
  const frame: TaskFrame = {
    engine,
    task,
    signal,
    progress,
    rowLocal: place.rowLocal,
    node(name) {
      const node = graph.byName.get(name)
      if (node === undefined)
        throw new TidegateError('NODE_UNKNOWN', `Pipeline "${graph.pipeline}" has no node "${name}"`)
      return node
    },
    context(node, part) {
      const own = frame.freshContext(node, part)
      contexts.push(own)
      return own
    },
    freshContext(node, part) {
      const { runId, now, seed } = task
      const { memory, threads } = settings
      return createStepContext({
        runId,
        now,
        seed,
        pipeline: graph.pipeline,
        node: node.name,
        identity: node.identity,
        part,
        signal,
        memory,
        threads,
        saves: node.shape === 'whole',
      })
    },
    stopwatch(node, part) {
      const { timeout } = node.spec.gate
      return createStopwatch(
        node.name,
        part,
        timeout === undefined ? undefined : parseDuration(timeout),
        signal,
        place.watch,
      )
    },
    writer(node, part) {
      const { name } = node
      const writer = createRecordWriter({
        store,
        pipeline: graph.pipeline,
        node: name,
        part,
        plan: engine.gates.get(name) as GatePlan,
        base: task.bases[name] as string,
        keep: task.keep.includes(name),
        name: frame.fileName(name, part),
        answers: (check) => task.verdicts[`${name}/${check}`],
        runId: task.runId,
      })
      writers.push(writer)
      return writer
    },
    fileName: (node, part) => hashJson([task.bases[node], part, task.runId, task.attempt, task.part?.key]),
    async dataset(edge) {
      const path = task.inputs[edge.from]
      if (path === undefined) throw new Error(`task without the section of ${edge.from}`)
      return openOutput(store, await store.getSection(path), edge.output)
    },
    async sideTables(node) {
      const tables: Record<string, ColumnTable> = {}
      for (const edge of node.wholes) tables[edge.name] = await sideTable(frame, edge, place.sides)
      return tables
    },
    async abort() {
      for (const writer of writers) await writer.abort()
    },
    async dispose() {
      for (const own of contexts) await own.dispose()
    },
  }
  return frame
}

function sideTable(frame: TaskFrame, edge: Edge, sides: Sides): Promise<ColumnTable> {
  const key = `${frame.task.inputs[edge.from]}/${edge.output}/${edge.name}`
  const known = sides.get(key)
  if (known !== undefined) return known
  const side = frame.dataset(edge).then((dataset) => wholeTable(dataset, edge.name, frame.signal))
  sides.set(key, side)
  // A table that could not be read is not remembered; whoever awaits it sees the error.
  side.catch(() => sides.delete(key))
  return side
}
