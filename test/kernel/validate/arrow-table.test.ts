import {
  bool,
  columnFromArray,
  dateDay,
  decimal,
  dictionary,
  float16,
  float32,
  int8,
  list,
  tableFromColumns,
  timeMillisecond,
  timestamp,
  utf8,
} from '@uwdata/flechette'
import { between, type Check, matches, notNull, oneOf, unique, validate } from 'tidegate'
import { expect, it } from 'vitest'

const day = 86_400_000

it('checks an Arrow table of every layout, in one piece or several', async () => {
  for (const maxBatchRows of [100, 2]) {
    const options = { maxBatchRows }
    const column = (values: readonly unknown[], type: unknown) =>
      columnFromArray(values as never, type as never, options as never)
    const arrow = tableFromColumns({
      small: column([1, null, 3, 4], int8()),
      code: column(['a', 'b', null, 'a'], dictionary(utf8(), int8())),
      text: column(['x', 'é', 'y', null], utf8()),
      near: column([0.5, 1.5, 2.5, 3.5], float32()),
      fine: column([true, false, null, true], bool()),
      on: column(
        [0, day, 2 * day, 3 * day].map((ms) => new Date(ms)),
        dateDay(),
      ),
      at: column(
        [0, day, 2 * day, 3 * day].map((ms) => new Date(ms)),
        timestamp(1),
      ),
      price: column([1.25, 2.5, 3, 4], decimal(10, 2)),
    } as never)
    const checks = [
      between('small', 1, 3),
      oneOf('code', ['a']),
      matches('text', /^\w$/),
      between('near', 1, 3),
      notNull('fine'),
      between('on', day, 9 * day),
      between('at', 0, 2 * day),
      between('price', 2, 3),
      unique('code'),
    ] as readonly Check[]
    const found = await validate(arrow as never, checks, { otherwise: 'warn' })
    expect(found.outcomes.map(({ failed }) => failed)).toEqual([1, 1, 1, 2, 1, 1, 1, 2, 2])
  }
})

it('reads columns of other layouts cell by cell', async () => {
  const arrow = tableFromColumns({
    at: columnFromArray([1000, null, 3000], timeMillisecond() as never),
    list: columnFromArray([[1, 2], null, []], list(int8()) as never),
    half: columnFromArray([1.5, null, -2], float16() as never),
  } as never)
  const checks = [notNull('list'), between('at', 0, 2000), between('half', 0, 2)] as readonly Check[]
  const found = await validate(arrow as never, checks, { otherwise: 'warn' })
  expect(found.outcomes.map(({ failed }) => failed)).toEqual([1, 1, 1])
})

it('names what is no regular expression', () => {
  expect(() => matches('k', 'a' as never)).toThrow('the pattern is "a", which is no regular expression')
})
