import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from 'tidegate'
import { expect, test } from 'vitest'
import { badRows, ordersConfig, writeOrders } from './apply-pipeline.ts'

const kills = Number(process.env['TIDEGATE_KILLS'] ?? 6)

test('whenever the process is killed while corrections are applied, all rows of an act are corrected or none', async () => {
  const place = await mkdtemp(join(tmpdir(), 'tidegate-apply-'))
  const home = process.cwd()
  process.chdir(place)
  try {
    await writeOrders(place)
    const config = ordersConfig()
    await run(config, 'shop')
    let value = 1
    for (let kill = 0; kill < kills; kill++) {
      const child = fork(new URL('./apply-child.ts', import.meta.url).pathname, [String(value)], {
        cwd: place,
        execArgv: ['--import', import.meta.resolve('tsx'), '-C', 'tidegate-source'],
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      })
      let told = value - 1
      child.on('message', (message) => {
        if (typeof message === 'number') told = message
      })
      await once(child, 'message')
      await new Promise((resolve) => setTimeout(resolve, 40 + 37 * kill))
      child.kill('SIGKILL')
      await once(child, 'exit')
      const { clean } = await run(config, 'shop', kill % 2 === 0 ? {} : { full: true })
      const amounts = new Set((await clean.table()).slice(0).array('amount') as Iterable<number>)
      const published = (await readFile(join(place, 'out.csv'), 'utf8')).trim().split('\n').slice(1)
      // That of good rows, and of the first correction.
      amounts.delete(1)
      const corrected = clean.rows === 10 ? 0 : badRows
      expect(clean.rows).toBe(10 + corrected)
      expect(clean.quarantine.rows).toBe(badRows - corrected)
      expect(amounts.size).toBeLessThanOrEqual(1)
      expect(published).toHaveLength(clean.rows)
      // What was told as done is there; the act that was under way may be.
      const [latest = corrected === 0 ? 0 : 1] = amounts
      expect([told, told + 1]).toContain(latest)
      value = latest + 1
    }
  } finally {
    process.chdir(home)
    await rm(place, { recursive: true, force: true })
  }
}, 240_000)
