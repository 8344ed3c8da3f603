import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Column } from '../../../src/kernel/columns/column.ts'
import { createColumnPacker, createColumnUnpacker, type PackedColumn } from '../../../src/kernel/columns/pack.ts'
import { DictionaryColumn } from '../../../src/kernel/columns/text.ts'
import { encodingsOf } from '../../../src/testing/columns.ts'
import { physicalCells, typedColumns } from './arbitrary.ts'

const send = (columns: readonly Column[], packer = createColumnPacker(), unpacker = createColumnUnpacker()) => {
  const message = packer.begin()
  const packed = columns.map((column) => message.column(column))
  const buffer = message.finish()
  const there = structuredClone({ packed, buffer }, { transfer: [buffer] })
  return there.packed.map((column: PackedColumn) => unpacker.column(column, there.buffer))
}

describe('a packed column', () => {
  test('is the same column on the other side, whatever its type and encoding, and stays what it was on this one', () => {
    fc.assert(
      fc.property(typedColumns(), ({ column }) => {
        const forms = [column, column.slice(1, column.length), ...encodingsOf(column).values()]
        const before = forms.map(physicalCells)
        for (const [i, there] of send(forms).entries()) {
          expect(there.constructor).toBe(forms[i]?.constructor)
          expect(there.type).toEqual(forms[i]?.type)
          expect(there.length).toBe(forms[i]?.length)
          expect(physicalCells(there)).toEqual(before[i])
        }
        expect(forms.map(physicalCells)).toEqual(before)
      }),
    )
  })

  test('takes its dictionary along once, and shares it from then on', () => {
    const [packer, unpacker, words] = [createColumnPacker(), createColumnUnpacker(), ['a', 'b']]
    const first = new DictionaryColumn(Uint8Array.of(0, 1), words)
    const second = new DictionaryColumn(Uint8Array.of(1, 1), words)
    const message = packer.begin()
    expect(message.column(first)).toMatchObject({ words })
    expect(message.column(second)).not.toHaveProperty('words')
    const lasting = createColumnPacker()
    const [one] = send([new DictionaryColumn(Uint8Array.of(1), words)], lasting, unpacker) as [DictionaryColumn]
    const [other] = send([new DictionaryColumn(Uint8Array.of(0), words)], lasting, unpacker) as [DictionaryColumn]
    expect([...one, ...other]).toEqual(['b', 'a'])
    expect(other.dictionary).toBe(one.dictionary)
  })

  test('of a class that is not known here is refused as what cannot be cloned', () => {
    const foreign = { type: { kind: 'int' }, length: 1, validity: undefined } as never
    expect(() => createColumnPacker().begin().column(foreign)).toThrow(
      expect.objectContaining({ name: 'DataCloneError' }),
    )
  })
})
