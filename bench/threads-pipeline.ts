import { join } from 'node:path'
import { compare, length, min, notOneOf } from '@tidegate/checks'
import { threads } from '@tidegate/executor-threads'
import {
  type Batch,
  BytesColumn,
  between,
  count,
  DictionaryColumn,
  defineConfig,
  defineSource,
  each,
  FlatColumn,
  matches,
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

/** The pipelines of the bench section `threads`, in a file that threads can load: `BENCH_THREADS` 0 is the main thread. */
const block = 16 * 65_536
const blocks = Number(process.env['BENCH_BLOCKS'])
const words = Array.from({ length: 100 }, (_, i) => `shop ${i}`)
const states = ['new', 'paid', 'sent', 'back'] as const
const Sale = z.object({
  id: z.int32(),
  quantity: z.int32(),
  price: z.number(),
  discount: z.number(),
  weight: z.number(),
  cost: z.number(),
  at: z.number(),
  shop: z.string(),
  state: z.enum(states),
  code: z.string(),
})

let made: Batch | undefined

/** Made once in each thread, outside the clock, and read again and again: ten columns in memory. */
function sales(): Batch {
  if (made !== undefined) return made
  const of = (scale: number) => Float64Array.from({ length: block }, (_, i) => ((i * 7919) % 10_007) / scale)
  const ints = (at: (i: number) => number) =>
    new FlatColumn(
      types.int32,
      Int32Array.from({ length: block }, (_, i) => at(i)),
    )
  const code = new TextEncoder().encode(Array.from({ length: block }, (_, i) => `AB-${10_000 + (i % 90_000)}`).join(''))
  const columns = [
    ints((i) => i),
    ints((i) => (i * 31) % 100),
    new FlatColumn(types.float64, of(10)),
    new FlatColumn(types.float64, of(100_000)),
    new FlatColumn(types.float64, of(1000)),
    new FlatColumn(types.float64, of(20)),
    new FlatColumn(types.float64, of(1)),
    new DictionaryColumn(
      Uint8Array.from({ length: block }, (_, i) => (i * 17) % 100),
      words,
    ),
    new DictionaryColumn(
      Uint8Array.from({ length: block }, (_, i) => i % 4),
      states,
    ),
    new BytesColumn(
      types.string,
      Int32Array.from({ length: block + 1 }, (_, i) => 8 * i),
      code,
    ),
  ]
  const kinds = [types.int32, types.int32, ...Array.from({ length: 5 }, () => types.float64)]
  const fields = Object.keys(Sale.shape).map((name, i) => ({ name, type: kinds[i] ?? types.string, nullable: false }))
  made = { schema: { fields }, length: block, columns }
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
    async *open(_, { batchRows }) {
      const { schema, columns } = sales()
      for (let of = 0; of < blocks / parts; of++)
        for (let start = 0; start < block; start += batchRows) {
          const end = Math.min(start + batchRows, block)
          yield { schema, length: end - start, columns: columns.map((column) => column.slice(start, end)) }
        }
    },
  }),
})

/** Two steps that derive, and fourteen row rules over what they made. */
function workOf(parts: number) {
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

/** Fourteen row rules, and the number of rows that pass them. */
function rulesOf(parts: number) {
  const src = source({ parts, schema: Sale })
  const good = each({
    from: src,
    run: (t) => t,
    expect: [
      notNull('id'),
      notNull('price'),
      notNull('code'),
      between('quantity', 0, 100),
      between('price', 0, 1000),
      between('discount', 0, 1),
      oneOf('shop', words),
      oneOf('state', [...states]),
      matches('code', /^[A-Z]{2}-\d{5}$/),
      length('code', { min: 4, max: 12 }),
      compare('cost', '<=', 'at'),
      min('weight', 0),
      notOneOf('state', ['lost']),
      between('at', 0, 1e6),
    ],
    otherwise: 'quarantine',
  })
  const sold = rollup({ from: good, by: ['state'], measure: { sales: count() } })
  return pipeline({ src, good, sold })
}

export default defineConfig(() => {
  const size = Number(process.env['BENCH_THREADS'])
  const folder = join(process.env['BENCH_FOLDER'] as string, String(size))
  return {
    pipelines: { work1: workOf(1), work2: workOf(2), rules1: rulesOf(1), rules2: rulesOf(2) },
    threads: 1,
    workspace: provide(Workspace, { name: 'bench/disk', create: () => createDiskWorkspace({ folder }) })(),
    ...(size === 0 ? {} : { executor: threads({ threads: size }) }),
  }
})
