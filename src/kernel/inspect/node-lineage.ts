import type { LineageRun } from '../../plugins/lineage-answers.ts'
import { LineageStore } from '../../plugins/lineage-store.ts'
import type { ColumnLineage } from '../../plugins/step-kind.ts'
import { pluginsOf } from '../config/plugins-of.ts'
import { TidegateError } from '../errors.ts'
import type { Kernel } from '../kernel.ts'
import { subjectOf } from '../lineage/names.ts'
import { createLineageReader } from '../lineage/reader.ts'
import type { LineageAnswer } from '../lineage/walk.ts'
import { didYouMean } from '../nearest.ts'
import { outputSchema } from '../run/dataset.ts'
import { withCommitted } from './committed.ts'
import type { NodeAddress } from './find-node.ts'
import { lineageFromLog } from './lineage-from-log.ts'

export interface LineageView {
  readonly env: string
  readonly pipeline: string
  readonly address: NodeAddress
  /** `store`: the lineage store of the config; `log`: told from the commit log, because the config names no store. */
  readonly source: 'store' | 'log'
  readonly upstream: LineageAnswer | undefined
  readonly downstream: LineageAnswer | undefined
  /** Newest first. */
  readonly runs: readonly LineageRun[]
  /** For a whole node: its columns, each with what it is made from. */
  readonly columns: readonly ColumnLineage[]
  /** The names under which the node knows its inputs; `''` is `from`. */
  readonly inputs: Readonly<Record<string, string>>
}

export interface LineageRequest {
  readonly up: boolean
  readonly down: boolean
  /** ISO 8601: as it was known at that time. */
  readonly asOf?: string | undefined
}

/** Where a node's rows, or one of its columns, come from and go to. Throws `COLUMN_MISSING` and `LINEAGE_FAILED`. */
export function nodeLineage(kernel: Kernel, address: NodeAddress, request: LineageRequest): Promise<LineageView> {
  return withCommitted(kernel, address.pipeline, async (committed) => {
    const { pipeline, node, output, column } = address
    const section = committed.states.get(node)?.section
    if (section !== undefined && column !== undefined) {
      const names = outputSchema(section.schema, output).fields.map(({ name }) => name)
      if (!names.includes(column)) {
        throw new TidegateError('COLUMN_MISSING', `"${node}" has no column "${column}"`, {
          hint: `${didYouMean(column, names) ?? ''} Its columns: ${names.join(', ')}.`.trim(),
          data: { columns: names },
        })
      }
    }
    const own = [...pluginsOf(kernel.config).keys()].some(({ provides }) => provides?.key === LineageStore.key)
    const reader = createLineageReader(own ? kernel.service(LineageStore) : await lineageFromLog(committed))
    const dataset = subjectOf({ env: kernel.env, pipeline, node, output })
    const subject = column === undefined ? dataset : { ...dataset, column }
    const range = request.asOf === undefined ? {} : { until: request.asOf }
    return {
      env: kernel.env,
      pipeline,
      address,
      source: own ? 'store' : 'log',
      upstream: request.up ? await reader.upstream(subject, range) : undefined,
      downstream: request.down ? await reader.downstream(subject, range) : undefined,
      runs: (await reader.runs(dataset)).filter((run) => before(run, request.asOf)).reverse(),
      columns: column === undefined && request.asOf === undefined ? (section?.lineage ?? []) : [],
      inputs: section?.inputs ?? {},
    }
  })
}

function before({ startedAt, endedAt }: LineageRun, limit: string | undefined): boolean {
  const at = endedAt ?? startedAt
  return limit === undefined || at === undefined || Date.parse(at) <= Date.parse(limit)
}
