import { readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')
const files = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => join(here, file))

/** What the compiler says about the given files, one line per fault. */
function faults(names: readonly string[], replaced: ReadonlyMap<string, string> = new Map()): string[] {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} }
  const config = ts.getParsedCommandLineOfConfigFile(join(root, 'tsconfig.json'), {}, host)
  if (!config) throw new Error('tsconfig.json cannot be read')
  const compiler = ts.createCompilerHost(config.options)
  const { readFile, fileExists, getSourceFile } = compiler
  compiler.readFile = (path) => replaced.get(path) ?? readFile(path)
  compiler.fileExists = (path) => replaced.has(path) || fileExists(path)
  compiler.getSourceFile = (path, version, ...rest) => {
    const text = replaced.get(path)
    return text === undefined ? getSourceFile(path, version, ...rest) : ts.createSourceFile(path, text, version, true)
  }
  const program = ts.createProgram([...names], config.options, compiler)
  return names.flatMap((name) => {
    const source = program.getSourceFile(name)
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    return found.map(({ file, start = 0, code, messageText }) => {
      const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0
      return `${relative(root, name)}:${line} TS${code} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
    })
  })
}

describe('types', () => {
  it('accepts what must compile and refuses what must not (every @ts-expect-error is one)', {
    timeout: 120_000,
  }, () => {
    expect(faults(files).join('\n')).toBe('')
  })

  it('notices a wrong line that compiles after all', { timeout: 60_000 }, () => {
    const sample = join(here, 'imagined.ts')
    const text = '// @ts-expect-error a text is no number\nexport const fine: string = "text"\n'
    expect(faults([sample], new Map([[sample, text]]))).toEqual([expect.stringContaining('TS2578')])
  })
})
