import type { ColumnTable } from 'arquero'
import { z } from 'zod'
import { sliceBatch } from '../../kernel/columns/batch.ts'
import { toBatch } from '../../kernel/columns/from-table.ts'
import { createContentHash } from '../../kernel/hash/content-hash.ts'
import { createNode, type Node, specOf } from '../../kernel/node.ts'
import type { SourceGate } from '../../kernel/nodes/gate.ts'
import type { Table } from '../../kernel/table.ts'
import type { Committed, RowOf } from '../../kernel/table-types.ts'
import type { Source, SourceKind } from '../source.ts'

/** The table is part of the code: where its columns are others, the schema that the first commit pinned holds no longer. */
const options = z.object({ columns: z.array(z.string()) })

/**
 * A table in memory as a source: a sample in the place of a file, a small list that is part of the code. One part, `all`; it is new whenever the
 * table's content is.
 */
export function fromTable<T extends Table>(
  table: T,
  gate: SourceGate<RowOf<NoInfer<T>>> = {},
): Node<Committed<RowOf<T>>> {
  const uses: SourceKind<typeof options> = {
    point: 'source',
    name: 'table',
    options,
    needs: {},
    create: () => tableSource(table as unknown as ColumnTable), // A typed table is an Arquero table; only its declaration hides that.
  }
  // Hidden: it is no part of the recipe, which has the table's content as that of its part.
  Object.defineProperty(uses, ownTable, { value: table })
  const columns = (table as unknown as ColumnTable).columnNames()
  return createNode({ uses: Object.freeze(uses), options: { columns }, gate: gate as object })
}

const ownTable = Symbol.for('tidegate/table@1')

/** The table that a node of `fromTable` has its rows from. */
export function tableOfNode(node: Node): Table | undefined {
  return (specOf(node).uses as { readonly [ownTable]?: Table })[ownTable]
}

function tableSource(table: ColumnTable): Source {
  const batch = toBatch(table, { node: 'table', nulls: 'leave' })
  const hash = createContentHash()
  hash.add(batch)
  const fingerprint = hash.digest()
  return {
    listing: 'complete',
    async *discover() {
      yield { id: 'all', fingerprint, rows: batch.length }
    },
    describe: async () => ({ fields: batch.schema.fields.map((field) => ({ ...field, nullable: true })) }),
    async *open(_, { batchRows }) {
      for (let start = 0; start < batch.length; start += batchRows) {
        yield sliceBatch(batch, start, Math.min(batch.length, start + batchRows))
      }
    },
  }
}
