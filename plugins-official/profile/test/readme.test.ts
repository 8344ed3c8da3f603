import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const home = join(import.meta.dirname, '..')

describe('the README', () => {
  it('begins with a snippet that runs and prints what it says', () => {
    const text = readFileSync(join(home, 'README.md'), 'utf8')
    const [, code = '', output = ''] =
      /^# \S+\n\n```ts\n([\s\S]*?)```\n\nprints\n\n```text\n([\s\S]*?)```/.exec(text) ?? []
    const file = join(home, 'test', '.snippet.mts')
    writeFileSync(file, code)
    try {
      const args = ['--import', import.meta.resolve('tsx'), '-C', 'tidegate-source', file]
      const run = spawnSync(process.execPath, args, { encoding: 'utf8' })
      expect([run.stderr, run.stdout, run.status]).toEqual(['', output, 0])
    } finally {
      rmSync(file)
    }
  })
})
