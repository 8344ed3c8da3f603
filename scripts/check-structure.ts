/**
 * Structure checks that no ready-made linter does: import directions, public doors, file length, clocks and dice, house words.
 * Edit the tables below; the code under them stays.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { posix, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/**
 * The layers of `src`, lowest first: a file may import (as a value) from its own layer and the ones below.
 * The first pattern that matches a file decides. `import type` may go in any direction, it is gone at run time.
 */
export const layers: readonly (readonly [name: string, patterns: readonly string[]])[] = [
  [
    'leaves',
    [
      'src/kernel/{token,types,errors,context,secret,node,nearest,bits,display,threshold,table*}.ts',
      'src/kernel/{columns,hash}/**',
    ],
  ],
  ['hooks', ['src/hooks/**']],
  ['contracts', ['src/plugins/*.ts']],
  [
    'helpers',
    [
      'src/kernel/{measures,arrow,group,schema,log,secrets}/**',
      'src/kernel/observed/expression/**',
      'src/kernel/define/{plugin,made-by}.ts',
    ],
  ],
  ['defaults', ['src/plugins/defaults/**']],
  ['kernel', ['src/kernel/kernel.ts', 'src/kernel/run/{run,perform-task,quarantine,history}.ts']],
  ['suites', ['src/testing/**']],
  ['doors', ['src/index.ts', 'src/testing.ts']],
  ['cli', ['src/cli/**']],
  ['engine', ['src/kernel/**']],
]
/** From low to high. Apart from `layers`, because there the first match decides and `engine` is "the rest of the kernel". */
export const order = [
  'leaves',
  'hooks',
  'contracts',
  'helpers',
  'defaults',
  'engine',
  'kernel',
  'suites',
  'doors',
  'cli',
]

/** What code outside the kernel may import of Tidegate. */
export const doors = [/^tidegate$/, /^tidegate\/testing$/, /^@tidegate\/[\w-]+$/, /^@tidegate\/files\/toolkit$/]

/** Files that may read the clock, the dice or make ids: the places where the run context gets them from. */
export const clockHomes: readonly string[] = ['src/kernel/context.ts']

export const longest = 300
export const long = 200
const longBecause = 'Long because:'

/** Words of workshops rather than of the project. Written so that this file does not contain them. */
export const houseWords: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a machine path', /(?<![\w.:/}-])\/(?:[w]ork|[r]oot|[f]arm|[h]ome\/\w+|[U]sers\/\w+)\//],
  ['a registry host', /\bregistry\.(?:[n]pmjs|[y]arnpkg)\b|\b[n]pmmirror\b|"resolved": "[h]ttps?:/],
  ['an issue number', /\b(?:[i]ssue|[p]ull request|[t]icket|PR|GH)[ -]?#?\d+\b/i],
  ['a workshop word', /(?<!user[ -])\b(?:sub-?)?[a]gents?\b|\b(?:coding|developer|working|parallel) [s]essions?\b/i],
  ['a workshop word', /\b(?:[c]laude|[a]nthropic|[o]penai|[c]hatgpt|[c]opilot|[L]LM)s?\b/i],
]
const houseWordsExempt = ['LICENSE', '**/LICENSE']

export interface Finding {
  readonly level: 'error' | 'note'
  readonly check: 'direction' | 'door' | 'dependency' | 'length' | 'clock' | 'word'
  readonly file: string
  readonly line: number
  readonly text: string
}

/** Path (relative, with `/`) to text. `package.json` files among them tell what a package may import. */
export type Tree = ReadonlyMap<string, string>

/** All findings for a tree, errors and notes. */
export function checkStructure(tree: Tree): Finding[] {
  const findings: Finding[] = []
  for (const [file, text] of tree) {
    findings.push(...checkWords(file, text))
    if (!/\.[cm]?ts$/.test(file) || file.endsWith('.d.ts')) continue
    const room = roomOf(file)
    if (room === 'elsewhere') continue
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true)
    findings.push(...checkImports(file, source, room, tree))
    if (room === 'src' || room === 'plugin') findings.push(...checkClock(file, source), ...checkLength(file, text))
  }
  return findings
}

