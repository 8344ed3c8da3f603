import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Batch, defineTarget, type Publication, type Target } from 'tidegate'
import { type PlainRow, type TargetSubject, targetContract } from 'tidegate/testing'
import { describe, test } from 'vitest'
import { z } from 'zod'
import { foundOut } from './found-out.ts'

const lines = (batch: Batch) =>
  Array.from(
    { length: batch.length },
    (_, row) =>
      `${JSON.stringify(Object.fromEntries(batch.schema.fields.map(({ name }, i) => [name, batch.columns[i]?.at(row) ?? null])))}\n`,
  )

/** One file of JSON lines, replaced by rename. */
const oneFile = (path: string): Target => ({
  publish: 'atomic',
  location: path,
  async commit({ batches, rows, signal, snapshot }: Publication) {
    const text: string[] = []
    for await (const batch of batches()) {
      signal.throwIfAborted()
      text.push(...lines(batch))
    }
    await writeFile(`${path}.new`, text.join(''))
    await rename(`${path}.new`, path)
    return { rows, bytes: text.join('').length, files: [path], state: { snapshot } }
  },
  intact: async (snapshot, state) =>
    (state as { snapshot: string } | undefined)?.snapshot === snapshot &&
    (await readFile(path).then(
      () => true,
      () => false,
    )),
})

/** A file for each part, those of unchanged parts left alone. */
const folderOf = (path: string): Target => ({
  publish: 'per-file',
  location: path,
  async commit({ parts, rows, signal }) {
    await mkdir(path, { recursive: true })
    const names = parts.map(({ key }) => `${key}.ndjson`)
    const before = await readdir(path)
    for (const [i, part] of parts.entries()) {
      signal.throwIfAborted()
      if (before.includes(names[i] as string)) continue
      const text: string[] = []
      for await (const batch of part.batches()) text.push(...lines(batch))
      await writeFile(join(path, names[i] as string), text.join(''))
    }
    for (const name of before) if (!names.includes(name)) await rm(join(path, name))
    return { rows, bytes: 0, files: names }
  },
})

const parse = (text: string): PlainRow[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as PlainRow)
const readFolder = async (path: string) =>
  (
    await Promise.all(
      (await readdir(path).catch(() => [] as string[])).map((name) => readFile(join(path, name), 'utf8')),
    )
  ).flatMap(parse)

const inFolder = (make: (path: string) => Target): TargetSubject => ({
  node: (from, folder) => defineTarget({ name: 'test/to-folder', create: () => make(join(folder, 'out')) })({ from }),
  read: (folder) => readFolder(join(folder, 'out')),
  lose: (folder) => rm(join(folder, 'out'), { recursive: true }),
})
type Break = (whole: Target, path: string) => Partial<Target>
const inFile = (broken: Break = () => ({})): TargetSubject => ({
  node(from) {
    const toFile = defineTarget({
      name: 'test/to-file',
      options: z.object({ path: z.string() }),
      create: ({ path }, _, place) => ({
        ...oneFile(join(place.folder, path)),
        ...broken(oneFile(join(place.folder, path)), join(place.folder, path)),
      }),
    })
    return toFile({ from, path: 'out.ndjson' })
  },
  read: (folder) => readFile(join(folder, 'out.ndjson'), 'utf8').then(parse, () => undefined),
  lose: (folder) => rm(join(folder, 'out.ndjson')),
})

describe('a target of one file', () => {
  for (const { name, run } of targetContract(inFile())) test(name, run)
})
describe('a target of a file for each part', () => {
  for (const { name, run } of targetContract(inFolder(folderOf))) test(name, run)
})

const broken: Readonly<Record<string, readonly [finding: string, Parameters<typeof inFile>[0]]>> = {
  'publishes the first part alone': [
    'publishes the rows of all parts, and says what it wrote',
    (whole) => ({
      commit: (given) => whole.commit({ ...given, batches: () => given.parts[0]?.batches() ?? given.batches() }),
    }),
  ],
  'leaves the old rows of what is empty now': [
    'publishes what has no rows or no parts',
    (whole) => ({
      commit: async (given) => (given.rows === 0 ? { rows: 0, bytes: 0, files: [] } : whole.commit(given)),
    }),
  ],
  appends: [
    'shows a new snapshot in the place of the old one',
    (whole, path) => ({
      async commit(given) {
        const before = await readFile(path, 'utf8').catch(() => '')
        const published = await whole.commit(given)
        await writeFile(path, before + (await readFile(path, 'utf8')))
        return published
      },
    }),
  ],
  'writes the same rows again': [
    'changes nothing when the same snapshot is published again',
    (whole, path) => {
      return {
        async commit(given) {
          const before = await readFile(path, 'utf8').catch(() => '')
          const published = await whole.commit(given)
          const now = await readFile(path, 'utf8')
          if (before === now) await writeFile(path, before + now)
          return published
        },
      }
    },
  ],
  'promises all or nothing and writes line by line': [
    'tells when it cannot publish, and keeps what it showed where it promises that',
    (_whole, path) => ({
      async commit({ batches, rows }) {
        await writeFile(path, '')
        for await (const batch of batches()) await writeFile(path, lines(batch).join(''), { flag: 'a' })
        return { rows, bytes: 0, files: [path] }
      },
    }),
  ],
  'hides that it could not publish': [
    'tells when it cannot publish, and keeps what it showed where it promises that',
    (whole) => ({ commit: (given) => whole.commit(given).catch(() => ({ rows: 0, bytes: 0, files: [] })) }),
  ],
  'says that what is gone is there': [
    'says whether what it published is still there',
    () => ({ intact: async () => true }),
  ],
  'says that what is there is gone': [
    'publishes what a pipeline commits, and only when it changed',
    () => ({ intact: async () => false }),
  ],
  'goes on when told to stop': [
    'stops when it is told to',
    (whole) => ({ commit: (given) => whole.commit({ ...given, signal: new AbortController().signal }) }),
  ],
  'keeps a date as state': [
    'publishes the rows of all parts, and says what it wrote',
    (whole) => ({ commit: async (given) => ({ ...(await whole.commit(given)), state: { at: new Date(0) } as never }) }),
  ],
}

describe('a target that is broken is found out, where it', () => {
  for (const [title, [finding, breaks]] of Object.entries(broken)) {
    test(title, async () => {
      await foundOut(targetContract(inFile(breaks)), finding)
    })
  }
})
