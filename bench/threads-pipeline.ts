import { join } from 'node:path'
import { threads } from '@tidegate/executor-threads'
import {
  type Batch,
  between,
  count,
  DictionaryColumn,
  defineConfig,
  defineSource,
  each,
  FlatColumn,
  max,
  mean,
  notNull,
  oneOf,
  pipeline,
  provide,
  rollup,
  types,
  Workspace,
} from 'tidegate'
import { z } from 'zod'
import { createDiskWorkspace } from '../src/plugins/defaults/disk-workspace.ts'

/** The pipeline of the bench section `threads`, in a file that threads can load: `BENCH_THREADS` 0 is the main thread. */
const rows = 3_000_000
const words = Array.from({ length: 100 }, (_, i) => `shop ${i}`)
const Sale = z.object({
  id: z.int32(),
  quantity: z.int32(),
  price: z.number(),
  discount: z.number(),
  weight: z.number(),
  shop: z.string(),
})

let made: Batch | undefined

/** Made once in each thread, outside the clock. */
function sales(): Batch {
  if (made !== undefined) return made
  const of = (scale: number) => Float64Array.from({ length: rows }, (_, i) => ((i * 7919) % 10_007) / scale)
  const columns = [
    new FlatColumn(
      types.int32,
      Int32Array.from({ length: rows }, (_, i) => i),
    ),
    new FlatColumn(
      types.int32,
      Int32Array.from({ length: rows }, (_, i) => (i * 31) % 100),
    ),
    new FlatColumn(types.float64, of(10)),
    new FlatColumn(types.float64, of(100_000)),
    new FlatColumn(types.float64, of(1000)),
    new DictionaryColumn(
      Uint8Array.from({ length: rows }, (_, i) => (i * 17) % 100),
      words,
    ),
  ]
  const kinds = [types.int32, types.int32, types.float64, types.float64, types.float64, types.string]
  const fields = Object.keys(Sale.shape).map((name, i) => ({ name, type: kinds[i] ?? types.string, nullable: false }))
  made = { schema: { fields }, length: rows, columns }
  return made
}

const source = defineSource({
  name: 'bench/sales',
  options: z.object({ parts: z.int() }),
  create: ({ parts }) => ({
    listing: 'complete',
    async *discover() {
      for (let part = 0; part < parts; part++) yield { id: `part ${part}`, fingerprint: String(part) }
    },
    describe: async () => sales().schema,
    async *open({ id }, { batchRows }) {
      const { schema, columns } = sales()
      const first = (rows / parts) * Number(id.slice(5))
      const last = first + rows / parts
      for (let start = first; start < last; start += batchRows) {
        const end = Math.min(start + batchRows, last)
        yield { schema, length: end - start, columns: columns.map((column) => column.slice(start, end)) }
      }
    },
  }),
})

function pipelineOf(parts: number) {
  const src = source({ parts, schema: Sale })
  const priced = each({
    from: src,
    run: (t) =>
      t.derive({
        total: (d) => d.quantity * d.price * (1 - d.discount),
        heavy: (d) => d.weight * d.quantity,
      }),
    expect: [
      notNull('id'),
      notNull('price'),
      between('id', 0, 10_000_000),
      between('quantity', 0, 100),
      between('price', 0, 1000),
      between('discount', 0, 1),
      between('weight', 0, 20),
      oneOf('shop', words),
      between('total', 0, 100_000),
    ],
    otherwise: 'quarantine',
  })
  const taxed = each({
    from: priced,
    run: (t) => t.derive({ tax: (d) => d.total * 0.19, gross: (d) => d.total * 1.19 }),
    expect: [
      between('tax', 0, 20_000),
      between('gross', 0, 119_000),
      notNull('gross'),
      between('heavy', 0, 1e6),
      between('total', 0, 99_000, { verdict: 'warn' }),
    ],
    otherwise: 'quarantine',
  })
  const shops = rollup({
    from: taxed,
    by: ['shop'],
    measure: { sales: count(), gross: mean('gross'), most: max('quantity') },
  })
  return pipeline({ src, priced, taxed, shops })
}

export default defineConfig(() => {
  const size = Number(process.env['BENCH_THREADS'])
  const folder = join(process.env['BENCH_FOLDER'] as string, String(size))
  return {
    pipelines: { one: pipelineOf(1), two: pipelineOf(2) },
    threads: 1,
    workspace: provide(Workspace, { name: 'bench/disk', create: () => createDiskWorkspace({ folder }) })(),
    ...(size === 0 ? {} : { executor: threads({ threads: size }) }),
  }
})
