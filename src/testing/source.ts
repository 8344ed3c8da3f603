import assert from 'node:assert/strict'
import type { Awaitable, Json } from '../kernel/context.ts'
import { createRandom } from '../kernel/hash/random.ts'
import type { Node } from '../kernel/node.ts'
import type { PartRef, Source } from '../plugins/source.ts'
import { gather, throughJson } from './contract.ts'
import { inFolder, type PlainRow, runAndRead, withEngine } from './harness.ts'
import type { ContractCase } from './lineage-store.ts'
import { readChunks, sameRows } from './rows.ts'

export interface SourceSubject {
  /** A node over the source, as a pipeline would have it. Relative paths are resolved against `folder`, which is empty at first. */
  readonly node: (folder: string) => Awaitable<Node>
  /** All rows that are there at first, in part order. */
  readonly rows: readonly PlainRow[]
  /** Changes the content of one part or more, or adds one (`append`); `never` for a source that cannot change. Gives all rows that are there then. */
  readonly change: ((folder: string) => Awaitable<readonly PlainRow[]>) | 'never'
}

interface Opened extends SourceSubject {
  readonly folder: string
  /** Opens the source anew, as each run does. */
  readonly use: <T>(act: (source: Source) => Promise<T>) => Promise<T>
  readonly run: () => ReturnType<typeof runAndRead>
}

/** What every source must do: stable parts with honest fingerprints, the same rows for any batch size, and an end when it is told to stop. */
export function sourceContract(subject: SourceSubject): readonly ContractCase[] {
  return Object.entries(cases).map(([name, check]) => ({
    name,
    run: () =>
      inFolder(async (folder) => {
        const given = { nodes: { subject: await subject.node(folder) }, folder }
        await check({
          ...subject,
          folder,
          use: (act) => withEngine(given, async (engine) => act((await engine.source('subject')).source)),
          run: () => runAndRead(given, 'subject'),
        })
      }),
  }))
}

const never = new AbortController().signal

