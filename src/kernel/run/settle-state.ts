import { isTapped } from '../../hooks/create-hooks.ts'
import { hasNews } from '../corrections/replay.ts'
import { TidegateError } from '../errors.ts'
import { type CheckOutcome, inputRecords, type Section } from '../parts/record.ts'
import type { TableSchema } from '../types.ts'
import type { Engine } from './engine.ts'
import { foldIngredients } from './ingredients.ts'
import type { NodeState } from './node-state.ts'
import type { AskVerdict } from './resolve.ts'
import { settleNode } from './settle.ts'

/** Folds and gates a node whose records are complete; `input` is the schema of its streamed input. What did not change keeps the section it has. */
export async function settleState(
  engine: Engine,
  state: NodeState,
  input: TableSchema | undefined,
  ask: AskVerdict,
  signal: AbortSignal,
  clock: () => number,
): Promise<void> {
  state.ended = clock()
  if (
    state.made.size === 0 &&
    state.previous !== undefined &&
    !state.full &&
    isUnchanged(engine, state) &&
    (await stillAnswered(engine, state, ask))
  )
    return keepPrevious(state)
  const { section, halted } = await settleNode(engine, state, input, ask, signal)
  if (halted.length === 0 && state.made.size === 0 && !state.full && saysTheSame(section, state.previous))
    return keepPrevious(state)
  // What the gate withholds once more, as it did, is the attempt that stands already.
  const again = halted.length > 0 && !state.full && saysTheSame(section, state.attempt)
  state.path = again ? state.attemptPath : await engine.store.putSection(section)
  state.section = again ? state.attempt : section
  if (halted.length > 0) {
    state.phase = 'withheld'
    state.status = 'withheld'
    state.error = haltError(section, halted)
    return
  }
  state.phase = 'settled'
  state.status = state.made.size === 0 && state.previous?.snapshot === section.snapshot ? 'up to date' : 'committed'
}

function keepPrevious(state: NodeState): void {
  state.section = state.previous
  state.path = state.previousPath
  state.phase = 'settled'
  state.status = 'up to date'
}

/** Folded again, and nothing came out otherwise: no new entry is worth writing. */
function saysTheSame(section: Section, previous: Section | undefined): boolean {
  if (previous === undefined) return false
  const facts = ({ runId: _, at: __, duration: ___, ...rest }: Section) => JSON.stringify(rest)
  return facts(section) === facts(previous)
}

/** The same records in the same order under the same rules: the fold would say what it said. */
function isUnchanged(engine: Engine, state: NodeState): boolean {
  const previous = state.previous as Section
  if (
    previous.base !== state.base ||
    previous.ingredients['thresholds'] !== foldIngredients(engine, state) ||
    readsNow(engine, state) ||
    previous.kept !== state.kept
  )
    return false
  if (hasNews(state)) return false
  const before = inputRecords(previous)
  const now = state.inputs ?? []
  if (now.length === 0 && JSON.stringify(previous.schema) !== JSON.stringify(state.schema)) return false
  if (
    before.length !== now.length ||
    !before.every(
      (record, index) => now[index]?.id === record.part && state.records.get(record.part)?.key === record.key,
    )
  )
    return false
  return state.listing === undefined || JSON.stringify(state.listing) === JSON.stringify(previous.listing)
}

/** A decision that looks at the time is made in every run. */
function readsNow(engine: Engine, { node }: NodeState): boolean {
  const checks = engine.gates.get(node.name)?.checks ?? []
  return checks.some(({ check: { rule } }) => rule.scope !== 'row' && rule.reads?.includes('now') === true)
}

/** Where the fold asked a hook (roll-ups, rows condemned over all parts), its answer has to be the same. */
async function stillAnswered(engine: Engine, state: NodeState, ask: AskVerdict): Promise<boolean> {
  const { checks } = state.previous as Section
  // In the fold the hook may stop every violated check: whether it still would, only the fold can tell.
  if (isTapped(engine.hooks, 'onQualityViolation') && checks.some((check) => check.failed > 0 || !check.pass))
    return false
  const asking = new Set(
    engine.gates.get(state.node.name)?.checks.flatMap(({ check, verdict }) => (verdict === 'ask' ? [check.name] : [])),
  )
  const answered = (state.previous as Section).checks.filter(
    (outcome) => outcome.failed > 0 && asking.has(outcome.name),
  )
  for (const { name, verdict } of answered) if ((await ask(state.node.name, name)) !== verdict) return false
  return true
}

function haltError(section: Section, halted: readonly CheckOutcome[]): TidegateError {
  const lines = halted.map(
    (outcome) => `${outcome.name}: ${outcome.observed}${outcome.sample === undefined ? '' : ` (${outcome.sample})`}`,
  )
  return new TidegateError('GATE_HALTED', `The gate of "${section.node}" halted: ${lines.join('; ')}`, {
    hint: `The rows stand in quarantine: tidegate quarantine show ${section.node}. Mend the data, or give the check another verdict (\`otherwise: 'quarantine'\`) or a threshold.`,
    data: {
      node: section.node,
      checks: halted.map(({ name, failed, of, observed }) => ({ name, failed, of, observed })),
    },
  })
}
