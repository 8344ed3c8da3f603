import { type Batch, FlatColumn, type StorageStrategy, types, type Workspace } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { noCounts, type PartRecord } from '../../../src/kernel/parts/record.ts'
import { createStore, recordPath } from '../../../src/kernel/parts/store.ts'
import { createArrowStorage } from '../../../src/plugins/defaults/arrow-storage.ts'
import { createMemoryWorkspace } from '../../support/memory-workspace.ts'

const schema = { fields: [{ name: 'x', type: types.float64, nullable: false }] }
const batchOf = (...values: number[]): Batch => ({
  schema,
  length: values.length,
  columns: [new FlatColumn(types.float64, Float64Array.from(values))],
})
const wide = (rows: number): Batch => ({
  schema,
  length: rows,
  columns: [
    new FlatColumn(
      types.float64,
      Float64Array.from({ length: rows }, (_, i) => Math.sin(i)),
    ),
  ],
})

function storeOver(
  workspace: Workspace,
  storage: StorageStrategy = createArrowStorage(),
  readable: readonly StorageStrategy[] = [],
) {
  return createStore({ workspace, storage, readable, durability: 'power' })
}

async function written(workspace: Workspace, ...batches: Batch[]) {
  const store = storeOver(workspace)
  const writer = store.writeData('abcdef', schema)
  for (const batch of batches) await writer.add(batch)
  return { store, data: await writer.finish() }
}

async function valuesOf(batches: AsyncIterable<Batch>): Promise<number[]> {
  const values: number[] = []
  for await (const batch of batches)
    for (let row = 0; row < batch.length; row++) values.push(batch.columns[0]?.at(row) as number)
  return values
}

const record = (over: Partial<PartRecord> = {}): PartRecord => ({
  version: 1,
  pipeline: 'p',
  node: 'n',
  part: 'a',
  recipe: 'k',
  key: 'kk',
  base: 'b',
  input: { key: 'i' },
  answers: {},
  read: {},
  schema,
  counts: noCounts,
  checks: {},
  samples: {},
  measures: {},
  condemn: {},
  ...over,
})

describe('data', () => {
  test('comes back as it was written, small or streamed', async () => {
    const small = await written(createMemoryWorkspace(), batchOf(1, 2), batchOf(3))
    expect(small.data).toMatchObject({
      path: expect.stringMatching(/^data\/a.?\/abcdef\.arrow$/),
      format: expect.stringMatching(/^arrow/),
      rows: 3,
    })
    expect(await valuesOf(small.store.readData(small.data))).toEqual([1, 2, 3])
    const pieces = Array.from({ length: 20 }, () => wide(65_536))
    const large = await written(createMemoryWorkspace(), ...pieces)
    expect(large.data.bytes).toBeGreaterThan(4 << 20)
    expect(large.data.rows).toBe(20 * 65_536)
    const values = await valuesOf(large.store.readData(large.data))
    expect([values.length, values[65_537], values.at(-1)]).toEqual([20 * 65_536, Math.sin(1), Math.sin(65_535)])
  })

  test('of equal rows has an equal content hash, however it was cut', async () => {
    const [one, two] = [
      await written(createMemoryWorkspace(), batchOf(1, 2, 3)),
      await written(createMemoryWorkspace(), batchOf(1), batchOf(2, 3)),
    ]
    expect(one.data.content).toBe(two.data.content)
  })

  test('whose upload fails in the middle fails the writer, not the process', async () => {
    const failing: Workspace = {
      ...createMemoryWorkspace(),
      async put(_, data) {
        if (!(data instanceof Uint8Array))
          for await (const chunk of data) if (chunk.length > 0) throw new Error('the line went dead')
      },
    }
    const writer = storeOver(failing).writeData('abcdef', schema)
    const writing = (async () => {
      for (let i = 0; i < 40; i++) await writer.add(wide(65_536))
      await writer.finish()
    })()
    await expect(writing).rejects.toMatchObject({ message: expect.stringContaining('the line went dead') })
    await writer.abort()
  })

  test("that is given up becomes nobody's: nothing is visible, streamed or not", async () => {
    const objects = new Map<string, Uint8Array>()
    const store = storeOver(createMemoryWorkspace(objects))
    const small = store.writeData('abcdef', schema)
    await small.add(batchOf(1))
    await small.abort()
    const large = store.writeData('bcdefa', schema)
    for (let i = 0; i < 12; i++) await large.add(wide(65_536))
    await large.abort()
    expect([...objects.keys()]).toEqual([])
  })

  test('that is missing or shorter than recorded is WORKSPACE_CORRUPT with its path', async () => {
    const objects = new Map<string, Uint8Array>()
    const { store, data } = await written(createMemoryWorkspace(objects), batchOf(1, 2))
    objects.set(data.path, (objects.get(data.path) as Uint8Array).slice(0, 20))
    await expect(valuesOf(store.readData(data))).rejects.toMatchObject({
      code: 'WORKSPACE_CORRUPT',
      message: `${data.path} is missing from the workspace or shorter than recorded`,
      hint: expect.stringMatching(/--full/),
    })
    objects.delete(data.path)
    await expect(valuesOf(store.readData(data))).rejects.toMatchObject({ code: 'WORKSPACE_CORRUPT' })
  })

  test('of a layout that no plugin reads is said to be so; of one that was used before it is read', async () => {
    const workspace = createMemoryWorkspace()
    const { data } = await written(workspace, batchOf(7))
    const other: StorageStrategy = { ...createArrowStorage(), format: 'clay', extension: 'tablet' }
    await expect(valuesOf(storeOver(workspace, other).readData(data))).rejects.toMatchObject({
      code: 'WORKSPACE_CORRUPT',
      message: expect.stringMatching(/laid out as arrow/),
      hint: expect.stringMatching(/readable here: clay/),
    })
    expect(await valuesOf(storeOver(workspace, other, [createArrowStorage()]).readData(data))).toEqual([7])
  })
})

