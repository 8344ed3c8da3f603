import assert from 'node:assert/strict'
import { type Batch, columnOf, sliceBatch } from '../kernel/columns/batch.ts'
import { type Column, Int64Column, isColumn, ValuesColumn } from '../kernel/columns/column.ts'
import type { Awaitable } from '../kernel/context.ts'
import { isTidegateError } from '../kernel/errors.ts'
import { createRandom } from '../kernel/hash/random.ts'
import { type Field, type TableSchema, typeName, types } from '../kernel/types.ts'
import type { ByteSource, StorageStrategy } from '../plugins/storage-strategy.ts'
import { columnOfValues, encodingsOf, everyNested, everyType, fieldOf, physicalCells, randomValues } from './columns.ts'
import { casesOf, gather } from './contract.ts'
import type { ContractCase } from './lineage-store.ts'

/** What every storage strategy must do: what was written reads back equal, down to the stored values, and damage is told. */
export function storageStrategyContract(make: () => Awaitable<StorageStrategy>): readonly ContractCase[] {
  return casesOf({ ...cases, ...typeCases() }, make)
}

type Case = (storage: StorageStrategy) => Promise<void>

/** One case for each type, so that a failure names it. */
function typeCases(): Readonly<Record<string, Case>> {
  const roundTrip =
    (type: Field['type']): Case =>
    async (storage) => {
      const random = createRandom(typeName(type))
      for (const [rows, nulls] of [
        [1, 0],
        [1, 1],
        [9, 0.3],
        [64, 0],
        [64, 1],
        [300, 0.2],
      ] as const) {
        const field = fieldOf('x', type)
        const column = columnOfValues(field, randomValues(random, type, rows, nulls))
        const forms = new Map(encodingsOf(column))
        if (type.kind === 'string')
          forms.set(
            'text as plain values',
            new ValuesColumn(
              type,
              [...column].map((cell) => cell ?? ''),
              column.validity,
            ),
          )
        for (const [form, encoded] of forms) {
          const schema = { fields: [field] }
          await same(
            storage,
            schema,
            [{ schema, length: rows, columns: [encoded] }],
            `${typeName(type)}, ${form}, ${rows} rows`,
          )
        }
      }
    }
  const titles = new Map(everyType.map((type) => [typeName(type), type]))
  for (const [i, type] of everyNested.entries())
    titles.set(type.kind === 'struct' ? `a struct (${i})` : typeName(type), type)
  return Object.fromEntries(
    [...titles].map(([title, type]) => [
      `stores ${title} without loss, in every form a column may have`,
      roundTrip(type),
    ]),
  )
}

const wide: TableSchema = { fields: everyType.map((type, i) => fieldOf(`c${i}`, type)) }
const narrow: TableSchema = {
  fields: [
    { name: 'id', type: types.int32, nullable: false },
    { name: 'näme', type: types.string, nullable: true },
    { name: 'at', type: types.timestamp('us', 'UTC'), nullable: true },
  ],
}

