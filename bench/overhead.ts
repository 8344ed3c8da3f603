import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig, defineGenerator, each, type Node, pipeline, step, table } from 'tidegate'
import { z } from 'zod'
import { createKernel } from '../src/kernel/kernel.ts'
import { runPipeline } from '../src/kernel/run/run-pipeline.ts'
import { costOf, median, say } from './measure.ts'

interface Overhead {
  readonly durability: 'power' | 'process'
  /** Milliseconds a node, and of a whole second run that changes nothing. */
  readonly perNode: number
  /** Processor time a node, milliseconds. */
  readonly cpu: number
  readonly again: number
}

const nodes = 100
const tenRows = defineGenerator({
  name: 'bench/ten',
  options: z.object({}),
  load: () => table({ x: Float64Array.from({ length: 10 }, (_, i) => i) }),
})

/** A chain of 100 trivial kept nodes on 10 rows, commit included; row-wise nodes and whole-table steps in turn. */
async function benchOverhead(durability: Overhead['durability']): Promise<Overhead> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-bench-'))
  const chain: Record<string, Node> = { n0: tenRows() }
  for (let i = 1; i <= nodes; i++) {
    const from = chain[`n${i - 1}`] as Node<{ x: number }>
    chain[`n${i}`] =
      i % 2 === 1
        ? each({ from, keep: true, run: (t) => t.derive({ x: (d) => d.x + 1 }) })
        : step({ from, run: (t) => t.derive({ x: (d) => d.x + 1 }) })
  }
  const config = defineConfig(() => ({ pipelines: { chain: pipeline(chain) }, durability }))
  try {
    const once = async () => {
      const kernel = await createKernel(config as never, { folder, pipelines: ['chain'], log: 'silent' })
      const cost = await costOf(async () => async () => {
        const outcome = await runPipeline(kernel, 'chain')
        if (outcome.errors[0] !== undefined) throw outcome.errors[0]
      })
      await kernel.dispose()
      return cost
    }
    const [first, second] = [await once(), await once()]
    return { durability, perNode: first.wall / nodes, cpu: first.cpu / nodes, again: second.wall }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const rounds = process.argv.includes('--quick') ? 2 : 7
for (const durability of ['power', 'process'] as const) {
  const runs: Overhead[] = []
  for (let round = 0; round <= rounds; round++) {
    const found = await benchOverhead(durability)
    if (round > 0) runs.push(found)
  }
  say(
    `100 kept nodes on 10 rows, durability ${durability}, a node`,
    `${median(runs.map(({ perNode }) => perNode)).toFixed(2)} ms (processor ${median(runs.map(({ cpu }) => cpu)).toFixed(2)})`,
    'under 3 ms',
  )
  say(
    '  a second run that changes nothing, in all',
    `${median(runs.map(({ again }) => again)).toFixed(0)} ms`,
    'under 300 ms',
  )
}
