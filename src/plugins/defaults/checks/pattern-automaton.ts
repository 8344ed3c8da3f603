import { type PatternNode, parsePattern } from './pattern-parse.ts'

/**
 * A deterministic automaton over bytes. States are multiples of 256, so that `table[state + byte]` is the next one; a state that is known to be the
 * last keeps itself. Bytes above 0x7f lead to `elsewhere`: what they mean, the engine is asked.
 */
export interface Automaton {
  readonly table: Int32Array
  readonly start: number
  /** By state / 256: whether a text that ends here matches. Of texts that are not empty. */
  readonly accepts: Uint8Array
  readonly acceptsEmpty: boolean
}

/** No match can come any more; a match was found; bytes that are not ASCII. */
export const never = 0
export const found = 256
export const elsewhere = 512

const mostStates = 256
const mostNodes = 4000

/** A step of the nondeterministic automaton (K. Thompson, "Regular Expression Search Algorithm", CACM 11, 1968). */
interface Step {
  readonly set?: Uint8Array
  readonly when?: 'start' | 'end'
  next: readonly number[]
}

/** The automaton that searches texts for a pattern; undefined for a pattern that it cannot do, or not in a table of reasonable size. */
export function automatonOf(pattern: RegExp): Automaton | undefined {
  const tree = parsePattern(pattern)
  const steps = tree === undefined ? undefined : stepsOf(tree)
  const made = steps === undefined ? undefined : determined(steps.steps, steps.first, !pattern.flags.includes('y'))
  return made === undefined ? undefined : { ...made, acceptsEmpty: new RegExp(pattern).test('') }
}

/** Step 0 is the match. */
function stepsOf(tree: PatternNode): { readonly steps: readonly Step[]; readonly first: number } | undefined {
  const steps: Step[] = [{ next: [] }]
  const add = (step: Step): number => steps.push(step) - 1
  /** The first step of a node that goes on at `then`. */
  function build(node: PatternNode, then: number): number {
    if (steps.length > mostNodes) return then
    switch (node.kind) {
      case 'set':
        return add({ set: node.set, next: [then] })
      case 'start':
      case 'end':
        return add({ when: node.kind, next: [then] })
      case 'choice':
        return add({ next: node.parts.map((part) => build(part, then)) })
      case 'sequence':
        return node.parts.reduceRight((after, part) => build(part, after), then)
      case 'repeat':
        return repeat(node.of, node.min, node.max, then)
    }
  }
  function repeat(of: PatternNode, min: number, max: number, then: number): number {
    let after = then
    if (max === Number.POSITIVE_INFINITY) {
      after = add({ next: [] })
      ;(steps[after] as Step).next = [build(of, after), then]
    } else {
      for (let i = min; i < max && steps.length <= mostNodes; i++) after = add({ next: [build(of, after), then] })
    }
    for (let i = 0; i < min && steps.length <= mostNodes; i++) after = build(of, after)
    return after
  }
  const first = build(tree, 0)
  return steps.length > mostNodes ? undefined : { steps, first }
}

/** The sets of steps that a text can be at, each as one state. */
function determined(
  steps: readonly Step[],
  first: number,
  searches: boolean,
): Omit<Automaton, 'acceptsEmpty'> | undefined {
  const known = new Map<string, number>()
  const sets: (readonly number[])[] = [[], [], []]
  const rows = [never, found, elsewhere].map((state) => new Int32Array(256).fill(state))
  const accepts = [0, 1, 0]
  const kinds = kindsOf(steps)
  const anew = searches ? closure(steps, [first], undefined) : []
  const stateOf = (set: readonly number[]): number => {
    if (set.includes(0)) return found
    if (set.length === 0) return never
    const name = set.join()
    let state = known.get(name)
    if (state === undefined) {
      state = sets.push(set) - 1
      known.set(name, state)
    }
    return 256 * state
  }
  const start = stateOf(closure(steps, [first], 'start'))
  for (let state = 3; state < sets.length; state++) {
    if (state > mostStates) return undefined
    const set = sets[state] as readonly number[]
    const row = new Int32Array(256).fill(elsewhere)
    for (const codes of kinds) {
      const after = set.flatMap((index) => {
        const step = steps[index] as Step
        return step.set?.[codes[0] as number] === 1 ? step.next : []
      })
      const next = stateOf(union(closure(steps, after, undefined), anew))
      for (const code of codes) row[code] = next
    }
    rows.push(row)
    accepts.push(Number(closure(steps, set, 'end').includes(0)))
  }
  const table = new Int32Array(256 * rows.length)
  for (const [state, row] of rows.entries()) table.set(row, 256 * state)
  return { table, start, accepts: Uint8Array.from(accepts) }
}

/** Characters that no step tells apart. */
function kindsOf(steps: readonly Step[]): readonly (readonly number[])[] {
  const sets = [...new Set(steps.flatMap(({ set }) => set ?? []))]
  const kinds = new Map<string, number[]>()
  for (let code = 0; code < 128; code++) {
    const name = sets.map((set) => set[code]).join('')
    kinds.set(name, [...(kinds.get(name) ?? []), code])
  }
  return [...kinds.values()]
}

/** The steps reached without reading: those that read, those that wait for the end, and the match. Ascending. */
function closure(
  steps: readonly Step[],
  from: readonly number[],
  place: 'start' | 'end' | undefined,
): readonly number[] {
  const seen = new Set<number>()
  const open = [...from]
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (seen.has(index)) continue
    seen.add(index)
    const { set, when, next } = steps[index] as Step
    if (set === undefined && (when === undefined || when === place)) open.push(...next)
  }
  return [...seen]
    .filter((index) => {
      const { set, when } = steps[index] as Step
      return index === 0 || set !== undefined || when === 'end'
    })
    .sort((a, b) => a - b)
}

function union(a: readonly number[], b: readonly number[]): readonly number[] {
  return b.length === 0 ? a : [...new Set([...a, ...b])].sort((x, y) => x - y)
}
