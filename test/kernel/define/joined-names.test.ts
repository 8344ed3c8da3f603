import { describe, expect, it } from 'vitest'
import { type RowOf, table } from '../../../src/index.ts'

// The type of each result is checked by `keys`, which takes the names of its columns only and wants them all.
function keys<R>(names: { readonly [K in keyof R]: true }): string[] {
  return Object.keys(names)
}

const left = table({ id: [1, 2], name: ['a', 'b'] })
const right = table({ id: [2, 3], name: ['B', 'C'], score: [5, 6] })

describe('the types of joins', () => {
  it('name columns as Arquero does', () => {
    const inner = left.join(right, 'id')
    expect(inner.columnNames()).toEqual(
      keys<RowOf<typeof inner>>({ id: true, name_1: true, name_2: true, score: true }),
    )
    const pair = left.join_left(right, ['id', 'score'])
    expect(pair.columnNames()).toEqual(
      keys<RowOf<typeof pair>>({ id_1: true, name_1: true, id_2: true, name_2: true, score: true }),
    )
    const both = left.join(right, [
      ['id', 'name'],
      ['id', 'name'],
    ])
    expect(both.columnNames()).toEqual(keys<RowOf<typeof both>>({ id: true, name: true, score: true }))
    const crossed = left.cross(right)
    expect(crossed.columnNames()).toEqual(
      keys<RowOf<typeof crossed>>({ id_1: true, name_1: true, id_2: true, name_2: true, score: true }),
    )
  })

  it('take a shared key from whichever side has the row', () => {
    const outer = left.join_right(right, 'id').orderby('id')
    expect(outer.columnNames().sort()).toEqual(
      keys<RowOf<typeof outer>>({ id: true, name_1: true, name_2: true, score: true }),
    )
    expect(outer.array('id')).toEqual([2, 3])
    expect(outer.array('name_1')).toEqual(['b', undefined])
    const full = left.join_full(right, 'id').orderby('id')
    expect(full.array('id')).toEqual([1, 2, 3])
    expect(full.columnNames()).toEqual(keys<RowOf<typeof full>>({ id: true, name_1: true, name_2: true, score: true }))
  })

  it('give a lookup without a match as undefined', () => {
    const looked = left.lookup(right, 'id', 'score')
    expect(looked.columnNames()).toEqual(keys<RowOf<typeof looked>>({ id: true, name: true, score: true }))
    expect(looked.objects()).toEqual([
      { id: 1, name: 'a', score: undefined },
      { id: 2, name: 'b', score: 5 },
    ])
  })
})

describe('the types of single-table verbs', () => {
  it('name columns as Arquero does', () => {
    const counted = right.groupby('name').count({ as: 'n' })
    expect(counted.columnNames()).toEqual(keys<RowOf<typeof counted>>({ name: true, n: true }))
    const dropped = right.groupby('name').derive({ twice: (d) => d.score * 2 }, { drop: true })
    expect(dropped.columnNames()).toEqual(keys<RowOf<typeof dropped>>({ twice: true }))
    const picked = right.select('score', { name: 'label' })
    expect(picked.columnNames()).toEqual(keys<RowOf<typeof picked>>({ score: true, label: true }))
    const listed = right.select(['score', 'id'])
    expect(listed.columnNames()).toEqual(keys<RowOf<typeof listed>>({ score: true, id: true }))
    const assigned = left.assign({ name: [1, 2], more: [true, false] })
    expect(assigned.columnNames()).toEqual(keys<RowOf<typeof assigned>>({ id: true, name: true, more: true }))
    const moved = right.relocate('score', { before: 'id' })
    expect(moved.columnNames()).toEqual(keys<RowOf<typeof moved>>({ score: true, id: true, name: true }))
    const params = left
      .params({ a: 1 })
      .params({ b: 2 })
      .filter((d, $) => d.id > $.a && d.id <= $.b)
    expect(params.objects()).toEqual([{ id: 2, name: 'b' }])
  })
})
