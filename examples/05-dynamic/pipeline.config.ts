import { readdir } from 'node:fs/promises'
import { csv, toCsv } from '@tidegate/files'
import { between, count, defineConfig, each, nodeName, pipeline, rollup, step, sum } from 'tidegate'
import { z } from 'zod'

const Sale = z.object({ item: z.string(), cents: z.int() })

/** The nodes of one shop. Values from the loop reach the code through `params`, so that they are part of its fingerprint. */
function shop(file: string) {
  const shop = file.replace(/\.csv$/, '')
  const sales = csv({ path: `data/${file}`, schema: Sale })
  const clean = each({
    from: sales,
    params: { shop },
    run: (batch) => batch.derive({ shop: (_, $) => $.shop }),
    expect: [between('cents', 0, 100_000)],
    otherwise: 'quarantine',
  })
  const totals = rollup({ from: clean, by: ['shop', 'item'], measure: { sold: count(), cents: sum('cents') } })
  return { name: nodeName(shop), sales, clean, totals }
}

export default defineConfig(async () => {
  const files = (await readdir(new URL('data/', import.meta.url))).filter((name) => name.endsWith('.csv')).sort()
  const shops = files.map(shop)
  const all = step({
    from: Object.fromEntries(shops.map(({ name, totals }) => [name, totals])),
    run: (tables) => {
      const [first, ...more] = Object.values(tables)
      if (first === undefined) throw new Error('there is no shop')
      return first.concat(...more).orderby('shop', 'item')
    },
    ordered: true,
  })
  const allFile = toCsv({ from: all, path: 'out/all.csv' })
  const nodes = shops.flatMap(({ name, sales, clean, totals }) => [
    [`${name}_sales`, sales] as const,
    [`${name}_clean`, clean] as const,
    [`${name}_totals`, totals] as const,
  ])
  return { pipelines: { shops: pipeline({ ...Object.fromEntries(nodes), all, allFile }) } }
})
