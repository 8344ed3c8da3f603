import type { RowRule } from 'tidegate'
import { ignored, outside, type RowDefinition, unexpected } from '../rules/definition.ts'
import { openDomain } from '../rules/domain.ts'

export interface About {
  readonly name: string
  readonly description: string | undefined
}

/** An expectation that judges each row alone: it speaks of the rows that its condition names and that have something to judge. */
export function rowRule(definition: RowDefinition, { name, description }: About): RowRule {
  return {
    scope: 'row',
    compile(schema) {
      const domain = openDomain(definition, schema, name)
      const judge = definition.open(schema)
      return (batch, failing) => {
        const states = domain(batch)
        judge(batch, states)
        let silent = 0
        for (let row = 0; row < states.length; row++) {
          const state = states[row]
          if (state === unexpected) failing[row >> 3] = (failing[row >> 3] as number) | (1 << (row & 7))
          else if (state === outside || state === ignored) silent++
        }
        return states.length - silent
      }
    },
    ...(description === undefined ? {} : { explain: () => () => description }),
  }
}
