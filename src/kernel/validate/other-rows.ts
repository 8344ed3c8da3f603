import type { Check, OtherDataset } from '../../plugins/check.ts'
import { tableOfNode } from '../../plugins/defaults/from-table.ts'
import type { Batch } from '../columns/batch.ts'
import type { Column } from '../columns/column.ts'
import { TidegateError } from '../errors.ts'
import { type Node, specOf } from '../node.ts'
import { concatBatches } from '../schema/concat.ts'
import { unifySchemas } from '../schema/unify.ts'
import { rowsOf, slices } from './rows-of.ts'
import type { OtherRows } from './validation.ts'

/** What each check may look at besides the rows: the datasets that it names. */
export type OthersOf = (check: Check) => Readonly<Record<string, OtherDataset>>

/**
 * `given`: by name, nodes and their rows. Throws `CONFIG_INVALID` where a check looks at a dataset whose rows are not here, and for rows at which
 * no check looks.
 */
export function othersOf(
  asker: string,
  checks: readonly Check[],
  given: Readonly<Record<string, OtherRows>> = {},
): OthersOf {
  const named = Object.entries(given)
  const known = new Map<Node, OtherDataset>()
  for (const check of checks)
    for (const [other, node] of Object.entries(check.others ?? {})) {
      if (known.has(node)) continue
      const [name, rows] = named.find(([, one]) => one.node === node) ?? [other, { node, rows: ownRows(node) }]
      if (rows.rows === undefined)
        throw new TidegateError(
          'CONFIG_INVALID',
          `${asker}: ${check.name} looks at another dataset, "${other}", whose rows are not here.`,
          {
            hint: 'Give them: { others: { name: { node, rows } } }. A node of fromTable without checks brings its rows itself.',
            data: { check: check.name, other },
          },
        )
      known.set(node, datasetOf(name, rows.rows))
    }
  for (const [name, { node }] of named) {
    if (known.has(node)) continue
    throw new TidegateError('CONFIG_INVALID', `${asker}: no check looks at "${name}".`, {
      hint: 'Give it the very node that the check was given.',
      data: { other: name },
    })
  }
  return ({ others = {} }) =>
    Object.fromEntries(Object.entries(others).map(([name, node]) => [name, known.get(node) as OtherDataset]))
}

/** The rows of a table as a source, unless its own gate would decide which of them there are. */
function ownRows(node: Node): unknown {
  const { gate, output } = specOf(node)
  return output === undefined && (gate.expect ?? []).length === 0 ? tableOfNode(node) : undefined
}

function datasetOf(name: string, data: unknown): OtherDataset {
  const { held } = rowsOf(data, name)
  if (held === undefined)
    throw new TidegateError('CONFIG_INVALID', `${name}: a stream can be read only once.`, {
      hint: 'Give another dataset as rows in memory.',
      data: { other: name },
    })
  const schemas = held.map((batch) => batch.schema)
  const schema =
    schemas.length === 0 ? { fields: [] } : schemas.reduce((all, one) => unifySchemas(all, one, { node: name }))
  const whole = held.length === 1 ? (held[0] as Batch) : concatBatches(schema, held)
  return {
    name,
    schema: whole.schema,
    rows: whole.length,
    async *batches({ columns } = {}) {
      yield* slices(columns === undefined ? whole : projected(whole, columns))
    },
  }
}

function projected({ schema, length, columns }: Batch, names: readonly string[]): Batch {
  const indexes = schema.fields.flatMap(({ name }, i) => (names.includes(name) ? [i] : []))
  return {
    schema: { fields: schema.fields.filter(({ name }) => names.includes(name)) },
    length,
    columns: indexes.map((i) => columns[i] as Column),
  }
}
