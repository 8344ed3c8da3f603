import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as aq from 'arquero'
import { z } from 'zod'
import type { Batch } from '../kernel/columns/batch.ts'
import { toBatch } from '../kernel/columns/from-table.ts'
import type { Config } from '../kernel/define/config.ts'
import { pipeline } from '../kernel/define/pipeline.ts'
import { hashJson } from '../kernel/hash/hash.ts'
import { createKernel, type Kernel } from '../kernel/kernel.ts'
import { createNode, type Node } from '../kernel/node.ts'
import { createEngine } from '../kernel/run/create-engine.ts'
import type { Engine } from '../kernel/run/engine.ts'
import { readNode } from '../kernel/run/read-node.ts'
import { throwErrors } from '../kernel/run/run.ts'
import { type RunOutcome, type RunRequest, runPipeline } from '../kernel/run/run-pipeline.ts'
import { declaredSchema } from '../kernel/schema/declared.ts'
import type { TableSchema } from '../kernel/types.ts'
import type { SourceKind } from '../plugins/source.ts'
import { rowsOf } from './rows.ts'

/** A row as tests write it: a plain object, absent cells null. */
export type PlainRow = Readonly<Record<string, unknown>>

/** Rows of one part of a source that exists for a test. */
export interface GivenPart {
  readonly id: string
  readonly rows: readonly PlainRow[]
}

/** A folder of its own, removed afterwards. */
export async function inFolder<T>(act: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-contract-'))
  try {
    return await act(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export interface Given extends Omit<Config, 'pipelines'> {
  /** Nodes by name. */
  readonly nodes: Readonly<Record<string, Node>>
  readonly folder: string
  /** The module in which the code of the nodes stands, `import.meta.url`: fingerprints are made from its source. */
  readonly module?: string
}

export async function withKernel<T>(
  { nodes, folder, module, ...settings }: Given,
  act: (kernel: Kernel) => Promise<T>,
): Promise<T> {
  const config: Config = { durability: 'process', ...settings, pipelines: { contract: pipeline(nodes) } }
  const kernel = await createKernel(config, {
    folder,
    env: 'contract',
    pipelines: ['contract'],
    ...(module === undefined ? {} : { file: pathOf(module) }),
  })
  try {
    return await act(kernel)
  } finally {
    await kernel.dispose()
  }
}

function pathOf(module: string): string {
  return module.startsWith('file:') ? fileURLToPath(module) : module
}

/** The instances of the nodes' kinds, made as a run makes them, without running anything. */
export async function withEngine<T>(given: Given, act: (engine: Engine) => Promise<T>): Promise<T> {
  return withKernel(given, async (kernel) => {
    const engine = createEngine(kernel, {
      pipeline: 'contract',
      runId: 'contract',
      now: 1_700_000_000_000,
      env: 'contract',
    })
    try {
      return await act(engine)
    } finally {
      await engine.close()
    }
  })
}

export interface Ran {
  readonly status: RunOutcome['status']
  readonly schema: TableSchema
  readonly rows: readonly PlainRow[]
}

/** Runs the nodes and reads one of them. Throws what the run failed with. */
export async function runAndRead(given: Given, node: string, request: RunRequest = {}): Promise<Ran> {
  return withKernel(given, async (kernel) => {
    const outcome = await runPipeline(kernel, 'contract', request)
    throwErrors(outcome)
    const rows: PlainRow[] = []
    for await (const batch of readNode(outcome.engine, outcome.states, node, 'main', new AbortController().signal))
      rows.push(...rowsOf(batch))
    return { status: outcome.status, schema: outcome.states.get(node)?.section?.schema ?? { fields: [] }, rows }
  })
}

/** A source over rows that the test may exchange: `parts` is asked at every listing. */
export function givenSource(schema: z.ZodObject, parts: () => readonly GivenPart[]): Node {
  const physical = declaredSchema(schema)
  const uses: SourceKind = {
    point: 'source',
    name: 'contract/rows',
    options: z.object({}),
    needs: {},
    create: () => ({
      listing: 'complete',
      async *discover() {
        for (const { id, rows } of parts())
          yield { id, fingerprint: hashJson(JSON.parse(JSON.stringify(rows, speakable)) as never) }
      },
      describe: async () => physical,
      async *open({ id }, { batchRows, signal }) {
        const rows = parts().find((part) => part.id === id)?.rows ?? []
        for (let start = 0; start < rows.length; start += batchRows) {
          signal.throwIfAborted()
          yield batchOfRows(physical, rows.slice(start, start + batchRows))
        }
      },
    }),
  }
  return createNode({ uses, schema })
}

export function batchOfRows(schema: TableSchema, rows: readonly PlainRow[]): Batch {
  const columns = Object.fromEntries(schema.fields.map(({ name }) => [name, rows.map((row) => row[name] ?? null)]))
  if (schema.fields.length === 0) return { schema, length: rows.length, columns: [] }
  return toBatch(aq.table(columns), { node: 'the rows of the contract', schema, nulls: 'leave' })
}

function speakable(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}
