/**
 * The public surface of each package as text under `api/`, so that every public change is a visible diff.
 * Made from the declarations the compiler emits. `npm run api` writes, `npm run api -- --check` compares.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { type Package, packages, root } from './packages.ts'

const folder = join(root, 'api')

/** File name under `api/` to text, for every package that has a door. */
export function apiReports(): Map<string, string> {
  const all = packages()
  const { program, declarationOf } = declarations(all)
  const reports = new Map<string, string>()
  for (const each of all) reports.set(reportName(each.name), report(each, program, declarationOf))
  return reports
}

/** Readable differences between the checked-in reports and `reports`; empty where nothing changed. */
export function apiDifferences(reports: ReadonlyMap<string, string>): string[] {
  const onDisk = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.api.md')) : []
  const differences: string[] = []
  for (const file of [...new Set([...onDisk, ...reports.keys()])].sort()) {
    const before = onDisk.includes(file) ? readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n') : ''
    const lines = lineDiff(before.split('\n'), (reports.get(file) ?? '').split('\n'))
    if (lines.length > 0) differences.push([`api/${file}`, ...lines].join('\n'))
  }
  return differences
}

function reportName(name: string): string {
  return `${name.replace('@', '').replace('/', '-')}.api.md`
}

/** Emits the declarations of all packages in memory and opens them as a program of their own. */
function declarations(all: readonly Package[]) {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.json'),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (fault) => {
        throw new Error(ts.flattenDiagnosticMessageText(fault.messageText, '\n'))
      },
    },
  )
  if (!config) throw new Error('tsconfig.json cannot be read')
  const options: ts.CompilerOptions = { ...config.options, noEmit: false, declaration: true, emitDeclarationOnly: true }
  const doors = all.flatMap((each) => [...each.doors.values()].map((door) => resolve(root, each.folder, door)))
  const emitted = new Map<string, string>()
  const source = ts.createProgram(doors, options)
  source.emit(undefined, (path, text) => emitted.set(resolve(path), text), undefined, true)

  // The same file system, with each source file of ours replaced by its declaration.
  const host = ts.createCompilerHost({ ...config.options })
  const { fileExists, readFile, getSourceFile } = host
  const hidden = (path: string) => emitted.has(declarationPath(path)) && /(?<!\.d)\.ts$/.test(path)
  host.fileExists = (path) => emitted.has(resolve(path)) || (!hidden(path) && fileExists(path))
  host.readFile = (path) => emitted.get(resolve(path)) ?? readFile(path)
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const text = emitted.get(resolve(path))
    if (text === undefined) return getSourceFile(path, languageVersion, ...rest)
    return ts.createSourceFile(path, text, languageVersion, true)
  }
  const program = ts.createProgram(doors.map(declarationPath), { ...config.options }, host)
  const declarationOf = (path: string) => program.getSourceFile(declarationPath(path))
  return { program, declarationOf }
}

function declarationPath(path: string): string {
  return resolve(path).replace(/(?<!\.d)\.ts$/, '.d.ts')
}

type DeclarationOf = (path: string) => ts.SourceFile | undefined

function report(each: Package, program: ts.Program, declarationOf: DeclarationOf): string {
  const checker = program.getTypeChecker()
  const home = each.folder === '.' ? join(root, 'src') : join(root, each.folder, 'src')
  const shown = new Map<ts.Symbol, string>()
  const text: string[] = [
    `# ${each.name}`,
    '',
    'Made by `npm run api`; a change here is a change of the public surface.',
    '',
  ]
  for (const [door, source] of each.doors) {
    const file = declarationOf(resolve(root, each.folder, source))
    const module = file && checker.getSymbolAtLocation(file)
    const exported = module ? checker.getExportsOfModule(module) : []
    const blocks: string[] = []
    for (const symbol of [...exported].sort(byName)) {
      const target = aliased(symbol, checker)
      const known = shown.get(target)
      if (!known) shown.set(target, symbol.name)
      blocks.push(known ? `// ${symbol.name}: the same as ${known} above` : textOf(target, symbol.name))
    }
    text.push(`## ${door === '.' ? each.name : each.name + door.slice(1)}`, '', '```ts', blocks.join('\n\n'), '```', '')
  }
  // Types that no door exports but that exported ones mention: a user meets them in error messages.
  const reachable = new Map<ts.Symbol, string>()
  const queue = [...shown.keys()]
  for (let symbol = queue.pop(); symbol; symbol = queue.pop()) {
    for (const mentioned of mentions(symbol, checker)) {
      const ours = mentioned.declarations?.some((node) => resolve(node.getSourceFile().fileName).startsWith(home))
      if (!ours || shown.has(mentioned) || reachable.has(mentioned)) continue
      reachable.set(mentioned, textOf(mentioned, mentioned.name))
      queue.push(mentioned)
    }
  }
  if (reachable.size > 0) {
    const blocks = [...reachable].sort(([a], [b]) => byName(a, b)).map(([, block]) => block)
    text.push('## Mentioned, not exported', '', '```ts', blocks.join('\n\n'), '```', '')
  }
  return text.join('\n')
}

