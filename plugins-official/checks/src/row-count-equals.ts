import {
  type Check,
  count,
  createCheck,
  type DatasetCheckOptions,
  isNode,
  type Node,
  type OtherDataset,
} from 'tidegate'
import { callable, refuse } from './callable.ts'

/** The dataset that a check looks at under the name `other`. */
export function otherOf(asker: string, others: Readonly<Record<string, OtherDataset>>): OtherDataset {
  const other = others['other']
  if (other !== undefined) return other
  return refuse(`${asker}: there is no other dataset here.`, 'Use this check in a pipeline that has the other dataset.')
}

/** The check with the dataset that it looks at. Throws `CONFIG_INVALID` for anything but a node. */
export function lookingAt(check: Check, other: unknown): Check {
  if (isNode(other)) return Object.freeze<Check>({ ...check, others: { other } })
  return refuse(`${check.name}: "other" is no dataset.`, 'Give a node; in a config, { node: name }.')
}

export interface RowCountEqualsOptions extends DatasetCheckOptions {
  /** By how many rows the two may differ, or by which share of the rows of the other; default 0. */
  readonly tolerance?: number | { readonly share: number }
}

/**
 * As many rows pass the rules about rows as the other dataset has. Rows that rules over the whole dataset condemn count as passing here. Throws
 * `CONFIG_INVALID` for a tolerance that is none.
 */
export const rowCountEquals = callable(
  { check: 'rowCountEquals', arguments: ['other'], options: ['tolerance'], dataset: true },
  (other: Node, { tolerance = 0, ...options }: RowCountEqualsOptions) => {
    const share = typeof tolerance === 'object' ? tolerance.share : undefined
    const name = `rowCountEquals(${tolerance === 0 ? '' : `tolerance ${share === undefined ? tolerance : `${share * 100} %`}`})`
    if (share === undefined ? !(Number.isInteger(tolerance) && (tolerance as number) >= 0) : !(share >= 0))
      refuse(`${name}: this is no tolerance.`, 'Give a whole number of rows, or { share: 0.01 } for 1 %.')
    const check = createCheck(name, [], { tolerance }, options, {
      scope: 'dataset',
      measures: { rows: count() },
      decide({ rows }, { others }) {
        const there = otherOf(name, others)
        const allowed = share === undefined ? (tolerance as number) : share * there.rows
        const own = Number(rows)
        return {
          pass: Math.abs(own - there.rows) <= allowed,
          observed: `${own.toLocaleString('en-US')} rows here, ${there.rows.toLocaleString('en-US')} in "${there.name}"`,
        }
      },
    })
    return lookingAt(check, other)
  },
) as unknown as (other: Node, options?: RowCountEqualsOptions) => Check<unknown>
