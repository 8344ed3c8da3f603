import assert from 'node:assert/strict'
import { z } from 'zod'
import { type Batch, sliceBatch } from '../kernel/columns/batch.ts'
import type { Awaitable, Json } from '../kernel/context.ts'
import { hashJson } from '../kernel/hash/hash.ts'
import type { Node } from '../kernel/node.ts'
import { declaredSchema } from '../kernel/schema/declared.ts'
import type { Publication, Target } from '../plugins/target.ts'
import { throughJson } from './contract.ts'
import { batchOfRows, givenSource, inFolder, type PlainRow, runAndRead, withEngine } from './harness.ts'
import type { ContractCase } from './lineage-store.ts'
import { sameRows, sortedRows } from './rows.ts'

export interface TargetSubject {
  /** The target over a node with the columns `id` (int32), `name` (text, may be absent) and `value` (float64, may be absent). `folder` is empty at first. */
  readonly node: (from: Node, folder: string) => Awaitable<Node>
  /** What a reader of the place sees now: rows with those columns, in any order; undefined where nothing was ever published. */
  readonly read: (folder: string) => Awaitable<readonly PlainRow[] | undefined>
  /** Takes away what was published, as somebody who deletes the files would. */
  readonly lose: (folder: string) => Awaitable<void>
}

const Row = z.object({ id: z.int32(), name: z.string().nullable(), value: z.number().nullable() })
const schema = declaredSchema(Row)

interface Opened extends TargetSubject {
  readonly folder: string
  readonly seen: () => Promise<readonly PlainRow[]>
  /** Opens the target anew, as each run does. */
  readonly use: <T>(act: (target: Target) => Promise<T>) => Promise<T>
}

/** What every target must do: publish whole snapshots, the same one twice without a change, and keep its promise about what readers see meanwhile. */
export function targetContract(subject: TargetSubject): readonly ContractCase[] {
  return Object.entries(cases).map(([name, check]) => ({
    name,
    run: () =>
      inFolder(async (folder) => {
        const rows = givenSource(Row, () => [])
        const nodes = { rows, subject: await subject.node(rows, folder) }
        await check({
          ...subject,
          folder,
          seen: async () => sortedRows((await subject.read(folder)) ?? []),
          use: (act) => withEngine({ nodes, folder }, async (engine) => act(await engine.target('subject'))),
        })
      }),
  }))
}

const a: PlainRow[] = [1, 2, 3, 4, 5].map((id) => ({ id, name: id === 2 ? null : `näme ${id}`, value: id / 4 }))
const b: PlainRow[] = [6, 7].map((id) => ({ id, name: 'a, "quoted"\ntext', value: null }))
const c: PlainRow[] = [8, 9].map((id) => ({ id, name: 'c', value: -1e300 }))

