// biome-ignore-all format: the comment has to stand right above the line that is wrong.
import { between, type Check, fromTable, matches, type RepairedCell, table, unique, validate } from 'tidegate'
import { z } from 'zod'
import { type Eq, same } from './eq.ts'

const orders = table(z.object({ id: z.int(), country: z.string() }), { id: [1], country: ['DE'] })
async function* stream() { yield orders }

// ---- what must compile
export const split = async () => {
  const { passed, failed, repairs } = await validate(orders, [between('id', 0, 9)], { split: true, key: ['id', 'country'] })
  passed.filter((d) => d.id > 1)
  failed.filter((d) => d._reasons !== '' && d.country === null)
  repairs.filter((d) => d.column === 'id' && d.before === null)
  return same<Eq<RepairedCell['before'], string | null>>()
}
void validate([orders], [unique('id')], { key: 'country' })
void validate(stream(), [matches('country', /DE/)], { key: 'id', otherwise: 'drop' })
void validate({ n: [1] }, [] as readonly Check[], { key: 'n' })
void validate(orders, [], { others: { more: { node: fromTable(orders), rows: orders } } })

// ---- what must not
// @ts-expect-error there is no column "amount"
void validate(orders, [between('amount', 0, 1)])
// @ts-expect-error "country" is text
void validate(orders, [between('country', 0, 1)])
// @ts-expect-error "id" is a number, also in a stream
void validate(stream(), [matches('id', /1/)])
// @ts-expect-error there is no column "idd" to know rows by
void validate(orders, [unique('id')], { key: 'idd' })
// @ts-expect-error there is no column "idd" to know rows by, also where rows are given
void validate(orders, [unique('id')], { key: ['id', 'idd'], split: true })
// @ts-expect-error there is no verdict "skip"
void validate(orders, [unique('id')], { otherwise: 'skip' })
// @ts-expect-error another dataset has a node and rows
void validate(orders, [unique('id')], { others: { more: orders } })
// @ts-expect-error the rows of another dataset are read more than once: a stream cannot be
void validate(orders, [unique('id')], { others: { more: { node: fromTable(orders), rows: stream() } } })
// @ts-expect-error rows are given with split alone
void validate(orders, [unique('id')]).then((found) => found.passed)
// @ts-expect-error repairs have no column "was"
void validate(orders, [unique('id')], { split: true }).then(({ repairs }) => repairs.filter((d) => d.was === null))
// @ts-expect-error a number holds no rows
void validate(7, [])
