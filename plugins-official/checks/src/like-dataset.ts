import {
  type Check,
  createCheck,
  type DatasetCheckOptions,
  type GateFacts,
  type Node,
  type OtherDataset,
} from 'tidegate'
import { refuse } from './callable.ts'
import { kolmogorovSmirnov, type Verdict } from './distances.ts'
import { lookingAt, otherOf } from './row-count-equals.ts'
import { openCounts, type ValueCounts, valueCounts } from './value-counts.ts'

/** A column of another dataset. */
export interface DatasetReference {
  readonly dataset: Node
  readonly column: string
}

export function isDatasetReference(reference: object): reference is DatasetReference {
  return 'dataset' in reference
}

type Binned = (counts: Float64Array, weights: Float64Array) => Verdict

/** `distributedLike` against a column of another dataset; `test` undefined is Kolmogorov-Smirnov. */
export function likeDataset(given: {
  readonly name: string
  readonly column: string
  readonly reference: DatasetReference
  readonly test: Binned | undefined
  readonly bins: number
  readonly parameters: unknown
  readonly options: DatasetCheckOptions
  readonly decide: (verdict: Verdict) => { readonly pass: boolean; readonly observed: string }
}): Check {
  const { name, column, reference, test, bins } = given
  if (typeof reference.column !== 'string')
    refuse(`${name}: the reference names no column.`, 'Give { dataset, column }.')
  const check = createCheck(name, [column], given.parameters, given.options, {
    scope: 'dataset',
    measures: { values: valueCounts(name, column) },
    async decide({ values }, facts: GateFacts) {
      const own = values as ValueCounts
      if (own.nan > 0) return { pass: false, observed: `${own.nan} NaN` }
      if (own.counts.size === 0) return { pass: true, observed: 'no value' }
      const other = otherOf(name, facts.others)
      const there = await countsOf(name, other, reference.column)
      if (there.counts.size === 0) return { pass: false, observed: `"${other.name}" has no value` }
      if (there.kind !== own.kind)
        refuse(`${name}: one column holds numbers, the other categories.`, 'Name columns of the same kind.')
      if (own.kind === 'categories' && test === undefined)
        refuse(`${name}: the test ks needs numbers.`, 'Use chiSquare, totalVariation, psi or kl for categories.')
      const verdict = test === undefined ? kolmogorov(own, there) : test(...cellsOf(own, there, bins))
      return given.decide(verdict)
    },
  })
  return lookingAt(check, reference.dataset)
}

async function countsOf(name: string, other: OtherDataset, column: string): Promise<ValueCounts> {
  const asker = `${name}, in "${other.name}"`
  const whole = openCounts(asker, other.schema, column)
  for await (const batch of other.batches({ columns: [column] })) whole.add(batch)
  return whole.result()
}

function kolmogorov(own: ValueCounts, reference: ValueCounts): Verdict {
  const cuts = Float64Array.from(reference.counts.keys() as Iterable<number>).sort()
  const weights = cuts.map((cut) => reference.counts.get(cut) as number)
  const cells = new Float64Array(2 * cuts.length + 1)
  for (const [key, rows] of own.counts) {
    const at = placeOf(cuts, key as number)
    const cell = cuts[at] === key ? 2 * at + 1 : 2 * at
    cells[cell] = (cells[cell] as number) + rows
  }
  return kolmogorovSmirnov(cells, weights)
}

/** Counts and weights of the same cells: categories of the reference and one for all others; or bins that hold about as much of it each. */
function cellsOf(own: ValueCounts, reference: ValueCounts, bins: number): [Float64Array, Float64Array] {
  if (own.kind === 'categories') {
    const categories = [...reference.counts.keys()].sort()
    const counts = Float64Array.from([...categories.map((category) => own.counts.get(category) ?? 0), 0])
    for (const [category, rows] of own.counts)
      if (!reference.counts.has(category)) counts[categories.length] = (counts[categories.length] as number) + rows
    const weights = categories.map((category) => reference.counts.get(category) as number)
    return [counts, Float64Array.from([...weights, 0])]
  }
  const edges = quantileEdges(reference, bins)
  const into = ({ counts }: ValueCounts) => {
    const cells = new Float64Array(edges.length + 1)
    for (const [key, rows] of counts) {
      const at = placeOf(edges, key as number)
      cells[at] = (cells[at] as number) + rows
    }
    return cells
  }
  return [into(own), into(reference)]
}

/** Keys at which bins of about equal weight end, the last one being open. */
function quantileEdges({ counts }: ValueCounts, bins: number): Float64Array {
  const keys = Float64Array.from(counts.keys() as Iterable<number>).sort()
  const total = [...counts.values()].reduce((sum, rows) => sum + rows, 0)
  const edges: number[] = []
  let below = 0
  for (let i = 0; i < keys.length - 1; i++) {
    below += counts.get(keys[i] as number) as number
    if (below >= ((edges.length + 1) * total) / bins) edges.push(keys[i] as number)
  }
  return Float64Array.from(edges)
}

/** How many of the sorted values are less. */
function placeOf(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return low
}
