/** A small project with every kind of thing to look at: two sources, quarantine, a roll-up, personal data, a target, a secret. */
export const orders = {
  'data/orders.csv': `id,customer,email,amount
1,ada,ada@example.org,10.5
2,bob,bob@example.org,-4
3,ada,ada@example.org,20
4,,nobody@example.org,7
`,
  'pipeline.config.ts': `import { between, count, defineConfig, defineTarget, definePlugin, desc, each, Logger, notNull, pipeline, rollup, secretText, step, sum, table } from 'tidegate'
import { csv } from '@tidegate/files'
import { z } from 'zod'

const Order = z.object({ id: z.int(), customer: z.string().nullable(), email: z.string().meta({ tags: ['pii'] }), amount: z.number() })
const orders = csv({ path: 'data/*.csv', schema: Order })
const clean = each({
  from: orders,
  run: (rows) => rows.derive({ cents: (d) => d.amount * 100 }),
  expect: [notNull('customer'), between('amount', 0, 1000)],
  otherwise: 'quarantine',
})
const totals = rollup({ from: clean, by: { customer: 'customer' }, measure: { orders: count(), cents: sum('cents') } })
const shout = defineTarget({
  name: 'shout',
  options: z.object({ token: secretText() }),
  create: ({ token }) => ({
    publish: 'atomic',
    location: 'the town square',
    async commit({ rows }) {
      if (token === '') throw new Error('no token')
      return { rows, bytes: 0, files: [] }
    },
  }),
})
const watch = definePlugin({ name: 'watch', options: z.object({ token: secretText() }), needs: { log: Logger }, setup: ({ token }, { log }) => log.warn('watching with ' + token) })

export default defineConfig(({ secret }) => ({
  pipelines: { orders: pipeline({ orders, clean, totals, shouted: shout({ from: totals, token: secret('TOWN_TOKEN') }) }) },
  plugins: [watch({ token: secret('TOWN_TOKEN') })],
}))
`,
} as const

export const token = 'canary-7f3a9'
