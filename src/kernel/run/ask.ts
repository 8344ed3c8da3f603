import { askViolation } from '../../hooks/ask.ts'
import type { RowVerdict } from '../../plugins/check.ts'
import { TidegateError } from '../errors.ts'
import type { Engine } from './engine.ts'
import type { AskVerdict } from './resolve.ts'

/** Asks `onQualityViolation` (phase `row`) once per run and check; nobody answering means `halt`. */
export function createAsk(engine: Engine): AskVerdict {
  const answers = new Map<string, Promise<RowVerdict>>()
  const { graph, settings, hooks } = engine
  const ask = async (name: string, check: string): Promise<RowVerdict> => {
    const node = graph.byName.get(name)
    if (node === undefined)
      throw new TidegateError('NODE_UNKNOWN', `Pipeline "${graph.pipeline}" has no node "${name}"`)
    const columns = node.spec.gate.expect?.find((own) => own.name === check)?.columns ?? []
    const violation = {
      phase: 'row' as const,
      pipeline: graph.pipeline,
      node: name,
      kind: node.spec.uses.name,
      runId: settings.runId,
      env: settings.env,
      check: { name: check, columns },
      rows: 0,
      of: 0,
    }
    return (await askViolation(hooks, violation))?.verdict ?? 'halt'
  }
  return (node, check) => {
    const key = `${node}/${check}`
    const known = answers.get(key) ?? ask(node, check)
    answers.set(key, known)
    return known
  }
}
