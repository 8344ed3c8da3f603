import { z } from 'zod'
import type { Given, Needs } from '../../plugins/plugin.ts'
import type { Place } from '../../plugins/source.ts'
import type { Target, TargetKind } from '../../plugins/target.ts'
import type { Awaitable } from '../context.ts'
import { createNode, type Node, type Row, splitOptions } from '../node.ts'
import type { TargetOptions } from '../nodes/gate.ts'
import { inputsOf } from '../nodes/inputs.ts'
import type { None } from '../table-types.ts'
import type { OptionsOver } from './column-option.ts'
import { marked } from './made-by.ts'
import type { NoOptions, OptionsOf } from './plugin.ts'

export type TargetFactory<O extends z.ZodObject> = <R extends Row>(
  given: OptionsOver<OptionsOf<O>, NoInfer<R>> & TargetOptions & { readonly from: Node<R> },
) => Node<R>

/**
 * Makes a connector that publishes: `toCsv = defineTarget({ name, options, create })`, then `toCsv({ from: daily, path:
 * 'out/daily.csv' })` is a node. Targets start only when every gate before them has passed. Options made with
 * `columnName()` accept columns of `from` only.
 */
export function defineTarget<O extends z.ZodObject = NoOptions, const N extends Needs = None>(def: {
  readonly name: string
  readonly options?: O
  readonly needs?: N
  /** For kinds that a package defines: changes whenever equal options and input would give something else. */
  readonly version?: string | number
  /** Called once per run, with validated options; secrets among them are plain text here and only here. */
  readonly create: (options: z.output<O>, needs: Given<N>, place: Place) => Awaitable<Target>
}): TargetFactory<O> {
  const uses: TargetKind<O, N> = Object.freeze({
    point: 'target',
    name: def.name,
    // Without options O is NoOptions; the default of a type parameter cannot be given as a value of it.
    options: def.options ?? (z.object({}) as unknown as O),
    needs: def.needs ?? ({} as N),
    ...(def.version === undefined ? {} : { version: def.version }),
    create: def.create,
  })
  return marked(
    <R extends Row>(given: OptionsOver<OptionsOf<O>, NoInfer<R>> & TargetOptions & { readonly from: Node<R> }) => {
      const { gate, rest } = splitOptions<TargetOptions & { readonly from: Node<R> }>(given)
      const { from, ...options } = rest
      return createNode<R>({ uses, inputs: inputsOf(def.name, 'from', from, 'whole'), options, gate })
    },
    uses,
  )
}
