import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { csv, toCsv } from '@tidegate/files'
import { between, defineConfig, each, pipeline } from 'tidegate'
import { z } from 'zod'

export const badRows = 400

export async function writeOrders(folder: string): Promise<void> {
  const rows = Array.from({ length: badRows + 10 }, (_, id) => `${id},${id < badRows ? -1 : 1}`)
  await writeFile(join(folder, 'orders.csv'), `id,amount\n${rows.join('\n')}\n`)
}

/** What the process that is killed corrects rows of, and the one that looks afterwards. */
export function ordersConfig() {
  const orders = csv({ path: 'orders.csv', schema: z.object({ id: z.int32(), amount: z.number() }) })
  const clean = each({
    from: orders,
    run: (t) => t,
    expect: [between('amount', 0, 1e9)],
    otherwise: 'quarantine',
    key: 'id',
  })
  const files = toCsv({ from: clean, path: 'out.csv' })
  return defineConfig(() => ({ pipelines: { shop: pipeline({ orders, clean, files }) } }))
}