describe('blobs, records and sections', () => {
  test('small state stays inside, large state has a file', async () => {
    const objects = new Map<string, Uint8Array>()
    const store = storeOver(createMemoryWorkspace(objects))
    const [small, large] = [
      await store.putBlob('abc', Buffer.from('hi')),
      await store.putBlob('abc', Buffer.alloc(5000, 7)),
    ]
    expect(small).toEqual({ inline: 'aGk=' })
    expect(large).toEqual({ path: expect.stringMatching(/^data\/a.?\/abc\.bin$/), bytes: 5000 })
    expect(Buffer.from(await store.getBlob(small)).toString()).toBe('hi')
    expect((await store.getBlob(large))[4999]).toBe(7)
    objects.clear()
    await expect(store.getBlob(large)).rejects.toMatchObject({
      code: 'WORKSPACE_CORRUPT',
      message: expect.stringContaining('/abc.bin'),
    })
  })

  test('a record is found by its key only when it and all of its data are whole', async () => {
    const objects = new Map<string, Uint8Array>()
    const { store, data } = await written(createMemoryWorkspace(objects), batchOf(1, 2))
    expect(await store.getRecord('kk')).toBeUndefined()
    const blob = { path: 'data/zz/zz.bin', bytes: 3 }
    objects.set(blob.path, Buffer.from('abc'))
    const own = record({
      data,
      measures: { 'c/rows': blob },
      condemn: { u: { inline: '' } },
      partial: { ...data, path: 'data/nothing.arrow', bytes: 0, slices: [] },
    })
    objects.set('data/nothing.arrow', new Uint8Array())
    await store.putRecord(own)
    expect(await store.getRecord('kk')).toEqual(own)
    objects.set(blob.path, Buffer.from('ab'))
    expect(await store.getRecord('kk')).toBeUndefined()
    objects.delete(blob.path)
    expect(await store.getRecord('kk')).toBeUndefined()
    objects.set(recordPath('kk'), Buffer.from('{"version":1,'))
    expect(await store.getRecord('kk')).toBeUndefined()
  })

  test('a section that is missing is WORKSPACE_CORRUPT', async () => {
    await expect(storeOver(createMemoryWorkspace()).getSection('sections/ab/abc.json')).rejects.toMatchObject({
      code: 'WORKSPACE_CORRUPT',
      message: expect.stringContaining('sections/ab/abc.json'),
    })
  })
})

describe('a workspace that throws', () => {
  const broken = (error: unknown): Workspace => {
    const fail = async () => {
      throw error
    }
    return {
      location: '/mnt/share',
      put: fail,
      putIfAbsent: fail,
      get: fail,
      delete: fail,
      sync: fail,
      localPath: (path) => `/mnt/share/${path}`,
      async *list() {
        yield { path: 'data/a', size: 1, modified: 0 }
        throw error
      },
    }
  }

  test('gives WORKSPACE_FAILED that says what was being done, whatever it was', async () => {
    const { workspace, sync } = storeOver(broken(new Error('EIO')))
    for (const [act, what] of [
      [() => workspace.put('a', new Uint8Array()), 'write a'],
      [() => workspace.putIfAbsent('a', new Uint8Array()), 'write a'],
      [() => workspace.get('a'), 'read a'],
      [() => workspace.delete('a'), 'delete a'],
      [() => sync(), 'make durable 0 files'],
      [
        async () => {
          for await (const _ of workspace.list('data/')) void _
        },
        'list data/',
      ],
    ] as const) {
      await expect(act()).rejects.toMatchObject({
        code: 'WORKSPACE_FAILED',
        message: `The workspace at /mnt/share could not ${what}: EIO`,
        hint: expect.stringMatching(/reachable and writable/),
      })
    }
    expect(workspace.localPath?.('a')).toBe('/mnt/share/a')
  })

  test('keeps what is a Tidegate error already, and copes with what is no error at all', async () => {
    const { TidegateError } = await import('tidegate')
    await expect(
      storeOver(broken(new TidegateError('WORKSPACE_BUSY', 'in use'))).workspace.get('a'),
    ).rejects.toMatchObject({ code: 'WORKSPACE_BUSY' })
    await expect(storeOver(broken('no such bucket')).workspace.get('a')).rejects.toMatchObject({
      message: expect.stringContaining('no such bucket'),
    })
  })

  test('a listing that is left early is closed', async () => {
    const { workspace } = storeOver(broken(new Error('never reached')))
    for await (const { path } of workspace.list('data/')) {
      expect(path).toBe('data/a')
      break
    }
  })
})
