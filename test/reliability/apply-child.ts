import * as aq from 'arquero'
import { applyCorrections, readQuarantined } from 'tidegate'
import { ordersConfig } from './apply-pipeline.ts'

// The process that is killed: it corrects all rows to 1, to 2, to 3, and so on, each time in one act.
const first = Number(process.argv[2])
const config = ordersConfig()
const keys = (await readQuarantined(config, 'shop', 'clean', { status: ['open', 'corrected', 'replayed'] })).array(
  '_key',
)
process.send?.('ready')
for (let value = first; value < first + 50; value++) {
  const rows = aq.table({ _key: keys, amount: Array.from(keys, () => value) })
  await applyCorrections(config, 'shop', 'clean', rows)
  process.send?.(value)
}
