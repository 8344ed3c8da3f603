import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const home = join(import.meta.dirname, '..')

test('the README begins with a snippet that runs', () => {
  const [, code = ''] =
    /^# \S+\n\n[^\n]+\n\n```ts\n([\s\S]*?)```/.exec(readFileSync(join(home, 'README.md'), 'utf8')) ?? []
  expect(code).toContain('threads({')
  const file = join(home, 'test', '.snippet.mts')
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-readme-'))
  writeFileSync(file, code)
  try {
    const run = spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), '-C', 'tidegate-source', file], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect([run.stderr, run.stdout, run.status]).toEqual(['', '', 0])
  } finally {
    rmSync(file)
    rmSync(folder, { recursive: true })
  }
}, 60_000)
