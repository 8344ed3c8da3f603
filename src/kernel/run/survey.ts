import { hasNews } from '../corrections/replay.ts'
import { inputRecords } from '../parts/record.ts'
import { type Attempt, attend } from './attempt.ts'
import { deferrable, describeInputs, streamSchema } from './describe-inputs.ts'
import { explainWhy } from './explain.ts'
import { lookedAt } from './gate-facts.ts'
import { holdBack } from './hold-back.ts'
import { explainChange, foldIngredients, type NodeCode } from './ingredients.ts'
import type { InputPart, NodeState } from './node-state.ts'
import { settleState } from './settle-state.ts'
import type { Missing } from './tasks.ts'

export interface Survey {
  readonly missing: readonly Missing[]
  readonly lacking: ReadonlyMap<string, readonly InputPart[]>
}

/** Looks at every open node in order: what it needs, which records exist. What lacks nothing is settled on the spot. */
export async function survey(attempt: Attempt): Promise<Survey> {
  const { states, resolver } = attempt
  const missing: Missing[] = []
  const lacking = new Map<string, readonly InputPart[]>()
  const deferred = new Map<string, ReadonlySet<string>>()
  const waiting: NodeState[] = []
  for (const state of states.values()) {
    if (state.phase !== 'open' || state.node.shape === 'target' || isBlocked(states, state)) continue
    await attend(attempt, state, async () => {
      describeInputs(attempt, state)
      const found = await resolver.resolve(state)
      if (found === undefined) {
        waiting.push(state)
        state.why = waitsFor(states, state)
        return
      }
      lacking.set(state.node.name, found)
      const change = explainChange(
        state.previous?.ingredients,
        { ...state.ingredients, ...pick(state.previous?.ingredients, ['thresholds', 'declared']) },
        attempt.codes.get(state.node.name) as NodeCode,
      )
      if (state.why === '' || state.why.startsWith('waits for'))
        state.why = explainWhy(state, found, change) ?? 'nothing changed'
      const later = deferrable(attempt, state, found, deferred)
      deferred.set(state.node.name, later)
      for (const input of found) if (!later.has(input.id)) missing.push({ state, input })
      // A node before it that is not decided yet may still be withheld.
      if (!state.node.inputs.every((edge) => states.get(edge.from)?.phase === 'settled')) {
        if (found.length === 0) state.why = waitsFor(states, state)
        return
      }
      state.others = lookedAt(states, state)
      if (found.length === 0 && state.why === 'nothing changed') state.why = decidedAgain(attempt, state)
      if (found.length === 0 && !attempt.planOnly)
        await settleState(
          attempt.engine,
          state,
          streamSchema(states, state),
          attempt.ask,
          attempt.deadlines?.signal([state.node.name], attempt.signal) ?? attempt.signal,
          attempt.clock,
        )
      else if (
        found.length === 0 &&
        state.previous !== undefined &&
        partsUnchanged(state) &&
        state.why === 'nothing changed'
      ) {
        state.section = state.previous
        state.path = state.previousPath
        state.phase = 'settled'
      }
    })
  }
  return { missing: holdBack(attempt, missing, waiting), lacking }
}

function waitsFor(states: ReadonlyMap<string, NodeState>, { node }: NodeState): string {
  return `waits for ${node.inputs.map((edge) => edge.from).find((from) => states.get(from)?.phase === 'open') ?? 'its inputs'}`
}

/** Nothing is to be made; whether what its checks look at, or the time, needs another decision. */
function decidedAgain({ engine }: Attempt, state: NodeState): string {
  const { node, previous } = state
  if (node.looksAt.length === 0 || previous === undefined) return state.why
  if (previous.ingredients['thresholds'] === foldIngredients(engine, state)) return state.why
  return `decided again: ${[...new Set(node.looksAt.map((edge) => edge.from))].join(' or ')} changed`
}

function pick(
  from: Readonly<Record<string, string>> | undefined,
  names: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(names.flatMap((name) => (from?.[name] === undefined ? [] : [[name, from[name]]])))
}

/** For the plan alone: nothing is missing and nothing is gone, so the committed state stands. */
function partsUnchanged(state: NodeState): boolean {
  const before = state.previous === undefined ? [] : inputRecords(state.previous)
  return (
    !hasNews(state) &&
    before.length === state.inputs?.length &&
    before.every((record) => state.records.get(record.part)?.key === record.key)
  )
}

/** A node before it failed, was withheld or left out: it stays as it is. */
function isBlocked(states: ReadonlyMap<string, NodeState>, state: NodeState): boolean {
  const blocker = state.node.inputs
    .map((edge) => states.get(edge.from) as NodeState)
    .find((parent) => ['failed', 'withheld', 'skipped'].includes(parent.phase))
  if (blocker === undefined) return false
  state.phase = blocker.phase === 'withheld' ? 'withheld' : 'skipped'
  state.status = blocker.phase === 'withheld' ? 'withheld' : 'skipped'
  state.why = `${blocker.node.name} ${blocker.phase === 'withheld' ? 'was withheld' : blocker.phase === 'failed' ? 'failed' : 'was left out'}`
  return true
}
