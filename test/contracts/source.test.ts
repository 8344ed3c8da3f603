import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Connection, defineSource, type Node, type PartRef, table, types } from 'tidegate'
import { type PlainRow, type SourceSubject, sourceContract } from 'tidegate/testing'
import { describe, test } from 'vitest'
import { z } from 'zod'
import { foundOut } from './found-out.ts'

const Line = z.object({ n: z.int32(), text: z.string().nullable() })
const physical = {
  fields: [
    { name: 'n', type: types.int32, nullable: false },
    { name: 'text', type: types.string, nullable: true },
  ],
}

/** A folder of text files, one part each; an empty line is an absent text. Some lines cannot be parsed. */
const filesIn = (folder: string): Connection => ({
  listing: 'complete',
  async *discover({ signal }) {
    for (const id of (await readdir(folder)).filter((name) => name.endsWith('.txt')).sort()) {
      signal.throwIfAborted()
      yield { id, fingerprint: await readFile(join(folder, id), 'utf8'), bytes: (await stat(join(folder, id))).size }
    }
  },
  describe: async () => physical,
  async *open({ id }, { batchRows, signal }) {
    const lines = (await readFile(join(folder, id), 'utf8')).split('\n').slice(0, -1)
    for (let start = 0; start < lines.length; start += batchRows) {
      signal.throwIfAborted()
      const numbered = lines.slice(start, start + batchRows).map((text, i) => ({ n: start + i, text }))
      const good = numbered.filter(({ text }) => !text.startsWith('!'))
      if (good.length > 0)
        yield table(Line, { n: good.map(({ n }) => n), text: good.map(({ text }) => (text === '' ? null : text)) })
      const bad = numbered.filter(({ text }) => text.startsWith('!'))
      if (bad.length > 0)
        yield { rejected: bad.map(({ n, text }) => ({ row: n, line: n + 1, reason: 'it begins with !', raw: text })) }
    }
  },
})

/** An endless list of numbers of which three more are there each time something happens. */
const logOf = (ready: () => number): Connection => ({
  listing: 'append',
  async *discover({ after }) {
    for (let i = after === undefined || after === null ? 0 : (after as number) + 1; i < ready(); i++)
      yield { id: `offset ${i}`, fingerprint: `${i}`, at: i }
  },
  describe: async () => physical,
  async *open({ at }, { signal }) {
    signal.throwIfAborted()
    yield table(Line, { n: [at as number, at as number], text: ['a', null] })
  },
})

const a = ['one', '', 'zwei ä', 'x']
const b = ['later']
const rowsOf = (...files: readonly (readonly string[])[]): PlainRow[] =>
  files.flatMap((lines) =>
    lines.flatMap((text, n) => (text.startsWith('!') ? [] : [{ n, text: text === '' ? null : text }])),
  )
const write = (folder: string, name: string, lines: readonly string[]) =>
  writeFile(join(folder, name), lines.map((line) => `${line}\n`).join(''))

/** The files as a subject, with something else in the place of some of what the source does. */
function files(
  broken: (whole: Connection, folder: string) => Partial<Connection> = () => ({}),
  lines = a,
): SourceSubject {
  return {
    async node(folder) {
      await write(folder, 'a.txt', lines)
      await write(folder, 'b.txt', b)
      const source = defineSource({
        name: 'test/files',
        create: () => ({ ...filesIn(folder), ...broken(filesIn(folder), folder) }),
      })
      return source({ schema: Line, otherwise: 'quarantine' }) as Node
    },
    rows: rowsOf(lines, b),
    async change(folder) {
      await write(folder, 'b.txt', ['changed', '!bad'])
      await write(folder, 'c.txt', ['new'])
      return rowsOf(lines, ['changed'], ['new'])
    },
  }
}

