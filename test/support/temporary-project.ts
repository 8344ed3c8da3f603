import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { loadConfig } from '../../src/kernel/config/load-config.ts'
import { createKernel, type Kernel } from '../../src/kernel/kernel.ts'
import { readNode } from '../../src/kernel/run/read-node.ts'
import type { RunOutcome } from '../../src/kernel/run/run-pipeline.ts'

/** The repository's root folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A new folder for one test, removed when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A copy of a project of the repository, without what its runs left behind, with the repository's packages installed. */
export async function temporaryCopy(project: string): Promise<string> {
  const folder = await temporaryFolder()
  const left = ['node_modules', 'out', '.tidegate']
  const entries = (await readdir(join(root, project))).filter((name) => !left.includes(name))
  for (const name of entries) await cp(join(root, project, name), join(folder, name), { recursive: true })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** A folder in which all packages of the repository are installed, except one: `node_modules/<name>` is an empty folder to be filled. */
export async function installAllBut(folder: string, name: string): Promise<string> {
  const packages = join(folder, 'node_modules')
  await mkdir(join(packages, name), { recursive: true })
  for (const entry of await readdir(join(root, 'node_modules'))) {
    if (entry !== name) await symlink(join(root, 'node_modules', entry), join(packages, entry))
  }
  return join(packages, name)
}

/** Boots the config of a project, does something with it, and closes it. */
export async function withKernel<T>(
  folder: string,
  act: (kernel: Kernel) => Promise<T>,
  options: { readonly file?: string; readonly env?: string } = {},
): Promise<T> {
  const { file, env } = options
  const loaded = await loadConfig({ cwd: folder, ...(file === undefined ? {} : { file }) })
  const kernel = await createKernel(loaded.source, { ...loaded, env, log: 'error', variables: {} })
  try {
    return await act(kernel)
  } finally {
    await kernel.dispose()
  }
}

/** The rows of a node's main output as a run left it. */
export async function rowsOf(
  { engine, states }: RunOutcome,
  node: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const rows: Readonly<Record<string, unknown>>[] = []
  const batches = readNode(engine, states, node, 'main', new AbortController().signal)
  for await (const batch of batches) {
    for (let row = 0; row < batch.length; row++) {
      rows.push(Object.fromEntries(batch.schema.fields.map(({ name }, i) => [name, batch.columns[i]?.at(row)])))
    }
  }
  return rows
}
