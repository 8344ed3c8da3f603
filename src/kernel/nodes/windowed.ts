import { z } from 'zod'
import type { LateAction } from '../../plugins/check.ts'
import type { StepKind } from '../../plugins/step-kind.ts'
import { millisecondsOf } from '../define/units.ts'
import type { Resolved, TimeOf } from '../measures/signatures.ts'
import { createNode, type Node, type Row, splitOptions } from '../node.ts'
import type { ColumnsOf, None, Show, Timestamp } from '../table-types.ts'
import type { StepGate } from './gate.ts'
import { inputsOf } from './inputs.ts'
import { type By, foldOptions, keysOf, type Measures, type Rolled } from './rollup.ts'
import { type Window, windowKey, windowOption } from './window.ts'

// Refused rather than ignored: without watermarks nothing is late.
const refused = (option: string) =>
  z.unknown().refine((value) => value === undefined, `"${option}" needs watermarks, which this version does not have`)
const options = z.object({
  ...foldOptions,
  by: foldOptions.by.optional(),
  time: z.string(),
  window: windowOption,
  lateness: refused('lateness').optional(),
  late: refused('late').optional(),
})

export const windowedKind: StepKind<typeof options> = {
  point: 'step',
  name: 'windowed',
  shape: 'fold',
  options,
  needs: {},
  create: ({ by, measure, buckets, time, window }) => {
    const size = millisecondsOf(window.size) as number // the option schema has refused everything else
    return {
      shape: 'fold',
      by: { windowStart: windowKey(time, size, 'start'), windowEnd: windowKey(time, size, 'end'), ...keysOf(by ?? []) },
      measure,
      ...(buckets === undefined ? {} : { buckets }),
    }
  },
}

type WindowEdges<R, T extends string> = { windowStart: Resolved<R, TimeOf<T>>; windowEnd: Resolved<R, TimeOf<T>> }
export type Windowed<R, T extends string, B, M> = Show<WindowEdges<R, T> & Rolled<R, B, M>>

/**
 * A roll-up keyed by event time: `[windowStart, windowEnd)` of the window that `time` lies in, then the keys of `by`.
 * Without `lateness` a window never closes, and late rows correct it. Rows without a time form a group whose window is
 * null.
 */
export function windowed<
  R extends Row,
  const T extends ColumnsOf<NoInfer<R>, Timestamp>,
  const M extends Measures<NoInfer<R>>,
  const B extends By<NoInfer<R>> = None,
>(
  def: StepGate<Windowed<R, T, B, M>> & {
    readonly from: Node<R>
    readonly time: T
    readonly window: Window
    readonly by?: B
    readonly measure: M
    readonly buckets?: number
    /** How long after its end a window still takes rows, such as `1 day`. */
    readonly lateness?: string
    /** What rows get that come later than that. */
    readonly late?: LateAction
  },
): Node<Windowed<R, T, B, M>> {
  const { gate, rest } = splitOptions(def)
  const { from, ...own } = rest
  return createNode<Windowed<R, T, B, M> & Row>({
    uses: windowedKind,
    inputs: inputsOf('windowed', 'from', from, 'stream'),
    options: own,
    gate,
  })
}