type Room = 'src' | 'plugin' | 'plugin test' | 'example' | 'showcase' | 'elsewhere'

function roomOf(file: string): Room {
  if (file.startsWith('src/')) return 'src'
  if (/^plugins-official\/[^/]+\/src\//.test(file)) return 'plugin'
  if (/^plugins-official\/[^/]+\/test\//.test(file)) return 'plugin test'
  if (file.startsWith('examples/')) return 'example'
  return file === 'pipeline.config.ts' ? 'showcase' : 'elsewhere'
}

export function layerOf(file: string): string | undefined {
  return layers.find(([, patterns]) => patterns.some((pattern) => matches(file, pattern)))?.[0]
}

/** Globs with `**`, `*` and `{a,b}`: all that the tables above need. */
function matches(file: string, glob: string): boolean {
  const pattern = glob
    .replace(/[.+^$()|[\]\\]/g, '\\$&')
    .replace(/\{([^}]*)\}/g, (_, names: string) => `(?:${names.replaceAll(',', '|')})`)
    .replace(/\*\*\/?|\*/g, (star) => (star === '*' ? '[^/]*' : '.*'))
  return new RegExp(`^${pattern}$`).test(file)
}

interface Import {
  readonly from: string
  readonly line: number
  readonly type: boolean
}

function importsOf(source: ts.SourceFile): Import[] {
  const found: Import[] = []
  const add = (at: ts.Node, specifier: ts.Node | undefined, type: boolean) => {
    if (specifier && ts.isStringLiteralLike(specifier))
      found.push({ from: specifier.text, line: lineOf(source, at), type })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node, node.moduleSpecifier, node.importClause?.isTypeOnly ?? false)
    else if (ts.isExportDeclaration(node)) add(node, node.moduleSpecifier, node.isTypeOnly)
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node, node.argument.literal, true)
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node, node.arguments[0], false)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function checkImports(file: string, source: ts.SourceFile, room: Room, tree: Tree): Finding[] {
  const findings: Finding[] = []
  const home = packageFolder(file)
  for (const { from, line, type } of importsOf(source)) {
    const report = (check: Finding['check'], text: string) => findings.push({ level: 'error', check, file, line, text })
    if (from.startsWith('.')) {
      const target = posix.join(posix.dirname(file), from)
      if (room === 'src') {
        if (!target.startsWith('src/')) report('direction', `imports ${target}, which is outside src`)
        else if (!type) {
          const text = directionFault(file, target)
          if (text) report('direction', text)
        }
      } else if (home && !target.startsWith(`${home}/`)) {
        report('door', `imports ${target}, which is outside ${home}: use a public door ('tidegate', '@tidegate/...')`)
      } else if (room === 'showcase' && target.startsWith('src/')) {
        report('door', `imports ${target}: the showcase imports public doors only`)
      } else if (room === 'plugin' && target.startsWith(`${home}/test/`)) report('door', `imports ${target}, a test`)
      continue
    }
    if (isBuiltin(from)) continue
    const name = packageName(from)
    const ours = name === 'tidegate' || name.startsWith('@tidegate/')
    if (room === 'src') {
      if (ours) report('door', `the kernel imports '${from}': import the file instead`)
    } else if (ours && !doors.some((door) => door.test(from))) report('door', `'${from}' is not a public door`)
    else if (room === 'plugin' && from === 'tidegate/testing') report('door', `'${from}' is for tests`)
    if (room === 'src' || room === 'plugin') {
      const declared = declaredDependencies(tree.get(posix.join(home ?? '.', 'package.json')))
      const fault =
        declared && !declared.has(name) && !(room === 'src' && ours) && !(type && declared.has(typesOf(name)))
      if (fault)
        report('dependency', `'${name}' is not among the dependencies of ${posix.join(home ?? '.', 'package.json')}`)
    }
  }
  return findings
}

function directionFault(file: string, target: string): string | undefined {
  const [here, there] = [layerOf(file), layerOf(target)]
  if (!here) return 'belongs to no layer: add it to the table in scripts/check-structure.ts'
  if (!there) return `imports ${target}, which belongs to no layer: add it to the table in scripts/check-structure.ts`
  if (order.indexOf(there) <= order.indexOf(here)) return undefined
  return `${here} imports ${there} (${target}); imports point one way: ${order.join(' <- ')}; \`import type\` is free`
}

