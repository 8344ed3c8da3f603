import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TidegateEvent } from 'tidegate'
import { loadConfig } from '../../src/kernel/config/load-config.ts'
import { createContentHash } from '../../src/kernel/hash/content-hash.ts'
import { createKernel } from '../../src/kernel/kernel.ts'
import type { PartRecord } from '../../src/kernel/parts/record.ts'
import { readNode } from '../../src/kernel/run/read-node.ts'
import { type RunOutcome, type RunRequest, runPipeline } from '../../src/kernel/run/run-pipeline.ts'
import { root, temporaryFolder } from '../support/temporary-project.ts'

/** A project with this config, in a folder of its own. `executor` is code for the config's slot. */
export async function project(config: string): Promise<string> {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await mkdir(join(folder, 'seen'))
  await writeFile(join(folder, 'pipeline.config.ts'), config)
  return folder
}

export interface Ran {
  readonly outcome: RunOutcome
  readonly events: readonly TidegateEvent[]
  readonly error: unknown
  /** What the run made, without what differs from run to run: names of files, ids, times. */
  readonly made: Readonly<Record<string, unknown>>
}

/** One run of pipeline `p`, in a workspace of its own (`variables` reach the config, also on threads, by the environment). */
export async function runOf(
  folder: string,
  variables: Readonly<Record<string, string>> = {},
  request: RunRequest = {},
): Promise<Ran> {
  await rm(join(folder, '.tidegate'), { recursive: true, force: true })
  Object.assign(process.env, variables)
  const events: TidegateEvent[] = []
  const loaded = await loadConfig({ cwd: folder })
  const kernel = await createKernel(loaded.source, {
    ...loaded,
    pipelines: ['p'],
    onEvent: (event) => events.push(event),
    log: 'silent',
  })
  try {
    const outcome = await runPipeline(kernel, 'p', { full: true, ...request })
    return { outcome, events, error: outcome.errors[0], made: await madeBy(folder, outcome) }
  } finally {
    await kernel.dispose()
    for (const name of Object.keys(variables)) delete process.env[name]
  }
}

async function madeBy(folder: string, outcome: RunOutcome): Promise<Readonly<Record<string, unknown>>> {
  const made: Record<string, unknown> = {}
  for (const [name, { section, status }] of outcome.states) {
    if (section === undefined) {
      made[name] = status
      continue
    }
    const { schema, counts, checks, kept } = section
    const plain = async (record: PartRecord) => plainRecord(record, (path) => readFile(join(folder, '.tidegate', path)))
    const parts = await Promise.all(
      section.parts.map(async ({ record, condemned }) => [await plain(record), condemned]),
    )
    const partials = await Promise.all((section.partials ?? []).map(plain))
    const content = section.kept && status === 'committed' ? await contentOf(outcome, name) : undefined
    made[name] = { status, kept, schema, counts, checks, parts, partials, content }
  }
  return made
}

async function plainRecord(record: PartRecord, read: (path: string) => Promise<Buffer>) {
  const { data, quarantine, partial, files, measures, condemn, removed, ...rest } = record
  const stored = [data, quarantine, partial, files].map((one) => one && [one.rows, one.content, one.schema])
  const blobs = { ...measures, ...condemn, ...(removed === undefined ? {} : { removed }) }
  const states: Record<string, string> = {}
  for (const [name, blob] of Object.entries(blobs))
    states[name] = 'inline' in blob ? blob.inline : (await read(blob.path)).toString('base64')
  return { ...rest, stored, slices: partial?.slices, states }
}

async function contentOf({ engine, states }: RunOutcome, node: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {}
  for (const output of ['main', 'quarantine'] as const) {
    const hash = createContentHash()
    for await (const batch of readNode(engine, states, node, output, new AbortController().signal)) hash.add(batch)
    found[output] = hash.digest()
  }
  return found
}

/** The threads on which code of the project's steps ran: it leaves a file for each. */
export async function threadsSeen(folder: string): Promise<readonly string[]> {
  return (await readdir(join(folder, 'seen'))).sort()
}
