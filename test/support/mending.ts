import * as aq from 'arquero'
import {
  type Config,
  declaredSchema,
  defineConfig,
  defineSource,
  LineageStore,
  type Node,
  provide,
  table,
  Workspace,
} from 'tidegate'
import { z } from 'zod'
import type { columnOf } from '../../src/kernel/columns/batch.ts'
import { toBatch } from '../../src/kernel/columns/from-table.ts'
import { applyCorrectedRows } from '../../src/kernel/corrections/apply.ts'
import { dismissRows } from '../../src/kernel/corrections/dismiss.ts'
import type { Pipeline } from '../../src/kernel/define/pipeline.ts'
import { hashJson } from '../../src/kernel/hash/hash.ts'
import { listQuarantine, type RowSelection, withQuarantine } from '../../src/kernel/inspect/quarantine.ts'
import { createKernel, type Kernel } from '../../src/kernel/kernel.ts'
import { readNode } from '../../src/kernel/run/read-node.ts'
import { type RunOutcome, type RunRequest, runPipeline } from '../../src/kernel/run/run-pipeline.ts'
import { createMemoryLineage } from '../../src/plugins/defaults/memory-lineage.ts'
import { createMemoryWorkspace } from './memory-workspace.ts'

export interface Cells {
  readonly _key?: string | undefined
  readonly [name: string]: unknown
}
type Rejects = readonly { readonly row: number; readonly reason: string; readonly raw: string }[]

/** Parts of a source that a test changes as it likes; `bad` are rows that cannot be parsed. */
export type Parts = Record<string, { readonly rows: readonly Cells[]; readonly bad?: Rejects }>

/** A source over parts that a test changes, of one schema. */
export function sourceOf<S extends z.ZodObject>(schema: S, parts: () => Parts, gate: object = {}): Node<z.output<S>> {
  const kind = defineSource({
    name: 'test/parts',
    options: z.object({}),
    create: () => ({
      listing: 'complete' as const,
      async *discover() {
        for (const [id, part] of Object.entries(parts())) yield { id, fingerprint: hashJson(part) }
      },
      describe: async () => declaredSchema(schema),
      async *open(ref: { readonly id: string }) {
        const { rows, bad } = parts()[ref.id] ?? { rows: [] }
        const names = Object.keys(schema.shape)
        yield table(
          schema,
          Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name] ?? null)])) as never,
        )
        if (bad !== undefined) yield { rejected: bad }
      },
    }),
  })
  return (kind as unknown as (options: object) => Node<z.output<S>>)({ schema, allowVanishing: true, ...gate })
}

export interface Mending {
  /** All that there is. */
  readonly objects: Map<string, Uint8Array>
  readonly lineage: LineageStore
  run(request?: RunRequest): Promise<RunOutcome>
  /** Rows of an output of the newest run. */
  rows(node: string, output?: 'main' | 'quarantine'): Promise<readonly Cells[]>
  /** Rows in quarantine with their lives. */
  story(node: string, selection?: RowSelection): Promise<readonly Cells[]>
  list(): Promise<Awaited<ReturnType<typeof listQuarantine>>>
  apply(node: string, rows: readonly Cells[], by?: string): ReturnType<typeof applyCorrectedRows>
  dismiss(node: string, request: Parameters<typeof dismissRows>[2]): ReturnType<typeof dismissRows>
  kernel<T>(act: (kernel: Kernel) => Promise<T>): Promise<T>
  last(): RunOutcome
}

/** A pipeline over a workspace in memory, with all that people do to its bad rows. */
export function mending(
  pipelineOf: () => Pipeline<Record<string, Node>>,
  given: { readonly config?: Partial<Config>; readonly workspace?: (inner: Workspace) => Workspace } = {},
): Mending {
  const objects = new Map<string, Uint8Array>()
  const lineage = createMemoryLineage()
  let outcome: RunOutcome | undefined
  const signal = new AbortController().signal
  const kernelOf = async <T>(act: (kernel: Kernel) => Promise<T>): Promise<T> => {
    const inner = createMemoryWorkspace(objects)
    const config = defineConfig(() => ({
      pipelines: { p: pipelineOf() },
      workspace: provide(Workspace, {
        name: 'test/workspace',
        create: () => given.workspace?.(inner) ?? inner,
      })(),
      lineage: provide(LineageStore, { name: 'test/lineage', create: () => lineage })(),
      ...given.config,
    }))
    const kernel = await createKernel(config as never, { folder: '/', pipelines: ['p'], log: 'silent' })
    try {
      return await act(kernel)
    } finally {
      await kernel.dispose()
    }
  }
  const at = (node: string) => ({ pipeline: 'p', node, output: 'main' as const })
  return {
    objects,
    lineage,
    kernel: kernelOf,
    last: () => outcome as RunOutcome,
    async run(request = {}) {
      outcome = await kernelOf((kernel) => runPipeline(kernel, 'p', request))
      return outcome
    },
    async rows(node, output = 'main') {
      const found: Cells[] = []
      const { engine, states } = outcome as RunOutcome
      for await (const batch of readNode(engine, states, node, output, signal))
        for (const cells of cellsOf(batch)) found.push(cells)
      return found
    },
    story: (node, selection = {}) =>
      kernelOf((kernel) =>
        withQuarantine(kernel, at(node), selection, signal, async (opened) => {
          const found: Cells[] = []
          for await (const batch of opened?.rows() ?? []) for (const cells of cellsOf(batch)) found.push(cells)
          return found
        }),
      ),
    list: () => kernelOf((kernel) => listQuarantine(kernel, 'p', signal)),
    apply: (node, rows, by) =>
      kernelOf((kernel) =>
        applyCorrectedRows(
          kernel,
          at(node),
          (accept) => {
            const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
            const columns = Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name] ?? null)]))
            return [toBatch(tableOf(columns), { node, schema: accept(names), nulls: 'leave' })]
          },
          { by },
        ),
      ),
    dismiss: (node, request) => kernelOf((kernel) => dismissRows(kernel, at(node), request)),
  }
}

function tableOf(columns: Readonly<Record<string, readonly unknown[]>>) {
  return aq.table(columns as never)
}

export function cellsOf(batch: Parameters<typeof columnOf>[0]): Cells[] {
  return Array.from({ length: batch.length }, (_, row) =>
    Object.fromEntries(batch.schema.fields.map((field, c) => [field.name, batch.columns[c]?.at(row) ?? null])),
  )
}
