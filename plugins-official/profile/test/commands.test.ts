import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dice } from './rows.ts'

const root = join(import.meta.dirname, '../../..')
const folder = mkdtempSync(join(tmpdir(), 'tidegate-profile-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

beforeAll(() => {
  const random = dice(13)
  const rows = Array.from({ length: 800 }, (_, row) =>
    [
      row + 1,
      ['Oslo', 'Rome'][row % 2],
      (random() * 90 + 5).toFixed(2),
      `K-${100 + (row % 700)}`,
      row % 60 === 0 ? '' : row * 3,
    ].join(','),
  )
  writeFileSync(join(folder, 'orders.csv'), `id,city,amount,"a ""b"" <i>",more\n${rows.join('\n')}\n`)
  writeFileSync(join(folder, 'bad.csv'), 'id\n1\nx\n')
  writeFileSync(
    join(folder, 'secret.ts'),
    `import { z } from 'zod'\nexport default z.object({ id: z.int32(), city: z.string().meta({ tags: ['pii'] }) })\n`,
  )
  writeFileSync(join(folder, 'id.yaml'), 'id: int32\n')
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
})

function tidegate(...words: readonly string[]) {
  const args = [
    '--import',
    import.meta.resolve('tsx'),
    '-C',
    'tidegate-source',
    join(root, 'src/cli/main.ts'),
    ...words,
  ]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, stdout, stderr }
}

describe('tidegate profile', { timeout: 180_000 }, () => {
  it('shows columns as a table, and writes the page', () => {
    const { status, stdout, stderr } = tidegate('profile', 'orders.csv', '--html', 'out.html')
    expect([status, stderr]).toEqual([0, 'written: out.html\n'])
    expect(stdout).toMatch(/^orders\.csv {2}800 rows, 5 columns\n/)
    expect(stdout).toMatch(/\ncity +string +0 % +2 +Oslo +Rome +Oslo 50 %, Rome 50 % +words\n/)
    expect(stdout).toMatch(/\nkeys\n {2}id\n/)
    expect(readFileSync(join(folder, 'out.html'), 'utf8')).toContain('a &quot;b&quot; &lt;i&gt;')
  })

  it('prints JSON for programs', () => {
    const { status, stdout } = tidegate('profile', 'orders.csv', '--json')
    expect(status).toBe(0)
    const { profile } = JSON.parse(stdout)
    expect(profile).toMatchObject({ version: 1, rows: 800, keys: [{ columns: ['id'], basis: 'all rows' }] })
    expect(profile.columns[2]).toMatchObject({ name: 'amount', nulls: 0, numbers: { negatives: 0 } })
  })

  it('masks what the schema tags', () => {
    const { stdout } = tidegate('profile', 'orders.csv', '--schema', 'secret.ts', '--json')
    expect(stdout).not.toContain('Oslo')
    expect(JSON.parse(stdout).profile.columns[1]).toMatchObject({ masked: true, min: '***', distinct: { count: 2 } })
  })

  it('ends with 1 where rows cannot be read, and with 2 where it is called wrongly', () => {
    expect(tidegate('profile', 'bad.csv', '--schema', 'id.yaml').status).toBe(1)
    expect(tidegate('profile', 'orders.csv', '--sample', '200000').status).toBe(2)
    expect(tidegate('suggest', 'orders.csv', '--as', 'xml').status).toBe(2)
  })
})

describe('tidegate suggest', { timeout: 180_000 }, () => {
  it.each(['ts', 'yaml'])('writes checks as %s that the file passes', (language) => {
    const { status, stdout, stderr } = tidegate('suggest', 'orders.csv', '--out', `checks.${language}`)
    expect([status, stdout]).toEqual([0, ''])
    expect(stderr).toMatch(/^\d+ rules from 800 rows, 1\d\d rows held out; \d+ dropped\n$/)
    const checked = tidegate('check', 'orders.csv', '--checks', `checks.${language}`, '--json')
    expect([checked.status, checked.stderr]).toEqual([0, ''])
    const { checks } = JSON.parse(checked.stdout) as { checks: readonly { check: string; verdict: string }[] }
    expect(checks.map(({ verdict }) => verdict)).toEqual(checks.map(() => 'passes'))
    const names = checks.map(({ check }) => check)
    expect(names).toEqual(
      expect.arrayContaining(['unique(id)', 'between(amount, 0, 100)', "oneOf(city, 'Oslo' | 'Rome')"]),
    )
  })

  it('prints to standard output without a file', () => {
    const { stdout } = tidegate('suggest', 'orders.csv', '--as', 'yaml')
    expect(stdout).toContain('\n- unique: id\n')
    const { checks, suggestions } = JSON.parse(tidegate('suggest', 'orders.csv', '--json').stdout)
    expect(checks).toMatch(/^import \{ .* \} from 'tidegate'\n\nexport default \[\n {2}\/\/ /)
    expect(suggestions.find((found: { rule: { check: string } }) => found.rule.check === 'matches').rule.pattern).toBe(
      '/^[A-Z]-\\d{3}$/',
    )
  })
})
