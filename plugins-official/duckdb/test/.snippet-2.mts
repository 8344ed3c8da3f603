import { sql } from '@tidegate/duckdb'
import { defineGenerator, notNull, table } from 'tidegate'
import { z } from 'zod'

const flights = defineGenerator({ name: 'flights', options: z.object({}), load: () => table({ origin: ['ATL', 'ORD', 'ATL'], delay: [5, 7, 9] }) })()

export const totals = sql({
  from: { flights },
  schema: z.object({ origin: z.string(), flights: z.int(), delay: z.number() }),
  query: 'SELECT origin, count(*) AS flights, avg(delay) AS delay FROM flights GROUP BY origin',
  orderBy: ['origin'],
  expect: [notNull('origin')],
})
