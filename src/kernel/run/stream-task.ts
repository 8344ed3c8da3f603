import type { TaskPart } from '../../plugins/executor.ts'
import type { Batch } from '../columns/batch.ts'
import { keyOf, outputIdentity, recipeOf } from '../parts/recipe.ts'
import { noCounts, type PartRecord } from '../parts/record.ts'
import type { TableSchema } from '../types.ts'
import { type Branch, createBranch } from './branch.ts'
import type { RecordWriter } from './record-writer.ts'
import { createRowFlow } from './row-flow.ts'
import type { TaskFrame } from './task-frame.ts'
import { openInput } from './task-input.ts'

/** Streams the input part once through every node that needs it, and makes their records. */
export async function runStreamTask(frame: TaskFrame, part: TaskPart): Promise<Readonly<Record<string, PartRecord>>> {
  const tree = await plant(frame, part)
  await flow(frame, part, tree.roots)
  return finish(frame, part, tree.branches)
}

/** Streams the rows that one node lets pass, and records nothing. */
export async function streamTo(
  frame: TaskFrame,
  part: TaskPart,
  node: string,
  sink: (batch: Batch) => Promise<void>,
): Promise<void> {
  const { roots, branches } = await plant(frame, part)
  const branch = branches.get(node) as Branch
  branch.sink = sink
  await flow(frame, part, roots)
}

export interface Tree {
  /** The nodes that take the input's rows. */
  readonly roots: readonly Branch[]
  readonly branches: ReadonlyMap<string, Branch>
}

/** The tree of nodes from the input part to every node that is wanted. */
export async function plant(frame: TaskFrame, part: TaskPart): Promise<Tree> {
  const roots: Branch[] = []
  const branches = new Map<string, Branch>()
  const add = async (name: string): Promise<Branch> => {
    const known = branches.get(name)
    if (known !== undefined) return known
    const node = frame.node(name)
    const branch = await createBranch(frame, node, part.id)
    branches.set(name, branch)
    const edge = node.stream
    if (edge === undefined || (part.stored !== undefined && edge.from === part.node)) roots.push(branch)
    else (await add(edge.from)).children.push(branch)
    return branch
  }
  for (const name of frame.task.nodes) await add(name)
  return { roots, branches }
}

async function flow(frame: TaskFrame, part: TaskPart, roots: readonly Branch[]): Promise<void> {
  // Every tree has a root; where a source is read, it is the only one.
  const [{ own }] = roots as [Branch]
  const rows = createRowFlow(frame, roots)
  try {
    for await (const chunk of openInput(frame, part, own)) {
      frame.signal.throwIfAborted()
      if ('rejected' in chunk) await rows.reject(chunk.rejected, frame.task.schemas[part.node] as TableSchema)
      else await rows.add(chunk)
    }
    await rows.finish()
  } finally {
    rows.close()
  }
}

async function finish(
  frame: TaskFrame,
  part: TaskPart,
  branches: ReadonlyMap<string, Branch>,
): Promise<Readonly<Record<string, PartRecord>>> {
  const { task, engine } = frame
  const records: Record<string, PartRecord> = {}
  for (const name of task.nodes) {
    const branch = branches.get(name) as Branch
    const { node } = branch
    const parent = node.stream === undefined ? undefined : records[node.stream.from]
    // Where the streamed parent has a record from before, the coordinator says which.
    const given = task.parents[name] ?? {
      key: part.key,
      ...(part.content === undefined ? {} : { content: part.content }),
    }
    const input = parent === undefined ? given : outputIdentity({ record: parent })
    if (branch.partial !== undefined) {
      const above = node.stream?.from as string
      records[name] = await finishPartial(
        frame,
        branch,
        part,
        input,
        branches.get(above)?.schema ?? task.schemas[above] ?? { fields: [] },
      )
    } else {
      const created = node.shape === 'source' ? (await engine.source(name)).read() : {}
      const read = { ...created, ...branch.own.read() }
      records[name] = await (branch.writer as RecordWriter).finish(
        branch.schema ?? task.schemas[name] ?? { fields: [] },
        read,
        input,
      )
    }
  }
  return records
}

async function finishPartial(
  frame: TaskFrame,
  branch: Branch,
  part: TaskPart,
  input: PartRecord['input'],
  empty: TableSchema,
): Promise<PartRecord> {
  const { store, graph } = frame.engine
  const { name } = branch.node
  const base = frame.task.bases[name] as string
  const finished = (branch.partial as NonNullable<Branch['partial']>).finish(empty)
  const writer = store.writeData(`${frame.fileName(name, part.id)}.partial`, finished.batch.schema)
  await writer.add(finished.batch)
  const data = await writer.finish()
  const recipe = recipeOf(base, part.id, input.key)
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
