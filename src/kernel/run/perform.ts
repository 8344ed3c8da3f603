import type { ColumnTable } from 'arquero'
import type { Perform, Task, TaskPart } from '../../plugins/executor.ts'
import type { PartRef, RejectedRow } from '../../plugins/source.ts'
import type { RowWiseStep, WholeStep } from '../../plugins/step-kind.ts'
import type { Batch } from '../columns/batch.ts'
import type { Json } from '../context.ts'
import { TidegateError } from '../errors.ts'
import { createPartialBuilder, type PartialBuilder } from '../fold/partial.ts'
import type { GatePlan } from '../gate/gate-plan.ts'
import { createRowGate, Undecided } from '../gate/row-gate.ts'
import type { Edge, GraphNode } from '../graph/graph.ts'
import { hashJson } from '../hash/hash.ts'
import { observe } from '../observed/observe.ts'
import { parseDuration } from '../config/units.ts'
import { datasetIdentity, keyOf, outputIdentity, recipeOf } from '../parts/recipe.ts'
import { noCounts, type OutputPart, type PartRecord } from '../parts/record.ts'
import { conform } from '../schema/conform.ts'
import { declaredSchema } from '../schema/declared.ts'
import type { TableSchema } from '../types.ts'
import { callStep, isBatch, isTable, resultBatch } from './call-step.ts'
import { openMain, openQuarantine, readMain, readQuarantine, stepInput, wholeTable } from './dataset.ts'
import type { Engine } from './engine.ts'
import { compareBatchSizes } from './paranoid.ts'
import { createRecordWriter, type RecordWriter } from './record-writer.ts'
import { createStepContext, type OwnContext } from './step-context.ts'
import { createStopwatch, type Stopwatch } from './stopwatch.ts'

/** Makes the records of one task: streams the input part once through every node that needs it. */
export function createPerform(engine: Engine): Perform {
  const sides = new Map<string, Promise<ColumnTable>>()
  return async (task, signal, progress) => {
    const work = new TaskWork(engine, task, signal, progress, sides)
    try {
      return { done: true, records: (await work.run()) as unknown as Readonly<Record<string, Json>> }
    } catch (error) {
      await work.abort()
      if (error instanceof Undecided) return { done: false, undecided: [{ node: error.node, check: error.check }] }
      throw error
    } finally {
      await work.dispose()
    }
  }
}

/** Streams the rows of one node for one part without recording anything: how a fused node is read. */
export async function streamNode(engine: Engine, task: Task, node: string, signal: AbortSignal, sink: (batch: Batch) => Promise<void>): Promise<void> {
  const work = new TaskWork(engine, task, signal, () => undefined, new Map())
  try {
    await work.stream(node, sink)
  } finally {
    await work.dispose()
  }
}

/** One node at work inside a task. */
interface Branch {
  readonly node: GraphNode
  readonly own: OwnContext
  readonly transform: ((batch: Batch) => Promise<Batch>) | undefined
  /** Lets rows through the gate and, where a record is made, writes it. */
  readonly gate: Pick<RecordWriter, 'accept' | 'reject'> | undefined
  readonly writer: RecordWriter | undefined
  readonly partial: PartialBuilder | undefined
  readonly children: Branch[]
  sink?: (batch: Batch) => Promise<void>
  schema: TableSchema | undefined
}

/** A class for one reason: what a task holds open must be given up together, however it ends. */
class TaskWork {
  readonly #engine: Engine
  readonly #task: Task
  readonly #signal: AbortSignal
  readonly #progress: (node: string, rows: number) => void
  readonly #sides: Map<string, Promise<ColumnTable>>
  readonly #branches = new Map<string, Branch>()

  constructor(engine: Engine, task: Task, signal: AbortSignal, progress: (node: string, rows: number) => void, sides: Map<string, Promise<ColumnTable>>) {
    this.#engine = engine
    this.#task = task
    this.#signal = signal
    this.#progress = progress
    this.#sides = sides
  }

  async run(): Promise<Readonly<Record<string, PartRecord>>> {
    const { part } = this.#task
    if (part === undefined) return this.#whole()
    await this.#flow(part, await this.#plant(part))
    return this.#finish(part)
  }

  async stream(node: string, sink: (batch: Batch) => Promise<void>): Promise<void> {
    const part = this.#task.part as TaskPart
    const roots = await this.#plant(part)
    const branch = this.#branches.get(node) as Branch
    branch.sink = sink
    await this.#flow(part, roots)
  }

