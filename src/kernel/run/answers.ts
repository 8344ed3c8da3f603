import type { RowVerdict } from '../../plugins/check.ts'
import { Undecided } from '../gate/row-gate.ts'
import type { PartRecord } from '../parts/record.ts'
import type { AskVerdict } from './resolve.ts'

/** Whether the hook still answers as it did when the record was made. */
export async function stillAnswered(record: PartRecord, ask: AskVerdict, node: string): Promise<boolean> {
  for (const [check, verdict] of Object.entries(record.answers)) if ((await ask(node, check)) !== verdict) return false
  return true
}

/** Runs what a gate does in the coordinator; a check whose verdict only a hook can tell is asked for, then it runs again. */
export async function withAnswers<T>(
  ask: AskVerdict,
  act: (answers: ReadonlyMap<string, RowVerdict>) => Promise<T>,
): Promise<T> {
  const answers = new Map<string, RowVerdict>()
  for (;;) {
    try {
      return await act(answers)
    } catch (error) {
      if (!(error instanceof Undecided)) throw error
      answers.set(error.check, await ask(error.node, error.check))
    }
  }
}
