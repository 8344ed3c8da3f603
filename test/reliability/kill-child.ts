import { runIn } from '../failure/lab.ts'
import { flightsPipeline, writeInput } from './kill-pipeline.ts'

// The process that is killed: one version of the input after another, and a run for each.
const [folder = '', first = '0', rounds = '1'] = process.argv.slice(2)
process.send?.('ready')
for (let version = Number(first); version < Number(first) + Number(rounds); version++) {
  await writeInput(folder, version)
  const { error } = await runIn(folder, flightsPipeline(version))
  if (error !== undefined) throw error
  process.send?.('ran')
}
process.disconnect?.()
