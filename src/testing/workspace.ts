import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { Awaitable } from '../kernel/context.ts'
import type { StoredObject, Workspace } from '../plugins/workspace.ts'
import { casesOf, type Demands, gather } from './contract.ts'
import type { ContractCase } from './lineage-store.ts'

export interface WorkspaceSubject {
  /** An empty workspace each time. */
  readonly make: () => Awaitable<Workspace>
  /** Another one over the same place, as another process would open it. */
  readonly again: (workspace: Workspace) => Awaitable<Workspace>
  readonly close?: (workspace: Workspace) => Awaitable<void>
}

/** What every workspace must do: whole objects or none, one winner of each race, listings in code-point order. */
export function workspaceContract({ make, again, close }: WorkspaceSubject): readonly ContractCase[] {
  const demands = Object.fromEntries(
    Object.entries(cases).map(([name, check]) => [
      name,
      (workspace: Workspace) => check(workspace, () => again(workspace)),
    ]),
  )
  return casesOf(demands satisfies Demands<Workspace>, make, close)
}

type Case = (workspace: Workspace, again: () => Awaitable<Workspace>) => Promise<void>

const cases: Readonly<Record<string, Case>> = {
  async 'gives back what was put, and undefined for what never was'(workspace) {
    assert.equal(await workspace.get('data/none'), undefined)
    assert.equal(await workspace.get('data/none', { offset: 0, length: 1 }), undefined)
    await workspace.put('data/a', bytes('first'))
    assert.equal(text(await workspace.get('data/a')), 'first')
    await workspace.put('data/a', bytes('2nd'))
    assert.equal(text(await workspace.get('data/a')), '2nd')
    assert.equal(await workspace.get('data'), undefined)
    assert.equal(await workspace.get('data/a/b'), undefined)
  },
  async 'tells an empty object from none'(workspace) {
    await workspace.put('empty', new Uint8Array(0))
    await workspace.put('stream', chunks([]))
    assert.equal(await workspace.putIfAbsent('created', new Uint8Array(0)), true)
    for (const path of ['empty', 'stream', 'created']) assert.deepEqual([...((await workspace.get(path)) ?? [1])], [])
    assert.equal(await workspace.putIfAbsent('empty', bytes('x')), false)
    assert.deepEqual(
      (await listed(workspace, '')).map(({ size }) => size),
      [0, 0, 0],
    )
  },
  async 'keeps what was put, whatever happens to the bytes afterwards'(workspace) {
    const given = bytes('kept')
    await workspace.put('a', given)
    await workspace.putIfAbsent('b', given)
    given.fill(0)
    for (const path of ['a', 'b']) {
      const got = await workspace.get(path)
      assert.equal(text(got), 'kept')
      got?.fill(0)
      assert.equal(text(await workspace.get(path)), 'kept')
    }
  },
  async 'gives ranges, shorter ones at the end'(workspace) {
    await workspace.put('a', bytes('0123456789'))
    const range = async (offset: number, length: number) => text(await workspace.get('a', { offset, length }))
    assert.equal(await range(0, 10), '0123456789')
    assert.equal(await range(3, 4), '3456')
    assert.equal(await range(8, 5), '89')
    assert.equal(await range(0, 0), '')
    assert.equal(await range(10, 3), '')
    assert.equal(await range(99, 3), '')
  },
  async 'takes a big stream, chunk by chunk'(workspace) {
    const size = 1 << 16
    const many = Array.from({ length: 96 }, (_, i) => new Uint8Array(size + i).fill(i))
    await workspace.put('big/stream', chunks(many))
    const got = await workspace.get('big/stream')
    assert.ok(got !== undefined && Buffer.concat(many).equals(got), 'the stream came back changed')
    const [facts] = await listed(workspace, 'big/')
    assert.equal(facts?.size, got.length)
    assert.equal((await workspace.get('big/stream', { offset: size, length: 1 }))?.[0], 1)
  },
  async 'shows nothing of a put whose stream fails'(workspace) {
    await workspace.put('old', bytes('what was there'))
    for (const path of ['old', 'new/object']) {
      await assert.rejects(() => workspace.put(path, failing()), /the stream broke/)
    }
    assert.equal(text(await workspace.get('old')), 'what was there')
    assert.equal(await workspace.get('new/object'), undefined)
    assert.deepEqual(await paths(workspace, ''), ['old'])
  },
  async 'shows the old object or none while a put is under way'(workspace) {
    await workspace.put('a/old', bytes('before'))
    for (const path of ['a/old', 'a/new']) {
      const before = await workspace.get(path)
      const { stream, middle, proceed } = pausing()
      const put = workspace.put(path, stream)
      await middle
      const during = { bytes: await workspace.get(path), list: await paths(workspace, 'a/') }
      proceed()
      await put
      assert.deepEqual(during.bytes, before)
      assert.deepEqual(during.list, ['a/old'], 'a listing shows an object that is not there yet')
      assert.equal(text(await workspace.get(path)), 'first halfsecond half')
    }
  },
  async 'leaves one whole object where many put at once'(workspace) {
    const given = Array.from({ length: 16 }, (_, i) => new Uint8Array(50_000).fill(i))
    await Promise.all(
      given.map((data, i) =>
        workspace.put('same', i % 2 === 0 ? data : chunks([data.subarray(0, 9), data.subarray(9)])),
      ),
    )
    const got = (await workspace.get('same')) as Uint8Array
    assert.equal(got.length, 50_000)
    assert.ok(
      got.every((byte) => byte === got[0]),
      'bytes of two puts are mixed',
    )
    assert.deepEqual(await paths(workspace, ''), ['same'])
  },
  async 'creates an object once and never overwrites it'(workspace) {
    assert.equal(await workspace.putIfAbsent('log/1', bytes('first')), true)
    assert.equal(await workspace.putIfAbsent('log/1', bytes('second')), false)
    assert.equal(text(await workspace.get('log/1')), 'first')
    await workspace.put('log/2', bytes('put'))
    assert.equal(await workspace.putIfAbsent('log/2', bytes('late')), false)
    assert.equal(text(await workspace.get('log/2')), 'put')
    await workspace.delete('log/1')
    assert.equal(await workspace.putIfAbsent('log/1', bytes('third')), true)
    assert.equal(text(await workspace.get('log/1')), 'third')
  },
  async 'lets exactly one of many creators win, and shows its bytes to all'(workspace, again) {
    const clients = [workspace, await again(), await again()]
    for (let round = 0; round < 8; round++) {
      const path = `log/${String(round).padStart(12, '0')}`
      const won = await Promise.all(
        Array.from({ length: 12 }, async (_, i) => {
          const client = clients[i % clients.length] as Workspace
          const created = await client.putIfAbsent(path, bytes(`creator ${i}`.repeat(500)))
          assert.ok(
            text(await client.get(path)).startsWith('creator '),
            'a creator that came second sees no whole object',
          )
          return created ? [i] : []
        }),
      )
      assert.equal(won.flat().length, 1, `${won.flat().length} creators were told that they won`)
      assert.equal(text(await workspace.get(path)), `creator ${won.flat()[0]}`.repeat(500))
    }
    assert.equal((await paths(workspace, 'log/')).length, 8)
  },
  async 'lists whole folders, in code-point order of the paths'(workspace) {
    // U+FF61 comes before U+1F600 by code points and after it by UTF-16 units; `-` and `.` come before `/`, `0` after it.
    const names = ['a', 'a-b', 'a.json', 'a/1', 'a/10', 'a/2', 'a/b/c', 'a0', 'ab/x', 'b', 'ä', '\uff61', '\u{1f600}']
    for (const name of [...names].reverse()) if (name !== 'a') await workspace.put(`l/${name}`, bytes(name))
    const expected = names.filter((name) => name !== 'a').map((name) => `l/${name}`)
    assert.deepEqual(await paths(workspace, 'l/'), expected)
    assert.deepEqual(await paths(workspace, ''), expected)
    assert.deepEqual(await paths(workspace, 'l/a/'), ['l/a/1', 'l/a/10', 'l/a/2', 'l/a/b/c'])
    assert.deepEqual(await paths(workspace, 'l/a/b/'), ['l/a/b/c'])
    assert.deepEqual(await paths(workspace, 'none/'), [])
    assert.deepEqual(await paths(workspace, 'l/b/'), [])
  },
  async 'tells the size and the time of each object'(workspace) {
    await workspace.put('a', bytes('four'))
    const [facts] = await listed(workspace, '')
    assert.equal(facts?.size, 4)
    assert.ok(Number.isFinite(facts.modified) && facts.modified >= 0, `modified is ${facts.modified}`)
  },
  async 'lists more than one page of objects'(workspace) {
    const names = Array.from({ length: 1205 }, (_, i) => `many/${String(i).padStart(5, '0')}`)
    for (let i = 0; i < names.length; i += 50)
      await Promise.all(names.slice(i, i + 50).map((name) => workspace.put(name, bytes('x'))))
    assert.deepEqual(await paths(workspace, 'many/'), names)
  },
  async 'can be listed while what it lists is deleted'(workspace) {
    for (let i = 0; i < 30; i++) await workspace.put(`d/${i}`, bytes('x'))
    for await (const { path } of workspace.list('d/')) await workspace.delete(path)
    assert.deepEqual(await paths(workspace, 'd/'), [])
  },
  async 'deletes, and deletes again without an error'(workspace) {
    await workspace.put('a/b', bytes('x'))
    await workspace.put('a/c', bytes('y'))
    await workspace.delete('a/b')
    await workspace.delete('a/b')
    await workspace.delete('never/was')
    assert.equal(await workspace.get('a/b'), undefined)
    assert.deepEqual(await paths(workspace, ''), ['a/c'])
    await workspace.put('a/b', bytes('again'))
    assert.equal(text(await workspace.get('a/b')), 'again')
  },
  async 'carries any name'(workspace) {
    const names = [
      'ä/Übersicht',
      '数据/表.arrow',
      '🌊',
      'a b+c',
      '100%',
      'a%2Fb',
      'q?x=1#y',
      "it's",
      'x&y',
      'n'.repeat(120),
      `${'deep/'.repeat(12)}leaf`,
      '.hidden',
      'a..b',
      'x.tmp',
    ]
    for (const name of names) await workspace.put(`names/${name}`, bytes(name))
    for (const name of names) assert.equal(text(await workspace.get(`names/${name}`)), name)
    assert.deepEqual((await paths(workspace, 'names/')).sort(), names.map((name) => `names/${name}`).sort())
    for (const name of names) await workspace.delete(`names/${name}`)
    assert.deepEqual(await paths(workspace, 'names/'), [])
  },
  async 'makes puts durable as one group, where it must be told'(workspace) {
    await workspace.put('s/a', bytes('a'))
    await workspace.put('s/t/b', chunks([bytes('b')]))
    await workspace.sync?.(['s/a', 's/t/b'])
    await workspace.sync?.(['s/a'])
    await workspace.sync?.([])
    assert.equal(text(await workspace.get('s/t/b')), 'b')
  },
  async 'names a local file only where one holds the object'(workspace) {
    await workspace.put('f/a b.bin', bytes('local'))
    const local = workspace.localPath?.('f/a b.bin')
    if (local !== undefined) assert.equal((await readFile(local)).toString(), 'local')
  },
  async 'shows the same objects to everyone who opens it'(workspace, again) {
    await workspace.put('a', bytes('from the first'))
    const other = await again()
    assert.equal(text(await other.get('a')), 'from the first')
    await other.put('b/c', bytes('from the other'))
    assert.equal(await workspace.putIfAbsent('b/c', bytes('x')), false)
    assert.deepEqual(await paths(workspace, ''), ['a', 'b/c'])
    await other.delete('a')
    assert.equal(await workspace.get('a'), undefined)
  },
  async 'says where it is'(workspace) {
    assert.ok(workspace.location.length > 0)
    assert.doesNotMatch(workspace.location, /\/\/[^/]*:[^/]*@/, 'a location shows credentials')
  },
}

const bytes = (value: string): Uint8Array => new TextEncoder().encode(value)
const text = (value: Uint8Array | undefined): string =>
  value === undefined ? 'nothing' : new TextDecoder().decode(value)

async function listed(workspace: Workspace, prefix: string): Promise<StoredObject[]> {
  return gather(workspace.list(prefix))
}

async function paths(workspace: Workspace, prefix: string): Promise<string[]> {
  return (await listed(workspace, prefix)).map(({ path }) => path)
}

async function* chunks(list: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* list
}

async function* failing(): AsyncIterable<Uint8Array> {
  yield new Uint8Array(200_000)
  throw new Error('the stream broke')
}

/** A stream that stops in the middle until it is told to proceed. */
function pausing() {
  let proceed = (): void => undefined
  let reached = (): void => undefined
  const go = new Promise<void>((resolve) => (proceed = resolve))
  const middle = new Promise<void>((resolve) => (reached = resolve))
  async function* halves(): AsyncIterable<Uint8Array> {
    yield bytes('first half')
    reached()
    await go
    yield bytes('second half')
  }
  return { stream: halves(), middle, proceed: () => proceed() }
}