let ready = 2
const log: SourceSubject = {
  node: () => {
    ready = 2
    return defineSource({ name: 'test/log', create: () => logOf(() => ready) })({ schema: Line }) as Node
  },
  rows: [0, 0, 1, 1].map((n, i) => ({ n, text: i % 2 === 0 ? 'a' : null })),
  change() {
    ready = 3
    return [0, 0, 1, 1, 2, 2].map((n, i) => ({ n, text: i % 2 === 0 ? 'a' : null }))
  },
}

const subjects = {
  'of files': files(),
  'of files with lines that cannot be parsed': files(undefined, [...a, '!worse', 'good', '!bad']),
  'that appends': log,
}
for (const [title, subject] of Object.entries(subjects)) {
  describe(`a source ${title}`, () => {
    for (const { name, run } of sourceContract(subject)) test(name, run)
  })
}

const relisted =
  (change: (part: PartRef, i: number) => PartRef) =>
  (whole: Connection): Partial<Connection> => ({
    async *discover(request) {
      let i = 0
      for await (const part of whole.discover(request)) yield change(part, i++)
    },
  })
let listings = 0
const broken: Readonly<Record<string, readonly [finding: string, Parameters<typeof files>[0]]>> = {
  'gives two parts one id': [
    'lists parts with ids of their own and fingerprints, all of them JSON',
    relisted((part) => ({ ...part, id: 'all' })),
  ],
  'lists what is no JSON': [
    'lists parts with ids of their own and fingerprints, all of them JSON',
    relisted((part) => ({ ...part, at: new Date(0) as never })),
  ],
  'takes sizes for fingerprints': [
    'changes the fingerprint of what changed, and of nothing else',
    relisted((part) => ({ ...part, fingerprint: 'always the same' })),
  ],
  'gives new fingerprints to old content': [
    'lists the same parts in the same order as long as nothing changed',
    relisted((part) => ({ ...part, fingerprint: `${listings++}` })),
  ],
  'loses what does not fill a batch': [
    'gives the same rows for any batch size',
    (whole) => ({
      async *open(part, request) {
        for await (const chunk of whole.open(part, request))
          if (!('numRows' in chunk) || chunk.numRows() === request.batchRows || request.batchRows > 10) yield chunk
      },
    }),
  ],
  'needs what it listed itself': [
    'opens a part by what is left of it after JSON, as often as it is asked',
    (whole) => {
      const known = new Set<PartRef>()
      return {
        async *discover(request) {
          for await (const part of whole.discover(request)) {
            known.add(part)
            yield part
          }
        },
        async *open(part, request) {
          if (!known.has(part)) throw new Error('never heard of it')
          yield* whole.open(part, request)
        },
      }
    },
  ],
  'gives other columns than those asked for': [
    'gives at least the columns that are asked for, with the same values',
    (whole) => ({
      async *open(part, request) {
        for await (const chunk of whole.open(part, request))
          yield request.columns !== undefined && 'numRows' in chunk
            ? chunk.select(request.columns[0] === 'n' ? 'text' : 'n')
            : chunk
      },
    }),
  ],
  'reads on when told to stop': [
    'stops when it is told to',
    (whole) => ({ open: (part, request) => whole.open(part, { ...request, signal: new AbortController().signal }) }),
  ],
  'can be read once': [
    'ends when its reader does, and can be opened again',
    (whole) => {
      let first = true
      return {
        async *open(part, request) {
          if (request.batchRows === 1) first = false
          if (first || request.batchRows === 1) yield* whole.open(part, request)
        },
      }
    },
  ],
  'gives all bad rows one number': [
    'numbers the rows that could not be parsed, with a reason',
    (whole) => ({
      async *open(part, request) {
        for await (const chunk of whole.open(part, request))
          yield 'rejected' in chunk ? { rejected: [...chunk.rejected, ...chunk.rejected] } : chunk
      },
    }),
  ],
}

describe('a source that is broken is found out, where it', () => {
  for (const [title, [finding, breaks]] of Object.entries(broken)) {
    test(title, async () => {
      await foundOut(sourceContract(files(breaks, [...a, '!bad'])), finding)
    })
  }
})
