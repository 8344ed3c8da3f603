import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const home = join(import.meta.dirname, '..')

describe('the README', () => {
  const text = readFileSync(join(home, 'README.md'), 'utf8')
  const snippets = [...text.matchAll(/```ts\n([\s\S]*?)```(?:\n\nprints\n\n```text\n([\s\S]*?)```)?/g)]
  it('begins with a snippet', () => {
    expect(text).toMatch(/^# \S+\n\n```ts\n/)
    expect(snippets.length).toBeGreaterThan(0)
  })
  it.each(snippets.map(([, code, output], i) => [i + 1, code as string, output] as const))(
    'snippet %i runs and prints what it says',
    (i, code, output = '') => {
      const file = join(home, 'test', `.snippet-${i}.mts`)
      const folder = mkdtempSync(join(tmpdir(), 'tidegate-readme-'))
      writeFileSync(file, code)
      try {
        const run = spawnSync(
          process.execPath,
          ['--import', import.meta.resolve('tsx'), '-C', 'tidegate-source', file],
          { cwd: folder, encoding: 'utf8' },
        )
        expect([run.stderr, run.stdout, run.status]).toEqual(['', output, 0])
      } finally {
        rmSync(file)
        rmSync(folder, { recursive: true })
      }
    },
  )
})