const cases: Readonly<Record<string, Case>> = {
  async 'stores many batches of many columns, in order'(storage) {
    const random = createRandom('many')
    const batches = [1, 7, 300, 64, 8, 1000].map((rows) => randomBatch(random, wide, rows))
    await same(storage, wide, batches, 'many batches')
  },
  async 'stores batches of which each has a dictionary and encodings of its own'(storage) {
    const schema: TableSchema = { fields: [{ name: 'x', type: types.string, nullable: true }] }
    const batches = [['a', 'b', 'a'], ['c', null], ['b', 'c', 'd'], [null, null], ['']].flatMap((values) =>
      [...encodingsOf(columnOfValues(schema.fields[0] as Field, values)).values()].map(
        (column): Batch => ({ schema, length: values.length, columns: [column] }),
      ),
    )
    await same(storage, schema, batches, 'text in all forms')
    await same(storage, schema, [...batches].reverse(), 'text in all forms, the other way round')
  },
  async 'stores no rows and no batches'(storage) {
    assert.equal((await reread(storage, wide, [])).rows, 0)
    const empty = sliceBatch(randomBatch(createRandom('empty'), wide, 4), 2, 2)
    assert.equal((await reread(storage, wide, [empty])).rows, 0)
    const some = randomBatch(createRandom('some'), wide, 5)
    await same(storage, wide, [empty, some, empty, some, empty], 'empty batches among others')
  },
  async 'stores how many rows there are where there are no columns'(storage) {
    const schema: TableSchema = { fields: [] }
    const found = await reread(
      storage,
      schema,
      [3, 0, 4].map((length) => ({ schema, length, columns: [] })),
    )
    assert.equal(found.rows, 7)
    const one = await reread(storage, narrow, [randomBatch(createRandom('none'), narrow, 6)], [])
    assert.equal(one.rows, 6, 'a narrowing to no columns lost the rows')
  },
  async 'narrows to the columns asked for, in the order of the schema'(storage) {
    const batches = [5, 9].map((rows) => randomBatch(createRandom(`narrow ${rows}`), wide, rows))
    const stored = store(storage, wide, batches)
    for (const wanted of [['c3'], ['c11', 'c2'], wide.fields.map(({ name }) => name)]) {
      const fields = wide.fields.filter(({ name }) => wanted.includes(name))
      let first = 0
      for await (const batch of storage.read(sourceOf(stored), { schema: wide, columns: wanted })) {
        assert.deepEqual(batch.schema, { fields })
        assert.equal(batch.columns.length, fields.length)
        first += batch.length
      }
      assert.equal(first, 14)
      const { cells } = await reread(storage, wide, batches, wanted)
      for (const { name } of fields) assert.deepEqual(cells[name], cellsOf(batches, name), `column ${name}`)
    }
  },
  async 'reads 64-bit integers as the schema sees them'(storage) {
    for (const sees of ['bigint', undefined] as const) {
      const field: Field = { name: 'n', type: types.int64, nullable: true, ...(sees === undefined ? {} : { sees }) }
      const schema = { fields: [field] }
      const batch: Batch = {
        schema,
        length: 3,
        columns: [
          columnOfValues(
            field,
            [1, null, -5].map((n) => (n === null ? n : BigInt(n))),
          ),
        ],
      }
      for await (const { columns } of storage.read(sourceOf(store(storage, schema, [batch])), { schema })) {
        assert.ok(columns[0] instanceof Int64Column)
        assert.equal(typeof columns[0].at(0), sees === 'bigint' ? 'bigint' : 'number')
      }
    }
  },
  async 'writes several parts at the same time'(storage) {
    const random = createRandom('two')
    const [a, b] = [
      [4, 5],
      [6, 7],
    ].map((sizes) => sizes.map((rows) => randomBatch(random, narrow, rows))) as [Batch[], Batch[]]
    const writers = [storage.writer(narrow), storage.writer(narrow)] as const
    const files: [Uint8Array[], Uint8Array[]] = [[], []]
    for (let i = 0; i < 2; i++) {
      files[0].push(...writers[0].add(a[i] as Batch))
      files[1].push(...writers[1].add(b[i] as Batch))
    }
    files[1].push(...writers[1].finish())
    files[0].push(...writers[0].finish())
    for (const [i, batches] of [a, b].entries()) {
      const read = await gather(storage.read(sourceOf(Buffer.concat(files[i] as Uint8Array[])), { schema: narrow }))
      for (const { name } of narrow.fields) assert.deepEqual(cellsOf(read, name), cellsOf(batches, name))
    }
  },
  async 'writes the same bytes for the same batches'(storage) {
    const batches = [5, 6].map((rows) => randomBatch(createRandom(`same ${rows}`), wide, rows))
    assert.ok(Buffer.from(store(storage, wide, batches)).equals(store(storage, wide, batches)), 'the bytes differ')
  },
  async 'tells damage with WORKSPACE_CORRUPT, and never gives other rows'(storage) {
    const batches = [30, 20].map((rows) => randomBatch(createRandom(`damage ${rows}`), narrow, rows))
    const stored = store(storage, narrow, batches)
    const cut = Array.from({ length: 12 }, (_, i) => stored.subarray(0, Math.floor((stored.length * i) / 12)))
    const noise = Uint8Array.from({ length: stored.length }, (_, i) => (i * 73 + 11) & 0xff)
    for (const damaged of [...cut, stored.subarray(0, -1), stored.subarray(1), noise]) {
      assert.equal(
        await outcome(storage, damaged, batches),
        'WORKSPACE_CORRUPT',
        `${damaged.length} of ${stored.length} bytes`,
      )
    }
    const edges = [
      ...Array.from({ length: 48 }, (_, i) => i),
      ...Array.from({ length: 48 }, (_, i) => stored.length - 1 - i),
    ]
    for (const at of edges) {
      const flipped = Uint8Array.from(stored)
      flipped[at] = (flipped[at] as number) ^ 0x15
      const found = await outcome(storage, flipped, batches)
      assert.ok(['WORKSPACE_CORRUPT', 'the same rows'].includes(found), `with byte ${at} changed it gives ${found}`)
    }
  },
  async 'stops reading when it is told to'(storage) {
    const stored = store(
      storage,
      narrow,
      [3, 4, 5].map((rows) => randomBatch(createRandom(`stop ${rows}`), narrow, rows)),
    )
    const stop = new AbortController()
    stop.abort(new Error('enough'))
    await assert.rejects(
      () => gather(storage.read(sourceOf(stored), { schema: narrow, signal: stop.signal })),
      /enough/,
    )
  },
  async 'names its layout and its files'(storage) {
    assert.match(storage.format, /^\S+@\d+$/, 'a format is a name and a version: arrow-ipc@1')
    assert.match(storage.extension, /^\w[\w.-]*$/, 'an extension has no dot before it')
  },
}

