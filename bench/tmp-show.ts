import { createKernel } from '../src/kernel/kernel.ts'
import { loadConfig } from '../src/kernel/config/load-config.ts'
import { runPipeline } from '../src/kernel/run/run-pipeline.ts'
const t0 = performance.now()
const loaded = await loadConfig({ cwd: process.cwd() })
const kernel = await createKernel(loaded.source, { ...loaded, pipelines: ['flights'] })
console.log('boot', performance.now() - t0)
for (let i = 0; i < Number(process.argv[2] ?? 1); i++) {
  const t1 = performance.now()
  const o = await runPipeline(kernel, 'flights', { full: process.argv[3] === 'full' })
  console.log(o.status, o.entry, performance.now() - t1, 'ms')
  if (i === 0 || o.errors.length) for (const [n, s] of o.states) console.log(n.padEnd(12), s.status, s.why, JSON.stringify(s.section?.counts ?? {}), s.bytes)
  for (const e of o.errors) console.log(e.code, e.message, e.hint, e.cause)
}
await kernel.dispose()
