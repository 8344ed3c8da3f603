// biome-ignore-all format: the comment has to stand right above the line that is wrong.
// Compiled with the project: every line under a @ts-expect-error must be wrong, every other one right.
import { count, each, fromTable, max, mean, table } from 'tidegate'
import { z } from 'zod'
import { distributedLike, fresh, meanLike, references, rowCountEquals, sameRows, withinHistory } from '../src/index.ts'

const Shop = z.object({ code: z.string(), id: z.int64(), area: z.number(), opened: z.date() })
const shops = fromTable(table(Shop, { code: ['a'], id: [1n], area: [1], opened: [0] as never }))
const Sale = z.object({ shop: z.string().nullable(), shopId: z.int(), code: z.string(), total: z.number(), at: z.date() })
const from = fromTable(table(Sale, { shop: ['a'], shopId: [1], code: ['a'], total: [1], at: [0] as never }))

export const right = each({
  from,
  run: (t) => t,
  expect: [
    references('shop', shops, 'code'), references('shopId', shops, 'id', { verdict: 'quarantine' }), references('code', shops), references(['shop', 'shopId'], shops, ['code', 'id']),
    references('code', 'shop'), rowCountEquals(shops, { tolerance: { share: 0.1 } }), sameRows(from, { key: 'shopId', columns: ['total'], tolerance: 0.01 }), sameRows(from, { key: ['shopId', 'code'], verdict: 'warn' }),
    fresh('at', { within: '1d', verdict: 'warn' }), fresh('total', { within: '1d' }), withinHistory(mean('total'), { method: 'robust-z' }), withinHistory(count(), { method: 'weekly', least: 2 }),
    distributedLike('total', { dataset: shops, column: 'area' }, { test: 'ks' }), distributedLike('shop', { dataset: shops, column: 'code' }, { test: 'psi', max: 0.2 }), meanLike('total', { dataset: shops, column: 'area' }),
  ],
})

// @ts-expect-error there is no column "shpo"
each({ from, run: (t) => t, expect: [references('shpo', shops, 'code')] })
// @ts-expect-error the other dataset has no column "iata"
references('shop', shops, 'iata')
// @ts-expect-error text never refers to a number
each({ from, run: (t) => t, expect: [references('shop', shops, 'id')] })
// @ts-expect-error without a name there, the other dataset has a column of the same name
references('shop', shops)
// @ts-expect-error another dataset is a node, not its name
rowCountEquals('shops')
// @ts-expect-error rows are told apart by a column of the other dataset
sameRows(shops, { key: 'shopId' })
// @ts-expect-error there is no key
sameRows(shops, {})
// @ts-expect-error this dataset has no column "area"
each({ from, run: (t) => t, expect: [sameRows(shops, { key: 'code', columns: ['area'] })] })
// @ts-expect-error text is no time
each({ from, run: (t) => t, expect: [fresh('code', { within: '1d' })] })
// @ts-expect-error how long is not said
fresh('at', {})
// @ts-expect-error a rule that names no rows cannot quarantine
fresh('at', { within: '1d', verdict: 'quarantine' })
// @ts-expect-error there is no column "totl" to measure
each({ from, run: (t) => t, expect: [withinHistory(mean('totl'), { method: 'ewma' })] })
// @ts-expect-error there is no method "guess"
withinHistory(max('total'), { method: 'guess' })
// @ts-expect-error text is not distributed like numbers
each({ from, run: (t) => t, expect: [distributedLike('code', { dataset: shops, column: 'area' }, { test: 'ks' })] })
// @ts-expect-error the other dataset has no column "aera"
meanLike('total', { dataset: shops, column: 'aera' })
