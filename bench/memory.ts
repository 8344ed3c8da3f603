import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export interface Memory {
  readonly copies: number
  readonly rows: number
  /** Of the whole process, megabytes. */
  readonly peak: number
  readonly seconds: number
}

/** Copies of the flights file as that many parts, through each + gate + rollup, in a process of its own. */
export async function benchMemory(copies: number): Promise<Memory> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-bench-'))
  try {
    await mkdir(join(folder, 'data'))
    const file = join(process.cwd(), 'node_modules/vega-datasets/data/flights-3m.parquet')
    for (let i = 0; i < copies; i++) await copyFile(file, join(folder, `data/flights-${String(i).padStart(2, '0')}.parquet`))
    const child = fileURLToPath(new URL('memory-child.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '-C', 'tidegate-source', child, folder], { cwd: process.cwd() })
    return { copies, ...(JSON.parse(stdout.trim().split('\n').at(-1) as string) as Omit<Memory, 'copies'>) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
