import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const command = [
  '--import',
  join(root, 'node_modules/tsx/dist/loader.mjs'),
  '-C',
  'tidegate-source',
  join(root, 'src/cli/main.ts'),
]
const made: string[] = []

afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})

/** A folder of its own with these files, from which `tidegate` can be imported. */
export function project(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-cli-'))
  made.push(folder)
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const [path, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files }))
    write(folder, path, text)
  return folder
}

export function write(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function environment(variables: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([key]) => !/^(?:npm_|vitest|tidegate|no_color|force_color|node_options)/i.test(key),
  )
  return { ...Object.fromEntries(kept), ...variables }
}

/** The real command line, from source, with its output piped. */
export function tidegate(
  cwd: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Ended {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [...command, ...args], {
    cwd,
    env: environment(variables),
    encoding: 'utf8',
    timeout: 60_000,
  })
  if (error) throw error
  return { code: status, stdout, stderr }
}

/** Several calls at once, two at a time, by name. None of them may change what another reads. */
export async function callAll<K extends string>(
  cwd: string,
  calls: Readonly<Record<K, string>>,
  variables: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<K, Ended>>> {
  const waiting = Object.entries<string>(calls)
  const results: Record<string, Ended> = {}
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, line] = next
      results[name] = await startTidegate(
        cwd,
        line.split(' ').filter((word) => word !== ''),
        variables,
      ).ended
    }
  }
  await Promise.all([work(), work()])
  return results as Record<K, Ended>
}

/** The same, left running: `until` resolves once the output matches, `ended` at the end. */
export function startTidegate(
  cwd: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): {
  readonly until: (pattern: RegExp) => Promise<void>
  readonly kill: (signal: NodeJS.Signals) => void
  readonly ended: Promise<Ended>
} {
  const child = spawn(process.execPath, [...command, ...args], {
    cwd,
    env: environment(variables),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  const listeners = new Set<() => void>()
  const heard = (): void => {
    for (const listener of [...listeners]) listener()
  }
  child.stdout.on('data', (bytes: Buffer) => {
    stdout += bytes.toString()
    heard()
  })
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString()
    heard()
  })
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })))
  const until = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const listener = (): void => {
        if (!pattern.test(stdout + stderr)) return
        listeners.delete(listener)
        resolve()
      }
      listeners.add(listener)
      listener()
      ended.then(() => reject(new Error(`ended before ${pattern}: ${stdout}${stderr}`)), reject)
    })
  return { until, kill: (signal) => void child.kill(signal), ended }
}

/** A JSON value for each line. */
export function records(text: string): readonly Record<string, any>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

/** Nothing in it steers a terminal. */
export function isPlain(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the very thing that is looked for.
  return !/[\u001b\u009b]/.test(text)
}
