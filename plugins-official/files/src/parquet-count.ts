import { quoteText, shareDuckDB } from '@tidegate/duckdb'
import { escapeGlob } from './parquet.ts'
import { parquetFault } from './parquet-fault.ts'

/** Rows of Parquet files by their footers. @throws as the source `parquet` does. */
export async function parquetRows(
  files: readonly string[],
  resources: { readonly memory: number; readonly threads: number },
): Promise<number> {
  const duck = await shareDuckDB(resources)
  try {
    let rows = 0
    for (const file of files) {
      try {
        const sql = `SELECT count(*) AS n FROM read_parquet(${quoteText(escapeGlob(file))}, hive_partitioning = false)`
        rows += Number((await duck.rows(sql))[0]?.['n'] ?? 0)
      } catch (error) {
        throw await parquetFault(error, file, file)
      }
    }
    return rows
  } finally {
    duck.close()
  }
}