function packageFolder(file: string): string | undefined {
  return /^(?:plugins-official|examples)\/[^/]+(?=\/)/.exec(file)?.[0]
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function typesOf(name: string): string {
  return `@types/${name.replace(/^@/, '').replace('/', '__')}`
}

function declaredDependencies(manifest: string | undefined): Set<string> | undefined {
  if (manifest === undefined) return undefined
  const { dependencies = {}, peerDependencies = {}, optionalDependencies = {} } = JSON.parse(manifest)
  return new Set(Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies }))
}

function checkClock(file: string, source: ts.SourceFile): Finding[] {
  if (clockHomes.some((home) => matches(file, home))) return []
  const findings: Finding[] = []
  const report = (node: ts.Node, what: string) => {
    const text = `${what}: time, dice and ids come from the run context`
    findings.push({ level: 'error', check: 'clock', file, line: lineOf(source, node), text })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node)) {
      const name = `${node.expression.getText(source).replace(/^globalThis\./, '')}.${node.name.text}`
      if (name === 'Date.now' || name === 'Math.random') report(node, name)
      if (/^crypto\.(?:randomUUID|getRandomValues|randomBytes)$/.test(name)) report(node, name)
    } else if (ts.isNewExpression(node) && node.expression.getText(source) === 'Date' && !node.arguments?.length) {
      report(node, 'new Date()')
    } else if (ts.isCallExpression(node) && node.expression.getText(source) === 'Date') report(node, 'Date()')
    else if (ts.isImportSpecifier(node) && /^random(?:UUID|Bytes|Int)$/.test((node.propertyName ?? node.name).text)) {
      report(node, (node.propertyName ?? node.name).text)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return findings
}

function checkLength(file: string, text: string): Finding[] {
  const lines = text.replace(/\n$/, '').split('\n')
  if (lines.length <= long) return []
  const excused = lines.slice(0, 5).some((line) => line.includes(longBecause))
  const error = lines.length > longest && !excused
  const what = `${lines.length} lines${excused ? ' (with a reason)' : ''}`
  const remedy = error ? `: split it, or give the reason in the first five lines ("${longBecause} ...")` : ''
  return [{ level: error ? 'error' : 'note', check: 'length', file, line: 1, text: what + remedy }]
}

function checkWords(file: string, text: string): Finding[] {
  if (houseWordsExempt.some((pattern) => matches(file, pattern))) return []
  const findings: Finding[] = []
  text.split('\n').forEach((content, index) => {
    for (const [what, pattern] of houseWords) {
      const hit = pattern.exec(content)?.[0]
      if (hit) findings.push({ level: 'error', check: 'word', file, line: index + 1, text: `${what}: "${hit}"` })
    }
  })
  return findings
}

function lineOf(source: ts.SourceFile, node: ts.Node): number {
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1
}

/** The working tree as git sees it: tracked and new files, without ignored ones; text files only. */
export function readTree(root: string): Tree {
  const listing = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root })
  const tree = new Map<string, string>()
  for (const file of new Set(listing.toString().split('\0'))) {
    if (!file || !existsSync(resolve(root, file))) continue
    const bytes = readFileSync(resolve(root, file))
    if (!bytes.subarray(0, 8000).includes(0)) tree.set(file, bytes.toString('utf8'))
  }
  return tree
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const tree = readTree(fileURLToPath(new URL('..', import.meta.url)))
  const findings = checkStructure(tree)
  const errors = findings.filter(({ level }) => level === 'error')
  for (const { level, check, file, line, text } of [...findings].sort((a, b) => (a.level < b.level ? 1 : -1))) {
    console.log(`${level === 'error' ? 'error' : 'note '}  ${check.padEnd(10)} ${file}:${line}  ${text}`)
  }
  console.log(`structure: ${tree.size} files, ${errors.length} errors, ${findings.length - errors.length} notes`)
  process.exitCode = errors.length > 0 ? 1 : 0
}
