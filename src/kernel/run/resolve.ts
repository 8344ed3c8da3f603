import type { RowVerdict } from '../../plugins/check.ts'
import type { Graph } from '../graph/graph.ts'
import type { OutputName } from '../node.ts'
import { datasetIdentity, outputIdentity, recipeOf, sameInput } from '../parts/recipe.ts'
import { inputRecords, type PartRecord, type Section } from '../parts/record.ts'
import type { Store } from '../parts/store.ts'
import type { InputPart, NodeState } from './node-state.ts'

/** Asks the hook (once per run and check) what a row gets that fails this check. */
export type AskVerdict = (node: string, check: string) => Promise<RowVerdict>

export interface Resolver {
  /**
   * Finds out which records a node needs and which of them exist: in the committed state, in the state a gate withheld, or finished by a run that
   * did not come to commit. Returns the parts whose records must be made now; undefined while that cannot be known.
   */
  resolve(state: NodeState): Promise<readonly InputPart[] | undefined>
}

export function createResolver(given: {
  readonly graph: Graph
  readonly store: Store
  readonly ask: AskVerdict
  readonly now: number
  readonly seed: number
  /** Reuse nothing that was made before this run. */
  readonly full: boolean
}): Resolver {
  const { store } = given

  /** Whether a record was made of what this part is made of now. */
  async function fits(record: PartRecord, state: NodeState, input: InputPart): Promise<boolean> {
    if (record.base !== state.base || !sameInput(record, input)) return false
    if (record.read.now !== undefined && state.node.spec.gate.stable !== true) return false
    if (record.read.seed !== undefined && record.read.seed !== given.seed) return false
    for (const [check, verdict] of Object.entries(record.answers))
      if ((await given.ask(state.node.name, check)) !== verdict) return false
    return true
  }

  async function find(state: NodeState, input: InputPart): Promise<PartRecord | undefined> {
    if (given.full) return undefined
    for (const section of [state.previous, state.attempt]) {
      const record = section === undefined ? undefined : recordOf(section, input.id)
      if (record !== undefined && (await fits(record, state, input)) && hasRows(record, state)) return record
    }
    const adopted = await store.getRecord(recipeOf(state.base as string, input.id, input.key))
    return adopted !== undefined &&
      adopted.part === input.id &&
      (await fits(adopted, state, input)) &&
      hasRows(adopted, state)
      ? adopted
      : undefined
  }

  /** Rows that must be kept have to be there. Where they are not, they are made again, under a key that is known beforehand. */
  function hasRows(record: PartRecord, state: NodeState): boolean {
    if (!state.kept || state.node.shape === 'fold' || record.data !== undefined) return true
    if (record.read.now === undefined) state.expected.set(record.part, record.key)
    return false
  }

  return {
    async resolve(state) {
      if (state.base === undefined || state.inputs === undefined) return undefined
      const missing: InputPart[] = []
      for (const input of state.inputs) {
        if (state.records.has(input.id)) continue
        const record = isPending(input) ? undefined : await find(state, input)
        if (record === undefined) missing.push(input)
        else {
          state.records.set(input.id, record)
          state.reused.add(input.id)
        }
      }
      return missing
    },
  }
}

/** The key of an input part whose record is not made yet. */
export const pendingKey = ''

export function isPending(input: InputPart): boolean {
  return input.key === pendingKey
}

function recordOf(section: Section, part: string): PartRecord | undefined {
  const known = indexes.get(section)
  if (known !== undefined) return known.get(part)
  const index = new Map(inputRecords(section).map((record) => [record.part, record]))
  indexes.set(section, index)
  return index.get(part)
}

const indexes = new WeakMap<Section, ReadonlyMap<string, PartRecord>>()

/** Identities of the parts of a settled output. */
export function settledParts(section: Section, output: OutputName): readonly InputPart[] {
  return section.parts.map((part) => ({
    id: part.record.part,
    ...(output === 'main' ? outputIdentity(part) : besidesIdentity(part, output)),
  }))
}

function besidesIdentity(
  part: Section['parts'][number],
  output: Exclude<OutputName, 'main'>,
): { readonly key: string; readonly content?: string } {
  const { key } = outputIdentity(part)
  const own = part.record[output]?.content ?? ''
  if (output === 'files') return { key: `${key}.${output}`, content: own }
  // What the fold says of rows that do not pass is no part of how the record was made.
  const { [output]: later, aside } = part
  const folded = [
    ...(later === undefined ? [] : [later.content]),
    ...(aside === undefined || output !== 'quarantine' ? [] : [JSON.stringify(aside)]),
  ].join('/')
  return { key: [key, output, folded].join('.'), content: [own, folded].join('/') }
}

export function sectionIdentity(
  section: Section,
  output: OutputName,
): { readonly key: string; readonly content?: string } {
  return datasetIdentity(settledParts(section, output), section.schema)
}

/** What the children of an unsettled row-wise node may know of its parts already. */
export function openParts(states: ReadonlyMap<string, NodeState>, from: string): readonly InputPart[] | undefined {
  const state = states.get(from) as NodeState
  return state.inputs?.map((input) => {
    const record = state.records.get(input.id)
    return record === undefined
      ? { id: input.id, key: state.expected.get(input.id) ?? pendingKey }
      : { id: input.id, ...outputIdentity({ record }) }
  })
}
