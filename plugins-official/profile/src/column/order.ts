/** Least, greatest, first and last value with the order between neighbours. Where doubles are rounded, the exact integers decide. */
export interface Order {
  min: Cell | undefined
  max: Cell | undefined
  first: Cell | undefined
  last: Cell | undefined
  up: boolean
  down: boolean
  same: boolean
}

/** `exact` where the double may be rounded: integers from 2^53 on, decimals. */
export interface Cell {
  readonly value: number
  readonly exact: bigint | undefined
}

export function createOrder(): Order {
  return { min: undefined, max: undefined, first: undefined, last: undefined, up: false, down: false, same: false }
}

/** Values that are exact as doubles; NaN is left out. */
export function addExactDoubles(order: Order, values: Float64Array, from: number, to: number): void {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  let at = from
  while (at < to && Number.isNaN(values[at])) at++
  if (at === to) return
  const first = { value: (values[at] as number) + 0, exact: undefined }
  order.first ??= first
  if (order.last !== undefined) step(order, order.last, first)
  let { up, down, same } = order
  let last = first.value
  for (let i = at; i < to; i++) {
    const value = values[i] as number
    if (Number.isNaN(value)) continue
    if (value < min) min = value
    if (value > max) max = value
    if (i === at) continue
    if (value > last) up = true
    else if (value < last) down = true
    else same = true
    last = value
  }
  Object.assign(order, { up, down, same, last: { value: last + 0, exact: undefined } })
  widen(order, { value: min + 0, exact: undefined })
  widen(order, { value: max + 0, exact: undefined })
}

export function addCell(order: Order, cell: Cell): void {
  order.first ??= cell
  if (order.last !== undefined) step(order, order.last, cell)
  order.last = cell
  widen(order, cell)
}

/** `more` holds later rows. */
export function joinOrder(order: Order, more: Order): void {
  if (more.first === undefined || more.min === undefined || more.max === undefined) return
  if (order.last !== undefined) step(order, order.last, more.first)
  order.first ??= more.first
  order.last = more.last
  order.up ||= more.up
  order.down ||= more.down
  order.same ||= more.same
  widen(order, more.min)
  widen(order, more.max)
}

export function orderName({ up, down, same }: Order) {
  if (up && down) return 'none'
  if (up) return same ? 'increasing' : 'strictly increasing'
  if (down) return same ? 'decreasing' : 'strictly decreasing'
  return same ? 'constant' : undefined
}

function widen(order: Order, cell: Cell): void {
  if (order.min === undefined || compare(cell, order.min) < 0) order.min = cell
  if (order.max === undefined || compare(cell, order.max) > 0) order.max = cell
}

function step(order: Order, before: Cell, after: Cell): void {
  const way = compare(after, before)
  if (way > 0) order.up = true
  else if (way < 0) order.down = true
  else order.same = true
}

function compare(a: Cell, b: Cell): number {
  if (a.value !== b.value || a.exact === undefined || b.exact === undefined) return a.value - b.value
  return a.exact < b.exact ? -1 : a.exact > b.exact ? 1 : 0
}
