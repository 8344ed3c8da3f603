import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { say } from './measure.ts'

interface Memory {
  readonly copies: number
  readonly rows: number
  /** Of the whole process, megabytes. */
  readonly peak: number
  readonly seconds: number
}

/** Copies of the flights file as that many parts, through each + gate + rollup, in a process of its own. */
async function benchMemory(copies: number): Promise<Memory> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-bench-'))
  try {
    await mkdir(join(folder, 'data'))
    const file = join(process.cwd(), 'node_modules/vega-datasets/data/flights-3m.parquet')
    for (let i = 0; i < copies; i++)
      await copyFile(file, join(folder, `data/flights-${String(i).padStart(2, '0')}.parquet`))
    const child = fileURLToPath(new URL('memory-child.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '-C', 'tidegate-source', child, folder],
      { cwd: process.cwd() },
    )
    return { copies, ...(JSON.parse(stdout.trim().split('\n').at(-1) as string) as Omit<Memory, 'copies'>) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const many = process.argv.includes('--quick') ? 4 : 20
const one = await benchMemory(1)
const all = await benchMemory(many)
for (const { copies, rows, peak, seconds } of [one, all]) {
  say(`${copies} x 3,000,000 flights through each + gate + rollup`, `${peak.toFixed(0)} MB`, 'under 1,000 MB')
  say('  rows a second', `${(rows / seconds / 1e6).toFixed(2)} M`)
}
say(`  peak of ${many} copies / peak of one`, (all.peak / one.peak).toFixed(2), 'at most 1.3')
