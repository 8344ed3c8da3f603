import assert from 'node:assert/strict'
import type { Awaitable } from '../kernel/context.ts'
import { createRandom } from '../kernel/hash/random.ts'
import type { Node } from '../kernel/node.ts'
import type { PartRef, Source } from '../plugins/source.ts'
import { gather } from './contract.ts'
import { inFolder, runAndRead, withEngine } from './harness.ts'
import type { ContractCase } from './lineage-store.ts'
import { readChunks, sameRows } from './rows.ts'

export interface GeneratorSubject {
  /** The module in which the code stands, `import.meta.url`: whether it changed is told from its source. */
  readonly module: string
  /** A node of the generator, always with the same options. */
  readonly node: () => Awaitable<Node>
  /** One whose options make other data. */
  readonly other: () => Awaitable<Node>
  /** It draws from `random`, so that another seed makes other data. Default true. */
  readonly random?: boolean
}

/** What every generator must do: equal options, code and seed give equal data, however it is read. */
export function generatorContract(subject: GeneratorSubject): readonly ContractCase[] {
  return Object.entries(cases).map(([name, check]) => ({ name, run: () => check(subject) }))
}

const never = new AbortController().signal

const cases: Readonly<Record<string, (subject: GeneratorSubject) => Promise<void>>> = {
  async 'makes the same data in every run with the same seed'({ node }) {
    const first = await made(await node())
    assert.ok(first.rows.length > 0, 'it makes no rows')
    sameRows((await made(await node())).rows, first.rows, 'made again')
  },
  async 'makes the same data each time it is read in one run'({ node }) {
    await opened(await node(), 0, async (source, part) => {
      const whole = await readPart(source, part)
      await source.describe(part, { signal: never })
      sameRows((await readPart(source, part)).rows, whole.rows, 'after it was described')
      const both = await Promise.all([readPart(source, part), readPart(source, part, 3)])
      for (const { rows } of both) sameRows(rows, whole.rows, 'read twice at the same time')
    })
  },
  async 'makes other data for another seed'({ node, random = true }) {
    const [one, two] = [await made(await node(), 1), await made(await node(), 2)]
    if (random)
      assert.notDeepEqual(one.rows, two.rows, 'two seeds give the same data: say `random: false` if none is drawn')
    else sameRows(two.rows, one.rows, 'another seed')
  },
  async 'makes other data, under another fingerprint, for other options'({ node, other }) {
    const [one, same, two] = [await made(await node()), await made(await node()), await made(await other())]
    assert.equal(same.part.fingerprint, one.part.fingerprint)
    assert.notEqual(two.part.fingerprint, one.part.fingerprint)
    assert.notDeepEqual(two.rows, one.rows)
  },
  async 'makes the same rows for any batch size'({ node }) {
    await opened(await node(), 0, async (source, part) => {
      const whole = await readPart(source, part)
      for (const batchRows of [1, 2, 7])
        sameRows((await readPart(source, part, batchRows)).rows, whole.rows, `in batches of ${batchRows}`)
    })
  },
  async 'makes the columns that it describes'({ node }) {
    await opened(await node(), 0, async (source, part) => {
      const schema = await source.describe(part, { signal: never })
      for (const batch of (await readPart(source, part)).batches) {
        assert.deepEqual(
          batch.schema.fields.map(({ name }) => name),
          schema.fields.map(({ name }) => name),
        )
      }
    })
  },
  async 'stops when it is told to'({ node }) {
    await opened(await node(), 0, async (source, part) => {
      const stop = new AbortController()
      stop.abort(new Error('told to stop'))
      await assert.rejects(() =>
        gather(
          source.open(part, { schema: undefined, batchRows: 10, random: createRandom(part.id), signal: stop.signal }),
        ),
      )
    })
  },
  async 'gives a pipeline its rows, the same ones in every workspace, and is up to date the second time'({
    node,
    module,
  }) {
    const subject = await node()
    const runs = await inFolder(async (folder) => {
      const given = { nodes: { subject }, folder, module }
      return [
        await runAndRead(given, 'subject'),
        await runAndRead(given, 'subject'),
        await runAndRead(given, 'subject', { full: true }),
      ] as const
    })
    const elsewhere = await inFolder((folder) => runAndRead({ nodes: { subject }, folder, batchRows: 3 }, 'subject'))
    assert.equal(runs[1].status, 'up to date')
    for (const { rows } of [runs[1], runs[2], elsewhere]) sameRows(rows, runs[0].rows, 'another run')
    sameRows((await made(subject)).rows, runs[0].rows, 'the rows of the generator itself')
  },
}

async function opened<T>(node: Node, seed: number, act: (source: Source, part: PartRef) => Promise<T>): Promise<T> {
  return inFolder((folder) =>
    withEngine({ nodes: { subject: node }, folder, seed }, async (engine) => {
      const { source } = await engine.source('subject')
      const [part] = await gather(source.discover({ known: new Map(), signal: never }))
      return act(source, part as PartRef)
    }),
  )
}

async function made(node: Node, seed = 0) {
  return opened(node, seed, async (source, part) => ({ part, rows: (await readPart(source, part)).rows }))
}

async function readPart(source: Source, part: PartRef, batchRows = 65_536) {
  const schema = await source.describe(part, { signal: never })
  return readChunks(source.open(part, { schema, batchRows, random: createRandom(part.id), signal: never }))
}
