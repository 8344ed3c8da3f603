import {
  type Config,
  defineConfig,
  defineSource,
  defineStep,
  type Node,
  pipeline,
  type TidegateError,
  type TidegateEvent,
  table,
} from 'tidegate'
import { z } from 'zod'
import { hashJson } from '../../src/kernel/hash/hash.ts'
import { collectKernelGarbage } from '../../src/kernel/inspect/garbage.ts'
import { createKernel } from '../../src/kernel/kernel.ts'
import { readNode } from '../../src/kernel/run/read-node.ts'
import { type RunOutcome, type RunRequest, runPipeline } from '../../src/kernel/run/run-pipeline.ts'

export interface Line {
  readonly id: number
  readonly k: string
  readonly v: number | null
}
export const Line = z.object({ id: z.int32(), k: z.string(), v: z.number().nullable() })

/** What a source shows, and what has been done with it. */
export interface World {
  parts: Record<string, readonly Line[]>
  /** Parts in the order in which they were opened. */
  opened: string[]
  /** Beside the rows, part of the fingerprint: a part that was touched and holds what it held. */
  touched?: string
  /** Called before the parts are listed. */
  onList?: () => unknown
  /** Called when the source is closed. */
  onClose?: () => void
  /** Called before the rows of a part are given. */
  onOpen?: (part: string, signal: AbortSignal) => unknown
}

export function world(parts: Record<string, readonly Line[]>): World {
  return { parts, opened: [] }
}

/** `lines([1, 'a', 5], [2, 'b', null])` */
export const lines = (...rows: readonly (readonly [number, string, number | null])[]): Line[] =>
  rows.map(([id, k, v]) => ({ id, k, v }))

/** A real source over the parts of a world: counts what is opened. */
export function linesOf(
  own: World,
  options: Record<string, unknown> = {},
  listing: 'complete' | 'append' = 'complete',
): Node<Line> {
  const source = defineSource({
    name: 'test/lines',
    create: () => ({
      listing,
      close: () => own.onClose?.(),
      async *discover() {
        await own.onList?.()
        for (const [id, rows] of Object.entries(own.parts))
          yield { id, fingerprint: hashJson([rows, own.touched ?? '']), rows: rows.length }
      },
      describe: async () =>
        ({
          fields: [
            { name: 'id', type: { kind: 'int', bits: 32, signed: true }, nullable: false },
            { name: 'k', type: { kind: 'string' }, nullable: false },
            { name: 'v', type: { kind: 'float', bits: 64 }, nullable: true },
          ],
        }) as const,
      async *open(
        { id }: { readonly id: string },
        { batchRows, signal }: { readonly batchRows: number; readonly signal: AbortSignal },
      ) {
        own.opened.push(id)
        await own.onOpen?.(id, signal)
        const rows = own.parts[id] ?? []
        for (let at = 0; at < rows.length; at += batchRows) {
          const batch = rows.slice(at, at + batchRows)
          yield table(Line, {
            id: batch.map((row) => row.id),
            k: batch.map((row) => row.k),
            v: batch.map((row) => row.v),
          })
        }
      },
    }),
  })
  return source({ schema: Line, ...options } as never) as Node<Line>
}

/** A step that passes rows on and notes how many rows each call saw; its code is no part of a recipe, so `calls` may be shared. */
export function counted(
  calls: number[],
  given: { readonly from: Node; readonly [option: string]: unknown },
): Node<Line> {
  const kind = defineStep({
    name: 'test/counted',
    shape: 'row-wise',
    create: () => ({
      shape: 'row-wise' as const,
      run(batch) {
        if (batch.numRows() > 0) calls.push(batch.numRows())
        return batch
      },
    }),
  })
  return kind(given as never) as Node<Line>
}

export interface Ran {
  readonly outcome: RunOutcome
  readonly events: readonly TidegateEvent[]
  /** The first thing that went wrong. */
  readonly error: TidegateError | undefined
  status(node: string): string | undefined
  rows(node: string, output?: 'main' | 'quarantine' | 'repairs'): Promise<Record<string, unknown>[]>
}

export type Extra = Partial<Omit<Config, 'pipelines'>> & {
  readonly env?: string
  readonly pipeline?: string
  readonly variables?: Record<string, string>
}

/** Boots a kernel over the disk workspace of a folder, runs one pipeline, and closes it. */
export async function runIn(
  place: string,
  nodes: Readonly<Record<string, Node>>,
  request: RunRequest = {},
  extra: Extra = {},
): Promise<Ran> {
  const { env, variables, pipeline: name = 'p', ...config } = extra
  const events: TidegateEvent[] = []
  const source = defineConfig(() => ({
    pipelines: { [name]: pipeline(nodes) },
    concurrency: 2,
    durability: 'process' as const,
    ...config,
  }))
  const kernel = await createKernel(source as never, {
    folder: place,
    env,
    pipelines: [name],
    onEvent: (event) => events.push(event),
    ...(variables === undefined ? {} : { variables }),
  })
  try {
    const outcome = await runPipeline(kernel, name, request)
    return {
      outcome,
      events,
      error: outcome.errors[0],
      status: (node) => outcome.states.get(node)?.status,
      rows: (node, output = 'main') => rowsOf(outcome, node, output),
    }
  } finally {
    await kernel.dispose()
  }
}

export async function rowsOf(
  outcome: RunOutcome,
  node: string,
  output: 'main' | 'quarantine' | 'repairs' = 'main',
): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = []
  for await (const batch of readNode(outcome.engine, outcome.states, node, output, new AbortController().signal)) {
    for (let row = 0; row < batch.length; row++)
      rows.push(
        Object.fromEntries(
          batch.schema.fields.map((field, column) => [field.name, batch.columns[column]?.at(row) ?? null]),
        ),
      )
  }
  return rows
}

/** `gc` of the whole workspace. */
export async function gcIn(
  place: string,
  nodes: Readonly<Record<string, Node>>,
  options: { readonly entries?: number; readonly grace?: number } = {},
) {
  const kernel = await createKernel(defineConfig(() => ({ pipelines: { p: pipeline(nodes) } })) as never, {
    folder: place,
  })
  try {
    return await collectKernelGarbage(kernel, { grace: 0, ...options })
  } finally {
    await kernel.dispose()
  }
}

/** What was thrown: a promise that must fail. */
export async function thrown(promise: Promise<unknown>): Promise<TidegateError> {
  const result = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if ('error' in result) return result.error as TidegateError
  throw new Error('it was expected to fail')
}
