import type { Selection } from '../kernel/run/open-states.ts'
import type { SelectionOptions } from './program.ts'

/** The options that choose nodes, without those that were not given. */
export function selectionOf({ only, from, to, full }: SelectionOptions): Selection & { readonly full?: boolean } {
  return {
    ...(only === undefined ? {} : { only }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(full === undefined ? {} : { full }),
  }
}
