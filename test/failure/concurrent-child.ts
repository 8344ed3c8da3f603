import { expectedTotals, partsOf, tradesOf } from './concurrent-pipeline.ts'
import { runIn, world } from './lab.ts'

// A process of its own: runs the pipeline of `concurrent-pipeline.ts` several times, each time with another part, and checks what it gets.
const [place = '', parts = '1', rounds = '1'] = process.argv.slice(2)
const go = new Promise((resolve) => process.once('message', resolve))
process.send?.('ready')
await go
for (let round = 1; round <= Number(rounds); round++) {
  const own = partsOf(Math.max(1, Number(parts) - Number(rounds) + round))
  const ran = await runIn(place, tradesOf(world(own)))
  const found = (await ran.rows('totals')).map((row) => [row['k'], row['n'], row['total']])
  if (ran.error !== undefined || JSON.stringify(found) !== JSON.stringify(expectedTotals(own)))
    throw new Error(`round ${round}: ${ran.error?.message ?? JSON.stringify(found)}`)
}
process.disconnect?.()
