import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allSnippets, type Snippet, snippetsOf } from './snippets.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
// Inside the repository, so that "tidegate" and its plugins are found from there; named with a dot, so that no other program takes it in.
const folder = join(root, 'test/docs', `.snippets-${process.pid}`)
const snippets = allSnippets(root)
const fileOf = ({ page, file }: Snippet) => join(folder, page.replaceAll(/[^\w-]/g, '_'), file)
const title = ({ page, line, file }: Snippet) => `${page}:${line} ${file}`

beforeAll(async () => {
  for (const snippet of snippets) {
    await mkdir(dirname(fileOf(snippet)), { recursive: true })
    await writeFile(fileOf(snippet), snippet.code)
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the programs in the documentation', () => {
  test('are there', () => {
    expect(snippets.length).toBeGreaterThan(8)
    expect(new Set(snippets.map(fileOf)).size).toBe(snippets.length)
  })

  test('have no type errors', { timeout: 120_000 }, () => {
    const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ['none.ts'] }, ts.sys, root)
    const program = ts.createProgram(snippets.map(fileOf), options)
    const errors = snippets.flatMap((snippet) => {
      const source = program.getSourceFile(fileOf(snippet))
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
        ({ start = 0, messageText }) => {
          const line = snippet.line + (source?.getLineAndCharacterOfPosition(start).line ?? 0)
          return `${snippet.page}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
        },
      )
    })
    expect(errors).toEqual([])
  })

  // A program that another one of its page imports runs when that one does.
  const imported = (snippet: Snippet) =>
    snippets.some(({ page, code }) => page === snippet.page && code.includes(`from './${snippet.file}'`))
  for (const snippet of snippets.filter((own) => !imported(own))) {
    test(`run: ${title(snippet)}`, { timeout: 60_000 }, async () => {
      const place = await mkdtemp(join(tmpdir(), 'tidegate-snippet-'))
      try {
        const given = ['--conditions', 'tidegate-source', '--import', import.meta.resolve('tsx'), fileOf(snippet)]
        const env = { ...process.env, NODE_OPTIONS: '', TIDEGATE_ENV: 'test', NODE_TEST_CONTEXT: '' }
        await promisify(execFile)(process.execPath, given, { cwd: place, env, timeout: 55_000 }).catch(
          (error: { readonly stdout?: string; readonly stderr?: string }) => {
            throw new Error(`${title(snippet)} failed\n${error.stdout}\n${error.stderr}`)
          },
        )
      } finally {
        await rm(place, { recursive: true, force: true })
      }
    })
  }
})

test('a fence without "run" is text, one with a name is a file', () => {
  const page = ['```ts', 'no', '```', '', '```ts run a.ts', 'one', 'two', '```', '```ts run', 'three', '```', ''].join(
    '\n',
  )
  expect(snippetsOf('page.md', page)).toEqual([
    { page: 'page.md', line: 6, file: 'a.ts', code: 'one\ntwo\n' },
    { page: 'page.md', line: 10, file: 'snippet-2.ts', code: 'three\n' },
  ])
})
