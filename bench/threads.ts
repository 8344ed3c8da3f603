import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '../src/kernel/config/load-config.ts'
import { createKernel, type Kernel } from '../src/kernel/kernel.ts'
import { runPipeline } from '../src/kernel/run/run-pipeline.ts'
import { type Cost, costOf, say } from './measure.ts'
import { floorOfThreads } from './threads-floor.ts'

/**
 * Ten million rows of ten columns in memory, as one part (its batches are shared out) and as two: through two steps that derive and fourteen row
 * rules (`work`), and through fourteen row rules of `@tidegate/checks` alone (`rules`); on the main thread, on one worker thread and on two.
 * Threads are started and warm before the clock runs; the three take turns, and the best of each counts. Before that, what the machine allows:
 * compiled rules in two plain workers over shared memory, without the engine.
 */
const quick = process.argv.includes('--quick')
const rounds = quick ? 4 : 8
const pipelines = { work: 'two steps and fourteen rules', rules: 'fourteen rules' }
const scratch = await mkdtemp(join(tmpdir(), 'tidegate-bench-'))
process.env['BENCH_FOLDER'] = scratch
process.env['BENCH_BLOCKS'] = quick ? '2' : '10'
const sizes = [0, 1, 2]
const kernels = new Map<number, Kernel>()
const best = new Map<string, Cost>()
const names = Object.keys(pipelines).flatMap((name) => [`${name}1`, `${name}2`])

const floor = await floorOfThreads(quick ? 4 : 10)
say('rules in plain workers, no engine: two against one', speedOf(floor.one, floor.two))
try {
  for (const size of sizes) {
    process.env['BENCH_THREADS'] = String(size)
    const loaded = await loadConfig({
      cwd: scratch,
      file: fileURLToPath(new URL('threads-pipeline.ts', import.meta.url)),
    })
    kernels.set(size, await createKernel(loaded.source, { ...loaded, log: 'silent' }))
    // Threads take the environment as it is when they start.
    for (const name of names) await once(size, name)
  }
  for (let round = 0; round < rounds; round++)
    for (const name of names)
      for (const size of sizes) {
        const cost = await costOf(async () => () => once(size, name))
        const key = `${name}/${size}`
        const found = best.get(key)
        best.set(key, {
          wall: Math.min(cost.wall, found?.wall ?? Number.POSITIVE_INFINITY),
          cpu: Math.min(cost.cpu, found?.cpu ?? Number.POSITIVE_INFINITY),
        })
      }
  for (const [name, title] of Object.entries(pipelines))
    for (const parts of [1, 2]) {
      const what = `${title}, ${parts === 1 ? 'one part' : 'two parts'}`
      const [main, one, two] = sizes.map((size) => best.get(`${name}${parts}/${size}`) as Cost) as [Cost, Cost, Cost]
      for (const [where, { wall, cpu }] of Object.entries({
        'main thread': main,
        'one thread': one,
        'two threads': two,
      }))
        say(`${what}, ${where}`, `${wall.toFixed(0)} ms (processor ${cpu.toFixed(0)})`)
      say(`${what}: two threads against one`, speedOf(one, two), 'at least 1.6')
    }
} finally {
  for (const kernel of kernels.values()) await kernel.dispose()
  await rm(scratch, { recursive: true, force: true })
}

/** How many times as fast, and what it costs: processor time of both threads against that of one. */
function speedOf(one: Cost, two: Cost): string {
  return `x ${(one.wall / two.wall).toFixed(2)} (processor x ${(two.cpu / one.cpu).toFixed(2)})`
}

async function once(size: number, pipeline: string): Promise<void> {
  const outcome = await runPipeline(kernels.get(size) as Kernel, pipeline, { full: true })
  if (outcome.errors[0] !== undefined) throw outcome.errors[0]
}