  async #flow(part: TaskPart, roots: readonly Branch[]): Promise<void> {
    for await (const chunk of this.#open(part)) {
      this.#signal.throwIfAborted()
      if ('rejected' in chunk) for (const root of roots) await root.gate?.reject(chunk.rejected, this.#task.schemas[part.node] as TableSchema)
      else for (const root of roots) await this.#push(root, chunk)
    }
  }

  async abort(): Promise<void> {
    for (const { writer } of this.#branches.values()) await writer?.abort()
  }

  async dispose(): Promise<void> {
    for (const { own } of this.#branches.values()) await own.dispose()
  }

  /** Builds the tree of nodes from the input part to every node whose record is wanted. Its roots take the input's rows. */
  async #plant(part: TaskPart): Promise<readonly Branch[]> {
    const roots: Branch[] = []
    const plant = async (name: string): Promise<Branch> => {
      const known = this.#branches.get(name)
      if (known !== undefined) return known
      const node = this.#node(name)
      const branch = await this.#branch(node, part.id)
      this.#branches.set(name, branch)
      const edge = node.stream
      if (edge === undefined || (part.stored !== undefined && edge.from === part.node)) roots.push(branch)
      else (await plant(edge.from)).children.push(branch)
      return branch
    }
    for (const name of this.#task.nodes) await plant(name)
    return roots
  }

  async #branch(node: GraphNode, part: string): Promise<Branch> {
    const task = this.#task
    const own = this.#context(node, part)
    if (node.shape === 'fold') {
      const fold = await this.#engine.step(node.name)
      if (fold.shape !== 'fold') throw new Error(`${node.name} is no folding step`)
      return { node, own, transform: undefined, gate: undefined, writer: undefined, partial: createPartialBuilder(node.name, fold), children: [], schema: undefined }
    }
    const plan = this.#engine.gates.get(node.name) as GatePlan
    const answers = (check: string) => task.verdicts[`${node.name}/${check}`]
    const base = task.bases[node.name]
    const transform = node.shape === 'row-wise' ? await this.#transform(node, own) : undefined
    if (!task.nodes.includes(node.name) || base === undefined) {
      const gate = createRowGate({ node: node.name, part, plan, answers })
      const pass = { accept: async (batch: Batch) => gate.pass(batch).passed, reject: async (...given: Parameters<RecordWriter['reject']>) => void gate.reject(...given) }
      return { node, own, transform, gate: pass, writer: undefined, partial: undefined, children: [], schema: undefined }
    }
    const writer = this.#writer(node, part, plan, base)
    return { node, own, transform, gate: writer, writer, partial: undefined, children: [], schema: undefined }
  }

  #writer(node: GraphNode, part: string, plan: GatePlan, base: string): RecordWriter {
    const { store, graph } = this.#engine
    const answers = (check: string) => this.#task.verdicts[`${node.name}/${check}`]
    const keep = this.#task.keep.includes(node.name)
    return createRecordWriter({ store, pipeline: graph.pipeline, node: node.name, part, plan, base, keep, name: this.#fileName(node.name, part), answers })
  }

  #fileName(node: string, part: string): string {
    const { runId, attempt, bases } = this.#task
    return hashJson([bases[node], part, runId, attempt, this.#task.part?.key])
  }

  async #transform(node: GraphNode, own: OwnContext): Promise<(batch: Batch) => Promise<Batch>> {
    const step = (await this.#engine.step(node.name)) as RowWiseStep
    const sides = await this.#sideTables(node)
    const schema = declaredSchema(node.spec.schema, this.#task.schemas[node.name])
    const part = this.#task.part?.id
    const stopwatch = this.#stopwatch(node, part)
    const once = async (batch: Batch) => {
      const input = observe(batch, { input: '', rowWise: true, node: node.name })
      const result = await callStep(own.context, part, stopwatch, () => step.run(input, sides, own.context))
      return resultBatch(node.name, result, schema)
    }
    return this.#engine.settings.paranoid ? (batch) => compareBatchSizes(node.name, batch, once) : once
  }

  async #sideTables(node: GraphNode): Promise<Readonly<Record<string, ColumnTable>>> {
    const tables: Record<string, ColumnTable> = {}
    for (const edge of node.wholes) {
      const key = `${this.#task.inputs[edge.from]}/${edge.output}/${edge.name}`
      let side = this.#sides.get(key)
      if (side === undefined) {
        side = this.#dataset(edge).then((dataset) => wholeTable(dataset, edge.name, this.#signal))
        this.#sides.set(key, side)
        side.catch(() => this.#sides.delete(key))
      }
      tables[edge.name] = await side
    }
    return tables
  }

  async #push(branch: Branch, batch: Batch): Promise<void> {
    this.#progress(branch.node.name, batch.length)
    if (branch.partial !== undefined) {
      branch.partial.add(batch)
      return
    }
    const made = branch.transform === undefined ? batch : await branch.transform(batch)
    branch.schema ??= made.schema
    const passed = (await branch.gate?.accept(made)) ?? made
    if (passed.length === 0) return
    await branch.sink?.(passed)
    for (const child of branch.children) await this.#push(child, passed)
  }

  #open(part: TaskPart): AsyncIterable<Batch | Rejected> {
    if (part.ref !== undefined) return this.#source(part, part.ref)
    const stored = part.stored as NonNullable<TaskPart['stored']>
    // Made by the coordinator from an `OutputPart`; it is JSON on its way here.
    const own = stored.part as unknown as OutputPart
    const options = { signal: this.#signal }
    const read = part.output === 'quarantine' ? readQuarantine(this.#engine.store, own, options) : readMain(this.#engine.store, own, options)
    return conformed(read, stored.schema, part)
  }

  async *#source(part: TaskPart, ref: PartRef): AsyncIterable<Batch | Rejected> {
    const { source } = await this.#engine.source(part.node)
    const schema = this.#task.schemas[part.node]
    const stopwatch = this.#stopwatch(this.#node(part.node), part.id)
    const chunks = source.open(ref, { schema, batchRows: this.#engine.settings.batchRows, signal: this.#signal })[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await stopwatch.race(() => chunks.next())
        if (next.done === true) return
        const chunk = next.value
        if (isTable(chunk)) yield through(resultBatch(part.node, chunk, undefined), schema, part)
        else if (isBatch(chunk)) yield through(chunk, schema, part)
        else yield chunk as Rejected
      }
    } finally {
      await chunks.return?.()
    }
  }

  #stopwatch(node: GraphNode, part: string | undefined): Stopwatch {
    const { timeout } = node.spec.gate
    return createStopwatch(node.name, part, timeout === undefined ? undefined : parseDuration(timeout))
  }

  async #dataset(edge: Edge) {
    const path = this.#task.inputs[edge.from]
    if (path === undefined) throw new Error(`task without the section of ${edge.from}`)
    const section = await this.#engine.store.getSection(path)
    return edge.output === 'quarantine' ? openQuarantine(this.#engine.store, section) : openMain(this.#engine.store, section)
  }

  async #finish(part: TaskPart): Promise<Readonly<Record<string, PartRecord>>> {
    const records: Record<string, PartRecord> = {}
    for (const name of this.#task.nodes) {
      const branch = this.#branches.get(name) as Branch
      const parent = branch.node.stream === undefined ? undefined : records[branch.node.stream.from]
      const input = parent === undefined ? this.#inputOf(branch, part) : outputIdentity({ record: parent })
      const empty = branch.schema ?? this.#task.schemas[name] ?? { fields: [] }
      records[name] = branch.partial === undefined ? await (branch.writer as RecordWriter).finish(empty, await this.#read(branch), input) : await this.#finishPartial(branch, branch.partial, part, input)
    }
    return records
  }

  /** What the node's code looked at of the run context. */
  async #read(branch: Branch): Promise<PartRecord['read']> {
    return branch.node.shape === 'source' ? (await this.#engine.source(branch.node.name)).read() : branch.own.read()
  }

  /** The identity of a node's input where its streamed parent has a record from before: given by the coordinator. */
  #inputOf(branch: Branch, part: TaskPart): { readonly key: string; readonly content?: string } {
    return this.#task.parents[branch.node.name] ?? { key: part.key, ...(part.content === undefined ? {} : { content: part.content }) }
  }

  async #finishPartial(branch: Branch, builder: PartialBuilder, part: TaskPart, input: PartRecord['input']): Promise<PartRecord> {
    const { store, graph } = this.#engine
    const name = branch.node.name
    const base = this.#task.bases[name] as string
    const parent = branch.node.stream?.from as string
    const finished = builder.finish(this.#branches.get(parent)?.schema ?? this.#task.schemas[parent] ?? { fields: [] })
    const recipe = recipeOf(base, part.id, input.key)
    const writer = store.writeData(`${this.#fileName(name, part.id)}.partial`, finished.batch.schema)
    await writer.add(finished.batch)
    const data = await writer.finish()
    const beyond = { answers: {}, read: {} }
    const record: PartRecord = {
      version: 1,
      pipeline: graph.pipeline,
      node: name,
      part: part.id,
      recipe,
      key: keyOf(recipe, beyond),
      base,
      input,
      ...beyond,
      schema: finished.schema,
      counts: noCounts,
      checks: {},
      samples: {},
      measures: {},
      condemn: {},
      partial: { ...data, slices: finished.slices },
    }
    await store.putRecord(record)
    return record
  }

  /** A step over whole tables: one record, keyed by all its inputs. */
  async #whole(): Promise<Readonly<Record<string, PartRecord>>> {
    const name = this.#task.nodes[0] as string
    const node = this.#node(name)
    const own = this.#context(node, 'all')
    const plan = this.#engine.gates.get(name) as GatePlan
    const inputs: Record<string, ReturnType<typeof stepInput>> = {}
    const identities: { id: string; key: string; content?: string }[] = []
    for (const edge of node.wholes) {
      const dataset = await this.#dataset(edge)
      inputs[edge.name] = stepInput(dataset, edge.name, this.#signal)
      identities.push({ id: edge.name, ...datasetIdentity(dataset.parts.map(({ id, part }) => ({ id, ...outputIdentity(part) }))) })
    }
    const input = this.#task.parents[name] ?? datasetIdentity(identities)
    const writer = this.#writer(node, 'all', plan, this.#task.bases[name] as string)
    const stopwatch = this.#stopwatch(node, undefined)
    this.#branches.set(name, { node, own, transform: undefined, gate: writer, writer, partial: undefined, children: [], schema: undefined })
    const step = (await this.#engine.step(name)) as WholeStep
    const schema = declaredSchema(node.spec.schema, this.#task.schemas[name])
    const result = await callStep(own.context, undefined, stopwatch, () => step.compute(inputs, own.context))
    let empty: TableSchema | undefined
    for await (const chunk of isTable(result) || !isIterable(result) ? [result] : iterate(own, stopwatch, result)) {
      this.#signal.throwIfAborted()
      const batch = resultBatch(name, chunk, schema)
      empty ??= batch.schema
      this.#progress(name, batch.length)
      await writer.accept(schema === undefined ? batch : conform(batch, schema, { node: name, nulls: 'leave' }))
    }
    return { [name]: await writer.finish(empty ?? schema ?? { fields: [] }, own.read(), input) }
  }

  #context(node: GraphNode, part: string): OwnContext {
    const { settings, graph } = this.#engine
    const { runId, now, seed } = this.#task
    return createStepContext({ runId, now, seed, pipeline: graph.pipeline, node: node.name, identity: node.identity, part, signal: this.#signal, memory: settings.memory, threads: settings.threads })
  }

  #node(name: string): GraphNode {
    const node = this.#engine.graph.byName.get(name)
    if (node === undefined) throw new TidegateError('NODE_UNKNOWN', `Pipeline "${this.#engine.graph.pipeline}" has no node "${name}"`)
    return node
  }
}

function through(batch: Batch, schema: TableSchema | undefined, part: TaskPart): Batch {
  return schema === undefined ? batch : conform(batch, schema, { node: part.node, part: part.id, nulls: 'leave' })
}

interface Rejected {
  readonly rejected: readonly RejectedRow[]
}

async function* conformed(batches: AsyncIterable<Batch>, schema: TableSchema, part: TaskPart): AsyncIterable<Batch> {
  for await (const batch of batches) yield through(batch, schema, part)
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

/** Errors of a step that yields its rows are errors of the step. */
async function* iterate(own: OwnContext, stopwatch: Stopwatch, chunks: AsyncIterable<unknown>): AsyncIterable<unknown> {
  const iterator = chunks[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await callStep(own.context, undefined, stopwatch, () => iterator.next())
      if (next.done === true) return
      yield next.value
    }
  } finally {
    await iterator.return?.()
  }
}
