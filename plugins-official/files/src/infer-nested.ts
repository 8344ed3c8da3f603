import { type LogicalType, types } from 'tidegate'

/** What lists and objects of a column hold, all of them together. Mergeable. */
export interface NestedState {
  /** Bits: null 1, boolean 2, whole number 4, other number 8, text 16, list 32, object 64, a whole number beyond 2^53 128. */
  kinds: number
  items: NestedState | undefined
  readonly keys: Map<string, NestedState>
}

/** An object with more different keys is a map, and stays JSON text. */
const mostKeys = 256

export function createNestedState(): NestedState {
  return { kinds: 0, items: undefined, keys: new Map() }
}

export function observeNested(state: NestedState, value: unknown): void {
  if (value === null) state.kinds |= 1
  else if (typeof value === 'boolean') state.kinds |= 2
  else if (typeof value === 'number')
    state.kinds |= !Number.isInteger(value) ? 8 : Number.isSafeInteger(value) ? (Object.is(value, -0) ? 8 : 4) : 128
  else if (typeof value === 'string') state.kinds |= value.isWellFormed() ? 16 : 128
  else if (Array.isArray(value)) {
    state.kinds |= 32
    state.items ??= createNestedState()
    for (const item of value) observeNested(state.items, item)
  } else {
    state.kinds |= 64
    for (const [key, inner] of Object.entries(value as object)) observeNested(keyOf(state, key), inner)
  }
}

export function mergeNestedState(into: NestedState, more: NestedState): void {
  into.kinds |= more.kinds
  if (more.items !== undefined) {
    into.items ??= createNestedState()
    mergeNestedState(into.items, more.items)
  }
  for (const [key, state] of more.keys) mergeNestedState(keyOf(into, key), state)
}

function keyOf(state: NestedState, key: string): NestedState {
  const known = state.keys.get(key)
  if (known !== undefined) return known
  const made = createNestedState()
  // One more than allowed says enough.
  if (state.keys.size <= mostKeys) state.keys.set(key, made)
  return made
}

/** The type that holds all of it without loss, or undefined where none does. A list that is always empty is a list of texts. */
export function nestedType(state: NestedState): LogicalType | undefined {
  const kinds = state.kinds & ~1
  if (kinds === 0 || kinds === 16) return types.string
  if (kinds === 2) return types.boolean
  if (kinds === 4) return types.int64
  if ((kinds & ~12) === 0) return types.float64
  if (kinds === 32) {
    const of = state.items === undefined ? types.string : nestedType(state.items)
    return of === undefined ? undefined : types.list(of)
  }
  if (kinds !== 64 || state.keys.size === 0 || state.keys.size > mostKeys) return undefined
  const fields = []
  for (const [name, inner] of state.keys) {
    const type = nestedType(inner)
    if (type === undefined) return undefined
    fields.push({ name, type, nullable: true })
  }
  return types.struct(fields)
}
