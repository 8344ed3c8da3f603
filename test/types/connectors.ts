import {
  columnName,
  defineSource,
  defineStep,
  defineTarget,
  LineageStore,
  type Node,
  provide,
  type Row,
  type Source,
  secretText,
  type Target,
  type Timestamp,
} from 'tidegate'
import { z } from 'zod'

// Connectors of the kinds that official plugins bring, so that these tests need no plugin.
const source: Source = {
  listing: 'complete',
  async *discover() {},
  describe: async () => ({ fields: [] }),
  async *open() {},
}
const target: Target = {
  publish: 'atomic',
  location: 'nowhere',
  commit: async () => ({ rows: 0, bytes: 0, files: [] }),
}

export const parquet = defineSource({
  name: 'test/parquet',
  options: z.object({ path: z.string() }),
  create: () => source,
})
export const csv = defineSource({
  name: 'test/csv',
  options: z.object({ path: z.string(), delimiter: z.string().length(1).default(',') }),
  create: () => source,
})
export const toParquet = defineTarget({
  name: 'test/to-parquet',
  options: z.object({
    path: z.string(),
    partitionBy: columnName().optional(),
    sortBy: z.array(columnName()).optional(),
  }),
  create: () => target,
})
export const sql = defineStep({
  name: 'test/sql',
  shape: 'whole',
  options: z.object({ query: z.string() }),
  create: () => ({ shape: 'whole', async *compute() {} }),
})

const store = { append: async () => {}, async *events() {} } satisfies LineageStore
export const openLineage = provide(LineageStore, {
  name: 'test/openlineage',
  options: z.object({ url: secretText() }),
  create: () => store,
})
export const sqliteLineage = provide(LineageStore, {
  name: 'test/sqlite',
  options: z.object({ path: z.string() }),
  create: () => store,
})

/** A node of the given row, for tests that look at types only. */
export function nodeOf<R extends Row>(): Node<R> {
  return parquet({ path: 'nowhere', schema: z.object({}) }) as unknown as Node<R>
}
export const flights = nodeOf<{ date: Timestamp; delay: number; origin: string }>()
export const airports = nodeOf<{ iata: string; city: string }>()
