import type { Check } from 'tidegate'
import type { Input } from '../commands/input.ts'
import { checkInRun } from './in-run.ts'
import { type FileCheck, type FileCheckOutcome, outcomeOf } from './outcome.ts'
import { type PushRequest, pushDown } from './push-down.ts'

export interface InputCheckRequest extends PushRequest {
  /** False: everything is decided in process. */
  readonly pushDown: boolean
}

/** What can be decided where the rows lie is decided there, the rest in one pass over the rows: the answers are the same. */
export async function checkInput(
  input: Input,
  checks: readonly Check[],
  request: InputCheckRequest,
): Promise<FileCheck> {
  const pushed = request.pushDown ? await pushDown(input, checks, request) : undefined
  const whyOf = (check: Check) => (pushed === undefined ? 'it is not wanted' : pushed.left.get(check))
  const rest = checks.filter((check) => whyOf(check) !== undefined)
  const ran = rest.length === 0 ? undefined : await checkInRun(input, rest, request)
  const rows = ran?.rows ?? pushed?.rows ?? 0
  const outcomes = checks.map((check): FileCheckOutcome => {
    const finding = pushed?.findings.get(check) ?? ran?.findings[rest.indexOf(check)]
    if (finding === undefined) throw new Error(`nothing was found of ${check.name}`)
    return outcomeOf(check, finding, whyOf(check))
  })
  const unread = ran?.unread ?? { rows: 0, samples: undefined }
  const pass = unread.rows === 0 && outcomes.every(({ verdict }) => verdict !== 'violated')
  return { rows, outcomes, unread, pass }
}