async function outcome(storage: StorageStrategy, bytes: Uint8Array, batches: readonly Batch[]): Promise<string> {
  try {
    const read = await gather(storage.read(sourceOf(bytes, true), { schema: narrow }))
    for (const { name } of narrow.fields) assert.deepEqual(cellsOf(read, name), cellsOf(batches, name))
    return 'the same rows'
  } catch (error) {
    if (isTidegateError(error)) return error.code
    return error instanceof assert.AssertionError ? 'other rows' : `the native error "${String(error)}"`
  }
}

function randomBatch(random: () => number, schema: TableSchema, rows: number): Batch {
  const columns = schema.fields.map((field) =>
    columnOfValues(field, randomValues(random, field.type, rows, field.nullable ? 0.25 : 0)),
  )
  return { schema, length: rows, columns }
}

/** What a writer hands out is kept until the end, as a workspace would write it later. */
function store(storage: StorageStrategy, schema: TableSchema, batches: readonly Batch[]): Uint8Array {
  const writer = storage.writer(schema)
  const chunks = batches.flatMap((batch) => [...writer.add(batch)])
  return Buffer.concat([...chunks, ...writer.finish()])
}

/** Reads beyond the end are faults of the strategy, unless the file is damaged: then they give what there is. */
function sourceOf(bytes: Uint8Array, damaged = false): ByteSource {
  return {
    size: bytes.length,
    async read(offset, length) {
      assert.ok(
        damaged || (offset >= 0 && length >= 0 && offset + length <= bytes.length),
        `it reads ${length} bytes at ${offset} of a file of ${bytes.length}`,
      )
      return Uint8Array.from(bytes.subarray(Math.max(0, offset), Math.max(0, offset + length)))
    },
  }
}

async function reread(
  storage: StorageStrategy,
  schema: TableSchema,
  batches: readonly Batch[],
  columns?: readonly string[],
) {
  const given = columns === undefined ? { schema } : { schema, columns }
  const read = await gather(storage.read(sourceOf(store(storage, schema, batches)), given))
  const names = columns ?? schema.fields.map(({ name }) => name)
  return {
    rows: read.reduce((sum, { length }) => sum + length, 0),
    cells: Object.fromEntries(names.map((name) => [name, cellsOf(read, name)])),
    read,
  }
}

async function same(
  storage: StorageStrategy,
  schema: TableSchema,
  batches: readonly Batch[],
  what: string,
): Promise<void> {
  const { rows, cells, read } = await reread(storage, schema, batches)
  assert.equal(
    rows,
    batches.reduce((sum, { length }) => sum + length, 0),
    `${what}: rows`,
  )
  for (const field of schema.fields) {
    assert.deepEqual(cells[field.name], cellsOf(batches, field.name), `${what}: the values of ${field.name}`)
    for (const batch of read) {
      const column = columnOf(batch, field.name) as Column
      assert.deepEqual(batch.schema, schema, `${what}: the schema`)
      assert.ok(isColumn(column) && column.length === batch.length, `${what}: a column of another length`)
      assert.equal(typeName(column.type), typeName(field.type), `${what}: the type of ${field.name}`)
    }
    const seen = (list: readonly Batch[]) => list.flatMap((batch) => [...(columnOf(batch, field.name) as Column)])
    if (field.type.kind !== 'binary')
      assert.deepEqual(seen(read), seen(batches), `${what}: what a step sees of ${field.name}`)
  }
}

function cellsOf(batches: readonly Batch[], name: string): unknown[] {
  return batches.flatMap((batch) => physicalCells(columnOf(batch, name) as Column))
}