const cases: Readonly<Record<string, (opened: Opened) => Promise<void>>> = {
  async 'lists parts with ids of their own and fingerprints, all of them JSON'({ use }) {
    const parts = await use((source) => discovered(source))
    assert.ok(parts.length > 0, 'there is no part')
    assert.equal(new Set(parts.map(({ id }) => id)).size, parts.length, 'two parts have one id')
    for (const part of parts) {
      assert.ok(part.id.length > 0 && part.fingerprint.length > 0, 'an id or a fingerprint is empty')
      assert.deepEqual(throughJson(part), part)
    }
  },
  async 'lists the same parts in the same order as long as nothing changed'({ use }) {
    const first = await use((source) => discovered(source))
    assert.deepEqual(await use((source) => discovered(source)), first)
    await use(async (source) => {
      const known = new Map(first.map((part) => [part.id, part]))
      if (source.listing === 'append') {
        assert.deepEqual(
          await gather(source.discover({ known, after: first.at(-1)?.at ?? null, signal: never })),
          [],
          'parts that are committed are listed again',
        )
      } else {
        const again = await gather(source.discover({ known, signal: never }))
        assert.deepEqual(
          again.map(({ id, fingerprint }) => [id, fingerprint]),
          first.map(({ id, fingerprint }) => [id, fingerprint]),
        )
      }
    })
  },
  async 'describes each part with columns of distinct names'({ use }) {
    await use(async (source) => {
      for (const part of await discovered(source)) {
        const schema = await source.describe(part, { signal: never })
        assert.equal(new Set(schema.fields.map(({ name }) => name)).size, schema.fields.length)
        assert.deepEqual(throughJson(schema), schema)
        assert.deepEqual(await source.describe(part, { signal: never }), schema)
      }
    })
  },
  async 'gives the same rows for any batch size'({ use }) {
    await use(async (source) => {
      for (const part of await discovered(source)) {
        const schema = await source.describe(part, { signal: never })
        const whole = await read(source, part, { batchRows: 65_536 })
        for (const batchRows of [1, 2, 7]) {
          const found = await read(source, part, { batchRows })
          sameRows(found.rows, whole.rows, `part ${part.id} in batches of ${batchRows}`)
          assert.deepEqual(found.rejected, whole.rejected, 'rows that could not be parsed')
        }
        sameRows(
          (await read(source, part, { batchRows: 65_536, schema })).rows,
          whole.rows,
          'read through its own schema',
        )
      }
    })
  },
  async 'opens a part by what is left of it after JSON, as often as it is asked'({ use }) {
    const [parts, first] = await use(async (source) => {
      const parts = throughJson(await discovered(source))
      return [parts, await Promise.all(parts.map((part) => read(source, part)))] as const
    })
    const again = await use(async (source) => Promise.all([...parts].reverse().map((part) => read(source, part))))
    for (const [i, { rows }] of again.reverse().entries())
      sameRows(rows, first[i]?.rows ?? [], `part ${parts[i]?.id}, opened anew`)
  },
  async 'gives at least the columns that are asked for, with the same values'({ use }) {
    await use(async (source) => {
      const [part] = (await discovered(source)) as [PartRef]
      const schema = await source.describe(part, { signal: never })
      const whole = await read(source, part, { schema })
      for (const { name } of schema.fields) {
        const { rows } = await read(source, part, { schema, columns: [name] })
        const own = (list: readonly PlainRow[]) => list.map((row) => ({ [name]: row[name] }))
        sameRows(own(rows), own(whole.rows), `column ${name} alone`)
      }
    })
  },
  async 'numbers the rows that could not be parsed, with a reason'({ use }) {
    await use(async (source) => {
      for (const part of await discovered(source)) {
        const { rejected } = await read(source, part)
        assert.equal(new Set(rejected.map(({ row }) => row)).size, rejected.length, 'two rejected rows have one number')
        for (const { row, reason, raw } of rejected)
          assert.ok(Number.isInteger(row) && row >= 0 && reason.length > 0 && typeof raw === 'string')
      }
    })
  },
  async 'ends when its reader does, and can be opened again'({ use }) {
    await use(async (source) => {
      const [part] = (await discovered(source)) as [PartRef]
      const whole = await read(source, part)
      for await (const _ of source.open(part, {
        schema: undefined,
        batchRows: 1,
        random: createRandom(part.id),
        signal: never,
      }))
        break
      sameRows((await read(source, part)).rows, whole.rows, 'after a reader that left early')
    })
  },
  async 'stops when it is told to'({ use }) {
    await use(async (source) => {
      const [part] = (await discovered(source)) as [PartRef]
      const stop = new AbortController()
      stop.abort(new Error('told to stop'))
      await assert.rejects(
        () =>
          gather(
            source.open(part, { schema: undefined, batchRows: 1, random: createRandom(part.id), signal: stop.signal }),
          ),
        'open reads on after it was told to stop',
      )
    })
  },
  async 'changes the fingerprint of what changed, and of nothing else'({ use, folder, change }) {
    if (change === 'never') return
    const content = () =>
      use(async (source) => {
        const parts = await discovered(source)
        return new Map(
          await Promise.all(
            parts.map(async (part) => [part.id, { part, rows: (await read(source, part)).rows }] as const),
          ),
        )
      })
    const before = await content()
    await change(folder)
    const known = new Map([...before].map(([id, { part }]) => [id, part]))
    const after = await content()
    const listed = await use((source) =>
      source.listing === 'append' ? discovered(source) : gather(source.discover({ known, signal: never })),
    )
    let differs = after.size !== before.size
    for (const { id, fingerprint } of listed) {
      const old = before.get(id)
      if (old === undefined) differs = true
      else if (old.part.fingerprint === fingerprint)
        sameRows(after.get(id)?.rows ?? [], old.rows, `part ${id} has the fingerprint it had, but other content`)
      else differs = true
    }
    assert.ok(differs, 'nothing that changed is told by the listing')
  },
  async 'gives a pipeline all its rows, is up to date the second time, and brings a change'({
    run,
    rows,
    folder,
    change,
  }) {
    const first = await run()
    sameRows(first.rows, rows, 'the first run')
    assert.equal((await run()).status, 'up to date')
    if (change === 'never') return
    const changed = await change(folder)
    const second = await run()
    assert.equal(second.status, 'succeeded')
    sameRows(second.rows, changed, 'the run after the change')
  },
}

async function discovered(source: Source, after?: Json): Promise<PartRef[]> {
  return gather(source.discover({ known: new Map(), signal: never, ...(after === undefined ? {} : { after }) }))
}

function read(source: Source, part: PartRef, given: Partial<Parameters<Source['open']>[1]> = {}) {
  return readChunks(
    source.open(part, { schema: undefined, batchRows: 65_536, random: createRandom(part.id), signal: never, ...given }),
  )
}
