import {
  type Batch,
  defineStep,
  type Node,
  type RowOf,
  type Schema,
  type SchemaRow,
  type StepContext,
  type StepGate,
  type StepInput,
  type TableSchema,
  TidegateError,
  type WholeStep,
} from 'tidegate'
import { z } from 'zod'
import { type Duck, openDuckDB } from './duck.ts'
import { duckType } from './duck-types.ts'
import { quoteName } from './quote.ts'
import { withoutEnd } from './read-plan.ts'
import { usedColumns } from './sql-columns.ts'
import { assertRepeatable, expressionFault } from './sql-fault.ts'
import { lineageOf } from './sql-lineage.ts'
import { parseSelect, type Tree } from './sql-tree.ts'

const options = z.strictObject({
  /** One SELECT of DuckDB's SQL; its tables are the names in `from`. Nothing else can be reached: no file, no network. */
  query: z.string().min(1),
  /** The rows in this order: `'delay'` ascending, `{ desc: 'delay' }` descending, nulls last. */
  orderBy: z
    .array(z.union([z.string(), z.strictObject({ desc: z.string() })]))
    .min(1)
    .optional(),
  /** The query itself sorts, and that order has a meaning. */
  ordered: z.boolean().optional(),
  /** One thread, so that sums of floats and the order of groups are the same in every run (slower). */
  deterministic: z.boolean().optional(),
})

export type SqlOptions = z.output<typeof options>
type SqlFactory = <S extends Schema>(
  given: z.input<typeof options> &
    StepGate<RowOf<NoInfer<S>>> & { readonly from: Readonly<Record<string, Node>>; readonly schema: S },
) => Node<SchemaRow<S>>

/**
 * A step in SQL: `sql({ from: { flights }, schema, query: 'SELECT origin, count(*) AS n FROM flights GROUP BY origin' })`. Its inputs are streamed
 * into an embedded DuckDB that spills to disk beyond the run's memory setting; only columns that the query mentions are read. The query is checked
 * against the schemas of its inputs before any data is read (`STEP_EXPRESSION`). Null and NaN mean what they mean in DuckDB.
 */
export const sql: SqlFactory = defineStep({
  name: 'sql',
  // With the engine's release: its functions may answer otherwise in another one.
  version: 'duckdb-1.5.6',
  shape: 'whole',
  options,
  create: createSqlStep,
})

export function createSqlStep(given: SqlOptions): WholeStep {
  return {
    shape: 'whole',
    ordered: given.orderBy !== undefined || given.ordered === true,
    compute: (inputs, context) => compute(given, inputs, context),
    describe: (inputs, context) => describe(given, inputs, context),
  }
}

async function describe({ query }: SqlOptions, inputs: Readonly<Record<string, TableSchema>>, context: StepContext) {
  assertNamed(inputs, context)
  const duck = await openDuckDB({ threads: 1, externalAccess: false })
  try {
    for (const [name, schema] of Object.entries(inputs)) {
      await duck.run(
        `CREATE TABLE ${quoteName(name)} (${schema.fields.map((field) => `${quoteName(field.name)} ${duckType(field.type)}`).join(', ')})`,
      )
    }
    const { schema, tree } = await checked(duck, query, inputs, context)
    return { schema, lineage: lineageOf(tree, inputs, schema) }
  } finally {
    duck.close()
  }
}

/** Prepares the query as it is, for DuckDB's own words, and in brackets, which only a SELECT survives. */
async function checked(
  duck: Duck,
  query: string,
  inputs: Readonly<Record<string, TableSchema>>,
  { node }: StepContext,
): Promise<{ schema: TableSchema; tree: Tree | undefined }> {
  try {
    await duck.describe(query)
    const schema = await duck.describe(`SELECT * FROM (${withoutEnd(query)})`)
    const tree = await parseSelect(duck, query)
    assertRepeatable(tree, node, query, (column) =>
      Object.values(inputs).some(({ fields }) =>
        fields.some(({ name }) => name.toLowerCase() === column.toLowerCase()),
      ),
    )
    return { schema, tree }
  } catch (error) {
    throw expressionFault(error, node, query)
  }
}

async function* compute(
  given: SqlOptions,
  inputs: Readonly<Record<string, StepInput>>,
  context: StepContext,
): AsyncGenerator<Batch> {
  assertNamed(inputs, context)
  const { signal, memory, threads } = context
  const duck = await openDuckDB({
    memory,
    threads: given.deterministic === true ? 1 : threads,
    spillFolder: await context.scratch(),
    externalAccess: false,
  })
  try {
    const schemas = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.schema]))
    const used = usedColumns(await parseSelect(duck, given.query), schemas)
    for (const [name, input] of Object.entries(inputs)) {
      const schema = narrowed(input.schema, used[name] ?? [])
      await duck.registerBatches(name, schema, input.batches({ columns: schema.fields.map((field) => field.name) }), {
        signal,
      })
    }
    yield* duck.readBatches(sorted(given), { signal })
  } finally {
    duck.close()
  }
}

/** A table needs a column for its rows to be counted. */
function narrowed(schema: TableSchema, columns: readonly string[]): TableSchema {
  const fields = schema.fields.filter(({ name }) => columns.includes(name))
  return { fields: fields.length === 0 ? schema.fields.slice(0, 1) : fields }
}

function sorted({ query, orderBy }: SqlOptions): string {
  if (orderBy === undefined) return query
  const keys = orderBy.map((key) =>
    typeof key === 'string' ? `${quoteName(key)} ASC NULLS LAST` : `${quoteName(key.desc)} DESC NULLS LAST`,
  )
  return `SELECT * FROM (${withoutEnd(query)}) ORDER BY ${keys.join(', ')}`
}

function assertNamed(inputs: object, { node }: StepContext): void {
  if (!('' in inputs)) return
  throw new TidegateError('CONFIG_INVALID', `"${node}": \`from\` of sql is one node, so that its table has no name`, {
    hint: 'Write `from: { name: node }`.',
  })
}
