import type { Task } from '../../plugins/executor.ts'
import { TidegateError } from '../errors.ts'
import type { Engine } from './engine.ts'

/** A part that a source retains although its file is gone can be used as long as nothing asks to read it again. */
export function retainedGone(engine: Engine, cause: unknown, task: Task): TidegateError | undefined {
  const { node = '', id, ref } = task.part ?? {}
  if (ref === undefined || engine.graph.byName.get(node)?.spec.gate.onRemoved !== 'retain' || !isAbsence(cause))
    return undefined
  return new TidegateError(
    'SOURCE_NOT_FOUND',
    `Part "${id}" of source "${node}" is gone. It is retained as it was read, but ${task.nodes.map((name) => `"${name}"`).join(', ')} changed and it must be read again`,
    {
      hint: `Put it back, take back the change, or set \`onRemoved: 'remove'\` on "${node}" to let its rows go.`,
      data: { node, part: id },
      cause,
    },
  )
}

/** A file that is not there, whoever says so. */
function isAbsence(cause: unknown): boolean {
  for (let at = cause; at instanceof Error; at = at.cause) {
    const { code } = at as { readonly code?: unknown }
    if (code === 'ENOENT' || code === 'SOURCE_NOT_FOUND') return true
  }
  return false
}
