import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '../src/kernel/config/load-config.ts'
import { createKernel, type Kernel } from '../src/kernel/kernel.ts'
import { runPipeline } from '../src/kernel/run/run-pipeline.ts'
import { type Cost, costOf, say } from './measure.ts'

/**
 * Three million rows through two steps, fourteen row rules and a roll-up: on the main thread, on one worker thread and on two, as one part (its
 * batches are shared out) and as two. Threads are started and warm before the clock runs; the three take turns, and the best of each counts.
 */
const rounds = process.argv.includes('--quick') ? 4 : 12
const scratch = await mkdtemp(join(tmpdir(), 'tidegate-bench-'))
process.env['BENCH_FOLDER'] = scratch
const sizes = [0, 1, 2]
const kernels = new Map<number, Kernel>()
const best = new Map<string, Cost>()
try {
  for (const size of sizes) {
    process.env['BENCH_THREADS'] = String(size)
    const loaded = await loadConfig({
      cwd: scratch,
      file: fileURLToPath(new URL('threads-pipeline.ts', import.meta.url)),
    })
    kernels.set(size, await createKernel(loaded.source, { ...loaded, log: 'silent' }))
    // Threads take the environment as it is when they start.
    for (const name of ['one', 'two']) await once(size, name)
  }
  for (let round = 0; round < rounds; round++)
    for (const name of ['one', 'two'])
      for (const size of sizes) {
        const cost = await costOf(async () => () => once(size, name))
        const key = `${name}/${size}`
        if (cost.wall < (best.get(key)?.wall ?? Number.POSITIVE_INFINITY)) best.set(key, cost)
      }
  for (const name of ['one', 'two']) {
    const parts = name === 'one' ? 'one part' : 'two parts'
    for (const size of sizes) {
      const { wall, cpu } = best.get(`${name}/${size}`) as Cost
      const where = size === 0 ? 'main thread' : size === 1 ? 'one thread' : 'two threads'
      say(`${parts}, ${where}`, `${wall.toFixed(0)} ms (processor ${cpu.toFixed(0)})`)
    }
    const [one, two] = [best.get(`${name}/1`) as Cost, best.get(`${name}/2`) as Cost]
    say(`${parts}, two threads are as fast as one`, `x ${(one.wall / two.wall).toFixed(2)}`, 'at least 1.6')
  }
} finally {
  for (const kernel of kernels.values()) await kernel.dispose()
  await rm(scratch, { recursive: true, force: true })
}

async function once(size: number, pipeline: string): Promise<void> {
  const outcome = await runPipeline(kernels.get(size) as Kernel, pipeline, { full: true })
  if (outcome.errors[0] !== undefined) throw outcome.errors[0]
}
