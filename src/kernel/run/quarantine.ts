import type { ColumnTable } from 'arquero'
import type { Batch } from '../columns/batch.ts'
import { toBatch } from '../columns/from-table.ts'
import { type AppliedCorrections, applyCorrectedRows } from '../corrections/apply.ts'
import { type Dismissed, dismissRows } from '../corrections/dismiss.ts'
import type { Config, ConfigFunction, Environment, NodesOf, PipelinesOf } from '../define/config.ts'
import { findNode, type NodeAddress } from '../inspect/find-node.ts'
import { listQuarantine, type QuarantineView, type RowSelection, withQuarantine } from '../inspect/quarantine.ts'
import { createKernel, type Kernel } from '../kernel.ts'
import { observe } from '../observed/observe.ts'
import { concatBatches } from '../schema/concat.ts'
import { emptyBatch } from '../schema/empty.ts'

type AnyConfig = ConfigFunction | Config
type PipelineName<C> = keyof PipelinesOf<C> & string
type NodeName<C, N extends PipelineName<C>> = keyof NodesOf<C, N> & string

/** Where people decide about rows. */
export interface QuarantineOptions {
  /** Default `development`. */
  readonly env?: Environment
  readonly signal?: AbortSignal
}

/** Who decides: kept with the rows. */
export interface DecisionOptions extends QuarantineOptions {
  readonly by?: string
}

/** The nodes of a pipeline that have rows in quarantine: how many of each status, and why. */
export function listQuarantined<C extends AnyConfig>(
  config: C,
  pipeline: PipelineName<C>,
  options: QuarantineOptions = {},
): Promise<readonly QuarantineView[]> {
  return within(config, options, (kernel, signal) => listQuarantine(kernel, pipeline, signal))
}

/**
 * The rows of one node in quarantine: its columns, `_key`, `_reasons`, `_part`, `_row`, `_raw`, and the life of each row: `_status`, `_first_seen`,
 * `_first_run`, `_last_seen`, `_last_run`, `_why`, `_by`. With `status` also rows that have left it. Values stand there as they are, also tagged ones.
 */
export function readQuarantined<C extends AnyConfig, N extends PipelineName<C>>(
  config: C,
  pipeline: N,
  node: NodeName<C, N>,
  options: QuarantineOptions & RowSelection = {},
): Promise<ColumnTable> {
  return within(config, options, async (kernel, signal) =>
    withQuarantine(kernel, addressOf(kernel, pipeline, node), options, signal, async (opened) => {
      const batches: Batch[] = []
      for await (const batch of opened?.rows() ?? []) batches.push(batch)
      const schema = opened?.schema ?? { fields: [] }
      return observe(batches.length === 0 ? emptyBatch(schema) : concatBatches(schema, batches), {
        input: '',
        rowWise: false,
      })
    }),
  )
}

/**
 * Commits corrections of rows in quarantine. `rows` is an Arquero table with the column `_key` and those columns of the node that are corrected; the others
 * keep their values. Nothing is run: the next run of the node takes the corrections in, as an input part of its gate.
 * @throws `CORRECTION_INVALID` for keys that no rejected row has or that stand there twice, for unknown columns, and for nodes whose gate follows a fold.
 */
export function applyCorrections<C extends AnyConfig, N extends PipelineName<C>>(
  config: C,
  pipeline: N,
  node: NodeName<C, N>,
  rows: ColumnTable,
  options: DecisionOptions = {},
): Promise<AppliedCorrections> {
  return within(config, options, (kernel, signal) =>
    applyCorrectedRows(
      kernel,
      addressOf(kernel, pipeline, node),
      (accept) => [toBatch(rows, { node, schema: accept(rows.columnNames()), nulls: 'leave' })],
      { by: options.by, signal },
    ),
  )
}

/**
 * Records why open rows may stay out of the node's output: these `keys`, those with a `reason`, or all. They no longer count as open, also where they go and
 * come back. Nothing is run.
 * @throws `CORRECTION_INVALID` without `why`, and for keys that no rejected row has.
 */
export function dismissQuarantined<C extends AnyConfig, N extends PipelineName<C>>(
  config: C,
  pipeline: N,
  node: NodeName<C, N>,
  options: DecisionOptions & { readonly why: string; readonly keys?: readonly string[]; readonly reason?: string },
): Promise<Dismissed> {
  return within(config, options, (kernel, signal) => {
    const { why, keys, reason, by } = options
    return dismissRows(kernel, addressOf(kernel, pipeline, node), { why, keys, reason, by, signal })
  })
}

async function within<T>(
  config: AnyConfig,
  { env, signal = new AbortController().signal }: QuarantineOptions,
  act: (kernel: Kernel, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const kernel = await createKernel(config, { folder: process.cwd(), env, pipelines: [] })
  try {
    return await act(kernel, signal)
  } finally {
    await kernel.dispose()
  }
}

function addressOf(kernel: Kernel, pipeline: string, node: string): NodeAddress {
  return findNode(kernel, `${pipeline}.${node}`)
}