const cases: Readonly<Record<string, (opened: Opened) => Promise<void>>> = {
  async 'publishes the rows of all parts, and says what it wrote'({ use, seen }) {
    const published = await use((target) => target.commit(publicationOf([a, b])))
    sameRows(await seen(), sortedRows([...a, ...b]), 'what was published')
    assert.equal(published.rows, 7)
    assert.ok(Number.isInteger(published.bytes) && published.bytes >= 0, `bytes is ${published.bytes}`)
    for (const file of published.files) assert.ok(file.length > 0)
    assert.deepEqual(throughJson(published.state ?? null), published.state ?? null, 'the state is no JSON')
  },
  async 'publishes what has no rows or no parts'({ use, seen }) {
    let state = (await use((target) => target.commit(publicationOf([])))).state
    assert.deepEqual(await seen(), [])
    state = (await use((target) => target.commit(publicationOf([[], a], state)))).state
    sameRows(await seen(), sortedRows(a), 'after an empty part')
    await use((target) => target.commit(publicationOf([[]], state)))
    assert.deepEqual(await seen(), [], 'rows that are gone are still there')
  },
  async 'changes nothing when the same snapshot is published again'({ use, seen }) {
    const first = await use((target) => target.commit(publicationOf([a, b])))
    for (const previous of [first.state, undefined]) {
      const { publish } = await use(async (target) => {
        await target.commit(publicationOf([a, b], previous))
        return target
      })
      const ids = (await seen()).map(({ id }) => id)
      if (publish === 'at-least-once') assert.deepEqual([...new Set(ids)].sort(), [1, 2, 3, 4, 5, 6, 7])
      else assert.deepEqual([...ids].sort(), [1, 2, 3, 4, 5, 6, 7], 'rows came twice or were lost')
    }
  },
  async 'shows a new snapshot in the place of the old one'({ use, seen }) {
    let state: Json | undefined
    for (const parts of [[a, b], [a, c], [c], [c, b, a], [b]]) {
      state = throughJson((await use((target) => target.commit(publicationOf(parts, state)))).state)
      sameRows(await seen(), sortedRows(parts.flat()), `after ${parts.length} parts`)
    }
  },
  async 'publishes although it knows nothing of what it published before'({ use, seen }) {
    await use((target) => target.commit(publicationOf([a])))
    await use((target) => target.commit(publicationOf([b])))
    sameRows(await seen(), sortedRows(b), 'a second snapshot without the state of the first')
  },
  async 'says whether what it published is still there'({ use, lose, folder, seen }) {
    const snapshot = publicationOf([a, b])
    const { state } = await use((target) => target.commit(snapshot))
    const intact = () => use(async (target) => target.intact?.(snapshot.snapshot, throughJson(state)))
    if ((await intact()) === undefined) return
    assert.equal(await intact(), true, 'what was just published is said to be gone')
    await lose(folder)
    assert.equal(await intact(), false, 'what is gone is said to be there')
    await use((target) => target.commit(publicationOf([a, b], state)))
    sameRows(await seen(), sortedRows([...a, ...b]), 'published again after it was lost')
    assert.equal(await intact(), true)
  },
  async 'tells when it cannot publish, and keeps what it showed where it promises that'({ use, seen }) {
    const { state } = await use((target) => target.commit(publicationOf([a])))
    const before = await seen()
    const publish = await use(async (target) => {
      await assert.rejects(() => target.commit(publicationOf([b, c], state, 'breaks')), /the rows broke/)
      return target.publish
    })
    if (publish === 'atomic') sameRows(await seen(), before, 'after a publication that failed')
    await use((target) => target.commit(publicationOf([b, c], state)))
    sameRows(await seen(), sortedRows([...b, ...c]), 'published again after a failure')
  },
  async 'stops when it is told to'({ use, seen }) {
    const { state } = await use((target) => target.commit(publicationOf([a])))
    const before = await seen()
    const stop = new AbortController()
    stop.abort(new Error('told to stop'))
    const publish = await use(async (target) => {
      await assert.rejects(
        () => target.commit({ ...publicationOf([b], state), signal: stop.signal }),
        'commit went on after it was told to stop',
      )
      return target.publish
    })
    if (publish === 'atomic') sameRows(await seen(), before, 'after a publication that was stopped')
  },
  async 'says what readers see meanwhile, and where it publishes to'({ use }) {
    await use(async ({ publish, location }) => {
      assert.ok(['atomic', 'per-file', 'at-least-once'].includes(publish))
      assert.ok(location.length > 0)
      assert.doesNotMatch(location, /\/\/[^/]*:[^/]*@/, 'a location shows credentials')
    })
  },
  async 'publishes what a pipeline commits, and only when it changed'({ node, folder, seen }) {
    let parts = [
      { id: 'one', rows: a },
      { id: 'two', rows: b },
    ]
    const rows = givenSource(Row, () => parts)
    const given = { nodes: { rows, subject: await node(rows, folder) }, folder }
    const run = async () => (await runAndRead(given, 'rows')).status
    assert.equal(await run(), 'succeeded')
    sameRows(await seen(), sortedRows([...a, ...b]), 'the first run')
    assert.equal(await run(), 'up to date')
    parts = [
      { id: 'one', rows: a },
      { id: 'two', rows: c },
    ]
    assert.equal(await run(), 'succeeded')
    sameRows(await seen(), sortedRows([...a, ...c]), 'after a part changed')
  },
}

/** A publication of these parts, in batches of two rows. With `breaks`, reading fails in the middle. */
function publicationOf(parts: readonly (readonly PlainRow[])[], previous?: Json, breaks?: 'breaks'): Publication {
  const published = parts.map((rows, i) => ({
    id: `part ${i}/${rows.length}`,
    key: hashJson(rows as never),
    rows: rows.length,
    batches: () => batchesOf(rows, breaks !== undefined && i === parts.length - 1),
  }))
  return {
    pipeline: 'contract',
    node: 'subject',
    snapshot: hashJson(published.map(({ key }) => key)),
    schema,
    rows: parts.flat().length,
    parts: published,
    async *batches() {
      for (const part of published) yield* part.batches()
    },
    ...(previous === undefined ? {} : { previous }),
    signal: new AbortController().signal,
  }
}

async function* batchesOf(rows: readonly PlainRow[], breaks: boolean): AsyncIterable<Batch> {
  const whole = batchOfRows(schema, rows)
  for (let start = 0; start < whole.length; start += 2) {
    if (breaks && start > 0) break
    yield sliceBatch(whole, start, Math.min(whole.length, start + 2))
  }
  if (breaks) throw new Error('the rows broke')
}
