import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { expect, it } from 'vitest'
import { errorsPage } from '../../scripts/errors-doc.ts'
import { commandPrefix } from '../../src/cli/invocation.ts'
import { createOutput } from '../../src/cli/output.ts'
import { createProgram } from '../../src/cli/program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

function program(): { readonly program: Command; readonly written: string[] } {
  const written: string[] = []
  const stream = { write: (text: string) => written.push(text) }
  const output = createOutput({ stdout: stream, stderr: stream, variables: {}, json: false })
  const invocation = { output, cwd: root, variables: {}, signal: new AbortController().signal }
  return { program: createProgram(invocation, () => {}), written }
}

const commandsOf = (command: Command): readonly Command[] =>
  command.commands.flatMap((child) => [child, ...commandsOf(child)])

it('help names every command, and every command explains its options', async () => {
  const { program: main, written } = program()
  await expect(main.parseAsync(['--help'], { from: 'user' })).rejects.toMatchObject({ exitCode: 0 })
  for (const name of ['init', 'run', 'plan', 'show', 'lineage', 'quarantine', 'plugins', 'gc'])
    expect(written.join('')).toMatch(new RegExp(`^ {2}${name}\\b.* {2,}\\S`, 'm'))
  expect(written.join('')).toContain('Exit codes: 0 all is well, 1 data or a run failed, 2 usage or configuration.')
  for (const command of commandsOf(main))
    for (const option of command.options)
      expect(option.description, `${command.name()} ${option.flags}`).toMatch(/^[a-z].*\w/)
})

it('the page on the command line names every command and option, and no others', () => {
  const page = read('docs/cli.md')
  const commands = commandsOf(program().program).filter((command) => command.name() !== 'help')
  for (const command of commands) expect(page).toMatch(new RegExp(`tidegate (?:quarantine )?${command.name()}\\b`))
  const known = new Set(commands.flatMap(({ options }) => options.map(({ long }) => long)))
  for (const option of known) expect(page).toContain(`\`${option}`)
  for (const [option] of page.matchAll(/(?<=[\s`])--[a-z][a-z-]+/g))
    expect([...known, '--help', '--version']).toContain(option)
})

it('help loads commander and nothing else', () => {
  const packages = new Set<string>()
  const seen = new Set<string>()
  const visit = (file: string): void => {
    if (seen.has(file) || !existsSync(file)) return
    seen.add(file)
    for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export) (?!type )[^;]*?from '([^']+)'/gm,
    )) {
      if (from.startsWith('.')) visit(join(dirname(file), from))
      else if (!from.startsWith('node:')) packages.add(from)
    }
  }
  visit(join(root, 'src/cli/main.ts'))
  expect([...packages]).toEqual(['commander'])
  expect(seen.size).toBeLessThan(20)
})

it('the errors page is the table of codes', () => {
  expect(read('docs/errors.md')).toBe(errorsPage())
})

it('names itself as people have to type it', () => {
  expect(commandPrefix({})).toBe('tidegate')
  expect(commandPrefix({ npm_lifecycle_event: 'npx', npm_lifecycle_script: 'tidegate' })).toBe('npx tidegate')
  expect(commandPrefix({ npm_lifecycle_event: 'start', npm_lifecycle_script: 'tidegate run' })).toBe('npx tidegate')
  expect(
    commandPrefix({ npm_lifecycle_event: 'start', npm_lifecycle_script: 'tsx -C tidegate-source src/cli/main.ts run' }),
  ).toBe('npm run -s tidegate --')
})
