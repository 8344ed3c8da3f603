import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { TidegateError } from '../../../src/kernel/errors.ts'

/** A folder with these files, removed when the test is over. */
export async function project(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-config-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return folder
}

/** Absolute path of a module of the kernel, for imports in files written by tests. */
export function source(path: string): string {
  return new URL(`../../../src/${path}`, import.meta.url).pathname
}

export async function failure(promise: Promise<unknown>): Promise<TidegateError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof TidegateError) return error
  throw new Error(`expected a TidegateError, got ${error}`)
}

export function faultLines(error: TidegateError): string[] {
  const faults = error.data['faults'] as readonly { readonly where: string; readonly message: string }[]
  return faults.map(({ where, message }) => `${where}: ${message}`)
}
