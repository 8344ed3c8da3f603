import { pathToFileURL } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { isTidegateError, TidegateError } from '../errors.ts'
import { nearest } from '../nearest.ts'

/**
 * What went wrong while a module of the project was loaded or its function ran, with file and line where they are known: `PLUGIN_NOT_FOUND` for a
 * package that is not installed, otherwise `CONFIG_THREW`. Tidegate's own errors keep their code.
 */
export function loadError(cause: unknown, file: string): TidegateError {
  const line = lineOf(cause, file)
  const place = line === undefined ? file : `${file}:${line}`
  const data = line === undefined ? { file } : { file, line }
  if (isTidegateError(cause)) {
    if (cause.data['file'] !== undefined) return cause
    const hint = cause.hint === undefined ? {} : { hint: cause.hint }
    return new TidegateError(cause.code, `${place}: ${cause.message}`, {
      ...hint,
      data: { ...cause.data, ...data },
      cause,
    })
  }
  const missing = missingModule(cause)
  if (missing !== undefined && isPackage(missing)) {
    return notInstalled(missing, file, cause)
  }
  return new TidegateError('CONFIG_THREW', `${place} failed: ${reasonOf(cause)}`, {
    hint: missing === undefined ? 'Correct the file; the cause is what it threw.' : 'Correct the path of the import.',
    data,
    cause,
  })
}

function reasonOf(cause: unknown): string {
  const message = stripVTControlCharacters(cause instanceof Error ? cause.message : String(cause))
  const [first = '', second] = message.split(/\s*\n\s*/)
  // Compilers (esbuild under tsx, oxc under vitest) count the errors first; the error itself follows, with its place.
  const line = first.endsWith(':') && second ? second.replace(/^.*?: ERROR: |^\[\w+\] (?:Error: )?/, '') : first
  return line.trim()
}

/** `by`: the file that imports it, where the place is not told otherwise. */
export function notInstalled(specifier: string, by: string | undefined, cause: unknown): TidegateError {
  const name = packageName(specifier)
  const message =
    by === undefined ? `${name} is not installed` : `${by} imports "${specifier}", and ${name} is not installed`
  const data = by === undefined ? { package: name } : { file: by, package: name }
  return new TidegateError('PLUGIN_NOT_FOUND', message, {
    hint: `${official(name)}npm install ${name}`,
    data,
    cause,
  })
}

const ours = [
  'checks',
  'checks-great-expectations',
  'duckdb',
  'executor-threads',
  'files',
  'format-avro',
  'format-excel',
  'format-pickle',
  'lineage-sqlite',
  'profile',
  'report',
].map((word) => `@tidegate/${word}`)

/** Who mistypes a package of ours should not install what somebody else may have put under that name. */
function official(name: string): string {
  if (!name.startsWith('@tidegate/') || ours.includes(name)) return ''
  const near = nearest(name, ours)
  return near === undefined ? '' : `Did you mean ${near}? Otherwise: `
}

/** Node: "Cannot find package 'x' imported from"; CommonJS: "Cannot find module 'x'"; vite: "Failed to load url x". */
function missingModule(cause: unknown): string | undefined {
  const message = cause instanceof Error ? cause.message : ''
  const found =
    /Cannot find (?:package|module) '([^']+)'/.exec(message) ??
    /Failed to (?:load url|resolve import "?)\s*([^\s"]+)/.exec(message)
  return found?.[1]
}

function isPackage(specifier: string): boolean {
  return !/^(?:\.{1,2}(?:\/|$)|\/|file:|[a-zA-Z]:[\\/])/.test(specifier)
}

export function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** The first line of the stack (or of a parser's message) that lies in the file. */
function lineOf(cause: unknown, file: string): number | undefined {
  if (!(cause instanceof Error)) return undefined
  const text = `${cause.stack ?? ''}\n${cause.message}`
  for (const name of [file, pathToFileURL(file).href]) {
    const at = new RegExp(`${name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(?:\\?[^:\\s)]*)?:(\\d+)`).exec(text)
    if (at) return Number(at[1])
  }
  const { loc } = cause as { readonly loc?: { readonly line?: unknown } }
  return typeof loc?.line === 'number' ? loc.line : undefined
}
