import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { symlink, writeFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { order } from '../../scripts/check-structure.ts'
import { root, temporaryFolder } from '../support/temporary-project.ts'

const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/README.md']

describe('the README', () => {
  const blocks = blocksOf('README.md')

  test('begins with the two command lines', () => {
    expect(blocks[0]).toEqual({ language: 'sh', code: 'npm ci && npm start\nnpm ci && npm test\n' })
  })

  test('has a pipeline of some twenty lines that runs and gives what it says', async () => {
    const programs = programsOf('README.md')
    const printed = blocks.find(({ language }) => language === 'text')?.code
    const lines = programs['pipeline.config.ts']?.split('\n').filter((line) => line.trim() !== '')
    expect(lines?.length).toBeLessThanOrEqual(25)
    const { stdout, stderr, status } = await runScript(programs, 'main.ts')
    expect([stderr, stdout, status]).toEqual(['', printed, 0])
  }, 60_000)
})

describe('CONTRIBUTING', () => {
  test('has a plugin whose test passes', async () => {
    const programs = programsOf('CONTRIBUTING.md')
    expect(Object.keys(programs)).toEqual(['iban.ts', 'pipeline.config.ts', 'iban.test.ts'])
    const files = { ...programs, 'payments.csv': dataOf('CONTRIBUTING.md') }
    const folder = await project(files)
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const config = 'export default { ssr: { resolve: { conditions: ["tidegate-source", "module", "node"] } } }'
    await writeFile(join(folder, 'vitest.config.mjs'), config)
    const { stdout, status } = spawnSync(process.execPath, [vitest, 'run', '--root', folder, '--reporter=json'], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect([status, JSON.parse(stdout).numPassedTests]).toEqual([0, 2])
  }, 60_000)
})

test('programs of README and CONTRIBUTING have no type errors', async () => {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ['none.ts'] }, ts.sys, root)
  const files: string[] = []
  for (const page of ['README.md', 'CONTRIBUTING.md']) {
    const folder = await project(programsOf(page))
    files.push(...Object.keys(programsOf(page)).map((name) => join(folder, name)))
  }
  expect(files).toHaveLength(5)
  const program = ts.createProgram(files, options)
  const faults = files.flatMap((file) => program.getSemanticDiagnostics(program.getSourceFile(file)))
  expect(faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([])
}, 120_000)

describe.each(pages)('%s', (page) => {
  const text = readFileSync(join(root, page), 'utf8')

  test('names only files that exist', () => {
    const prose = text.replace(/^```[\s\S]*?^```$/gm, '')
    const linked = [...prose.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, target]) => target as string)
    const links = linked.filter((target) => !/^https?:/.test(target))
    expect(links.filter((target) => !existsSync(join(root, posix.join(posix.dirname(page), target))))).toEqual([])
    const quoted = [...prose.matchAll(/`((?:src|scripts|test|docs|examples|plugins-official|bench)\/[\w./-]*)`/g)]
    const paths = quoted.map(([, path]) => path as string)
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  test('has lines of a readable width', () => {
    const prose = text.replace(/^```[\s\S]*?^```$/gm, '')
    const long = prose.split('\n').filter((line) => line.length > 220 && !line.startsWith('|'))
    expect(long).toEqual([])
  })
})

test('ARCHITECTURE shows the import directions that the structure check enforces', () => {
  const picture = blocksOf('ARCHITECTURE.md')[0]?.code ?? ''
  const places = order.map((layer) => picture.search(new RegExp(`^\\s*${layer}\\b`, 'm')))
  expect(places.every((place) => place >= 0)).toBe(true)
  expect([...places].sort((a, b) => b - a)).toEqual(places) // drawn top down, so the lowest layer comes last
})

function blocksOf(page: string): readonly { readonly language: string; readonly code: string }[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/^```(\w*)[^\n]*\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({
    language,
    code,
  }))
}

/** The TypeScript of a page: named by its first line, otherwise `main.ts`. */
function programsOf(page: string): Readonly<Record<string, string>> {
  const programs = blocksOf(page).filter(({ language }) => language === 'ts')
  return Object.fromEntries(programs.map(({ code }) => [/^\/\/ (\S+\.ts)\n/.exec(code)?.[1] ?? 'main.ts', code]))
}

function dataOf(page: string): string {
  return blocksOf(page).find(({ language }) => language === 'csv')?.code ?? ''
}

async function project(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder()
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}

async function runScript(files: Readonly<Record<string, string>>, script: string) {
  const folder = await project(files)
  const tsx = join(root, 'node_modules/tsx/dist/cli.mjs')
  return spawnSync(process.execPath, [tsx, '-C', 'tidegate-source', script], { cwd: folder, encoding: 'utf8' })
}