function byName(a: ts.Symbol, b: ts.Symbol): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}

function aliased(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}

const printer = ts.createPrinter({ removeComments: true })

function textOf(symbol: ts.Symbol, name: string): string {
  const declared = symbol.declarations ?? []
  if (declared.length === 0) return `${name}: unresolved`
  const texts = declared.map((node) => {
    const whole = ts.isVariableDeclaration(node) ? node.parent.parent : node
    if (ts.isSourceFile(whole)) return `// ${name}: a module`
    const text = printer.printNode(ts.EmitHint.Unspecified, whole, whole.getSourceFile())
    return text.replace(/^export /, '').replace(/^declare /, '')
  })
  const renamed = symbol.name === name || symbol.name === 'default' ? [] : [`// exported as ${name}`]
  return [...renamed, ...new Set(texts)].join('\n')
}

/** The symbols that the declarations of `symbol` name in type positions. */
function mentions(symbol: ts.Symbol, checker: ts.TypeChecker): Set<ts.Symbol> {
  const found = new Set<ts.Symbol>()
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const target = checker.getSymbolAtLocation(node)
      const resolved = target && aliased(target, checker)
      if (resolved && resolved.flags & named && !isLocal(resolved)) found.add(resolved)
    }
    ts.forEachChild(node, visit)
  }
  for (const node of symbol.declarations ?? []) if (!ts.isSourceFile(node)) visit(node)
  return found
}

const named =
  ts.SymbolFlags.Interface |
  ts.SymbolFlags.Class |
  ts.SymbolFlags.TypeAlias |
  ts.SymbolFlags.Variable |
  ts.SymbolFlags.Function

/** Parameters and the like: variables to the compiler, but no declarations of a module. */
function isLocal(symbol: ts.Symbol): boolean {
  return (symbol.declarations ?? []).every((node) => ts.isParameter(node) || ts.isTypeParameterDeclaration(node))
}

/** Removed and added lines with two lines around them; the common start and end are skipped. */
function lineDiff(before: readonly string[], after: readonly string[]): string[] {
  // Longest common subsequence, from the end; reports are a few thousand lines at most.
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start++
  let end = 0
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end++
  const a = before.slice(start, before.length - end)
  const b = after.slice(start, after.length - end)
  if (a.length === 0 && b.length === 0) return []
  const width = b.length + 1
  const common = new Uint32Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const skip = Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0)
      common[i * width + j] = a[i] === b[j] ? (common[(i + 1) * width + j + 1] ?? 0) + 1 : skip
    }
  }
  const lines: string[] = before.slice(Math.max(0, start - 2), start).map((line) => `  ${line}`)
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(`  ${a[i]}`)
      i++
      j++
    } else if (
      j >= b.length ||
      (i < a.length && (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0))
    ) {
      lines.push(`- ${a[i++]}`)
    } else lines.push(`+ ${b[j++]}`)
  }
  return shorten([...lines, ...before.slice(before.length - end, before.length - end + 2).map((line) => `  ${line}`)])
}

/** Leaves two unchanged lines around each change. */
function shorten(lines: readonly string[]): string[] {
  const near = (at: number) => lines.slice(Math.max(0, at - 2), at + 3).some((line) => !line.startsWith('  '))
  return lines.filter((_, at) => near(at))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const reports = apiReports()
  const differences = apiDifferences(reports)
  if (process.argv.includes('--check')) {
    for (const difference of differences) console.log(`${difference}\n`)
    if (differences.length > 0)
      console.log('The public surface changed. If that is meant: npm run api, and check the reports in.')
    else console.log(`api: ${reports.size} reports, unchanged`)
    process.exitCode = differences.length > 0 ? 1 : 0
  } else {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    for (const [file, text] of reports) writeFileSync(join(folder, file), text)
    console.log(`api: ${reports.size} reports, ${differences.length} changed`)
  }
}
