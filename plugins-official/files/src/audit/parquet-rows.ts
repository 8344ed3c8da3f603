import { logicalType, quoteName, quoteText, shareDuckDB } from '@tidegate/duckdb'
import { declaredSchema, type Field, sameType, schemaCheckOf, type TableSchema } from 'tidegate'
import { escapeGlob } from '../parquet.ts'
import type { LyingRequest, LyingRows } from './lying-rows.ts'

/** DuckDB's types whose cells are, one for one, those of a column in process. Others are cast on their way. */
const native =
  /^(BOOLEAN|U?(TINYINT|SMALLINT|INTEGER|BIGINT)|FLOAT|DOUBLE|DECIMAL\(.*\)|VARCHAR|DATE|TIME(_NS)?|TIMESTAMP(_S|_MS|_NS)?|TIMESTAMP WITH TIME ZONE)$/

/** A Parquet file, or why it has to be read in process. */
export async function parquetRows({ input, file, memory, threads, signal }: LyingRequest): Promise<LyingRows | string> {
  if (input.options['filter'] !== undefined) return 'the rows are filtered'
  const duck = await shareDuckDB({ memory, threads })
  try {
    const scan = (more: string) => `read_parquet(${quoteText(escapeGlob(file))}, hive_partitioning = false${more})`
    const described = await duck.rows(`DESCRIBE FROM ${scan('')}`)
    const columns = described.map((row) => ({ name: String(row['column_name']), duck: String(row['column_type']) }))
    const physical: TableSchema = {
      fields: columns.map(({ name, duck: type }) => ({ name, type: logicalType(type), nullable: true })),
    }
    const schema = schemaOf(physical, input.declared)
    if (typeof schema === 'string') {
      duck.close()
      return schema
    }
    const selected = schema.fields.map(({ name }, i) => `${quoteName(name)} AS c${i}`)
    const numbered = scan(', file_row_number = true')
    const types = new Map(columns.map(({ name, duck: type }) => [name, type]))
    return {
      duck,
      schema,
      relation: {
        from: `(SELECT ${selected.join(', ')}, file_row_number AS n FROM ${numbered})`,
        fields: schema.fields,
        foreign: schema.fields.map(({ name }) => {
          const type = types.get(name) ?? ''
          return native.test(type) ? undefined : `${type} in the file`
        }),
      },
      given: schema.fields.flatMap(conditions),
      doubt: async () => undefined,
      read: (numbers) =>
        duck.readBatches(
          `SELECT ${schema.fields.map(({ name }) => quoteName(name)).join(', ')} FROM ${numbered} WHERE file_row_number IN (${numbers.join(', ')}) ORDER BY file_row_number`,
          { schema, signal },
        ),
      close: async () => duck.close(),
    }
  } catch (error) {
    duck.close()
    throw error
  }
}

/** The schema that rows are read through, where that changes no value and sets no row aside but those that the conditions find. */
function schemaOf(physical: TableSchema, declared: LyingRequest['input']['declared']): TableSchema | string {
  if (declared === undefined) return physical
  const { inner } = (schemaCheckOf(declared)?.parameters ?? { inner: null }) as { readonly inner: unknown }
  if (inner !== null) return 'the schema asks for more than types'
  const schema = declaredSchema(declared, physical)
  for (const field of schema.fields) {
    const found = physical.fields.find(({ name }) => name === field.name)
    if (found === undefined || !sameType(found.type, field.type) || field.fallback !== undefined)
      return `the schema reads ${field.name} as another type`
  }
  return schema
}

function conditions({ type, sees, nullable }: Field, at: number): LyingRows['given'][number][] {
  const own: LyingRows['given'][number][] = []
  if (type.kind === 'int' && type.bits === 64 && sees !== 'bigint') {
    const least = type.signed ? `min(c${at}) >= ${-Number.MAX_SAFE_INTEGER} AND ` : ''
    const sql = `coalesce(${least}max(c${at}) <= ${Number.MAX_SAFE_INTEGER}, TRUE)`
    own.push({ sql, why: 'an integer lies beyond 2^53' })
  }
  if (!nullable) own.push({ sql: `count(c${at}) = count(*)`, why: 'a value is missing where the schema wants one' })
  return own
}
