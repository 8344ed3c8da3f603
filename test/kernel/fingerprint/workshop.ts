import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createJiti } from 'jiti'
import { onTestFinished } from 'vitest'
import { type CodeFingerprint, createCodeIndex, type FingerprintOptions } from '../../../src/kernel/fingerprint/code.ts'

export type Files = Readonly<Record<string, string>>

/** A folder of real files, removed after the test. */
export function folder(files: Files): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'tidegate-code-')))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  write(path, { 'package.json': '{ "type": "module", "name": "workshop", "version": "1.0.0" }', ...files })
  return path
}

export function write(path: string, files: Files): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), text)
  }
}

/** The export of a module as jiti runs it: functions, or objects with functions. */
export async function load(path: string, name = 'run'): Promise<any> {
  const jiti = createJiti(import.meta.url, { moduleCache: false, fsCache: false })
  return ((await jiti.import(path)) as Record<string, unknown>)[name]
}

/** The fingerprint of the function `run` that `config.ts` exports; a text is the text of `config.ts`. */
export async function fingerprintOf(files: Files | string, options?: FingerprintOptions): Promise<CodeFingerprint> {
  return fingerprintIn(folder(typeof files === 'string' ? { 'config.ts': files } : files), options)
}

export async function fingerprintIn(place: string, options?: FingerprintOptions): Promise<CodeFingerprint> {
  const path = join(place, 'config.ts')
  return createCodeIndex(path).fingerprint(await load(path), options)
}

export const names = (print: CodeFingerprint): readonly string[] => print.parts.map((part) => part.name)
