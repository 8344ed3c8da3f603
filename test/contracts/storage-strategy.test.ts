import { BytesColumn, isColumn, type StorageStrategy, takeBatch } from 'tidegate'
import { storageStrategyContract } from 'tidegate/testing'
import { describe, test } from 'vitest'
import { createArrowStorage } from '../../src/plugins/defaults/arrow-storage.ts'
import { foundOut } from './found-out.ts'

describe('the Arrow storage', () => {
  for (const { name, run } of storageStrategyContract(createArrowStorage)) test(name, run)
})

const whole = createArrowStorage()
const writing = (
  change: (writer: ReturnType<StorageStrategy['writer']>) => Partial<ReturnType<StorageStrategy['writer']>>,
): Partial<StorageStrategy> => ({
  writer: (schema) => {
    const writer = whole.writer(schema)
    return { ...writer, ...change(writer) }
  },
})
const broken: Readonly<Record<string, readonly [finding: string, Partial<StorageStrategy>]>> = {
  'loses the last row of a batch': [
    'stores many batches of many columns, in order',
    writing(({ add }) => ({
      add: (batch) =>
        add(
          takeBatch(
            batch,
            Int32Array.from({ length: Math.max(0, batch.length - 1) }, (_, i) => i),
          ),
        ),
    })),
  ],
  'takes absent text for empty text': [
    'stores string without loss, in every form a column may have',
    writing(({ add }) => ({
      add: (batch) =>
        add({
          ...batch,
          columns: batch.columns.map((column) =>
            column.type.kind === 'string'
              ? BytesColumn.ofStrings([...column].map((cell) => String(cell ?? '')))
              : column,
          ),
        }),
    })),
  ],
  'does not narrow': [
    'narrows to the columns asked for, in the order of the schema',
    {
      read: (source, { schema, signal }) => whole.read(source, { schema, ...(signal === undefined ? {} : { signal }) }),
    },
  ],
  'throws native errors': [
    'tells damage with WORKSPACE_CORRUPT, and never gives other rows',
    {
      async *read(source, options) {
        try {
          yield* whole.read(source, options)
        } catch (error) {
          throw new Error(String(error))
        }
      },
    },
  ],
  'takes half a file for an empty one': [
    'tells damage with WORKSPACE_CORRUPT, and never gives other rows',
    {
      async *read(source, options) {
        try {
          yield* whole.read(source, options)
        } catch {
          options.signal?.throwIfAborted()
        }
      },
    },
  ],
  'hands out the same buffer again and again': [
    'stores many batches of many columns, in order',
    (() => {
      const one = new Uint8Array(1 << 22)
      return writing(({ add }) => ({
        add: (batch) =>
          add(batch).map((chunk) => {
            one.set(chunk)
            return one.subarray(0, chunk.length)
          }),
      }))
    })(),
  ],
  'cannot be stopped': [
    'stops reading when it is told to',
    { read: (source, { signal: _, ...options }) => whole.read(source, options) },
  ],
  'sees all integers as numbers': [
    'reads 64-bit integers as the schema sees them',
    {
      async *read(source, options) {
        for await (const batch of whole.read(source, options)) {
          yield {
            ...batch,
            columns: batch.columns.map((column) =>
              isColumn(column) && 'seenAs' in column
                ? (column as unknown as { seenAs(sees: 'number'): typeof column }).seenAs('number')
                : column,
            ),
          }
        }
      },
    },
  ],
  'remembers the part before': [
    'writes several parts at the same time',
    (() => {
      let writer: ReturnType<StorageStrategy['writer']> | undefined
      return { writer: (schema) => (writer ??= whole.writer(schema)) }
    })(),
  ],
}

describe('a storage that is broken is found out, where it', () => {
  for (const [title, [finding, breaks]] of Object.entries(broken)) {
    test(title, async () => {
      await foundOut(
        storageStrategyContract(() => ({ ...whole, ...breaks })),
        finding,
      )
    })
  }
})
