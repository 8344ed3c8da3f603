import type { LateAction, RowVerdict } from '../plugins/check.ts'
import { answererOf } from './blame.ts'
import type { Hooks, LateData, StepEvent, StepResult, Violation } from './hooks.ts'

/** An answer and who gave it (`config`, or the plugin's name): both are recorded and fingerprinted. */
export interface Answer<V> {
  readonly verdict: V
  readonly by: string
}

export async function tellBeforeStep(hooks: Hooks, event: StepEvent): Promise<void> {
  await hooks.beforeStep.promise(Object.freeze({ ...event }))
}

export async function tellAfterStep(hooks: Hooks, result: StepResult): Promise<void> {
  await hooks.afterStep.promise(Object.freeze({ ...result }))
}

/** The first verdict given, or undefined when nobody has one. In phase `fold` the only answer is `halt`. */
export async function askViolation(hooks: Hooks, violation: Violation): Promise<Answer<RowVerdict> | undefined> {
  const asked = Object.freeze({ ...violation })
  const verdict = await hooks.onQualityViolation.promise(asked)
  return verdict === undefined ? undefined : { verdict, by: answererOf(asked) }
}

/** The first action given, or undefined when nobody has one. */
export async function askLateData(hooks: Hooks, late: LateData): Promise<Answer<LateAction> | undefined> {
  const asked = Object.freeze({ ...late })
  const verdict = await hooks.onLateData.promise(asked)
  return verdict === undefined ? undefined : { verdict, by: answererOf(asked) }
}
