import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What the linter says about files of a small tree with this repository's rules. */
function lint(files: Record<string, string>): { clean: boolean; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-lint-'))
  try {
    cpSync(join(root, 'biome.json'), join(folder, 'biome.json'))
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), text)
    }
    const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
    const args = [biome, 'check', '--error-on-warnings', '--vcs-enabled=false', 'src']
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
    return { clean: status === 0, output: stdout + stderr }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

it('is content with the style of the house', () => {
  expect(lint({ 'src/a.ts': `export const one = 'text'\n` })).toMatchObject({ clean: true })
})

it.each([
  ['any', 'noExplicitAny', { 'src/a.ts': 'export const one = (value: any): unknown => value\n' }],
  ['a default export', 'noDefaultExport', { 'src/a.ts': 'export default 1\n' }],
  ['an enum', 'noEnum', { 'src/a.ts': 'export enum Kind {\n  A,\n}\n' }],
  [
    'a type imported as a value',
    'useImportType',
    { 'src/a.ts': `import { Stats } from 'node:fs'\n\nexport type A = Stats\n` },
  ],
  ['another way of writing', 'format', { 'src/a.ts': 'export const one = "text";\n' }],
  ['a name that is not in kebab case', 'useFilenamingConvention', { 'src/aB.ts': 'export const one = 1\n' }],
  [
    'a cycle of imports',
    'noImportCycles',
    {
      'src/a.ts': `import { b } from './b.ts'\n\nexport const a = (): unknown => b\n`,
      'src/b.ts': `import { a } from './a.ts'\n\nexport const b = (): unknown => a\n`,
    },
  ],
])('refuses %s', (_, rule, files) => {
  const { clean, output } = lint(files)
  expect(clean).toBe(false)
  expect(output).toContain(rule)
})
