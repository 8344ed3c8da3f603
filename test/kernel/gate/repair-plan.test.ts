import { trim } from '@tidegate/checks'
import { expression, matches, notNull } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { repairFaults, showVerdict } from '../../../src/kernel/gate/repair-plan.ts'

describe('a repair as the verdict of a check', () => {
  it('stands for people as what it does, and what rows get that fail still', () => {
    expect(showVerdict('drop')).toBe('drop')
    expect(showVerdict({ repair: trim() })).toBe('repair trim()')
    expect(showVerdict({ repair: [trim(), trim({ inner: true })], otherwise: 'drop' })).toMatch(
      /^repair trim\(\), trim\(.*\), otherwise drop$/,
    )
  })

  it('needs columns to mend: those of the check, or its own', () => {
    const rule = expression('no column', () => true)
    expect(rule.columns).toEqual([])
    const messages = (repair: unknown) => repairFaults(rule, { repair } as never).map(({ message }) => message)
    expect(messages(trim())).toEqual(['no column: it names no columns for the repair to mend'])
    expect(messages((value: unknown) => value)).toEqual(['no column: it names no columns for the repair to mend'])
    expect(messages(trim({ columns: ['k'] }))).toEqual([])
    expect(repairFaults(matches('k', /a/), { repair: trim() })).toEqual([])
    expect(repairFaults(notNull('k'), { repair: [] }).map(({ message }) => message)).toEqual([
      'notNull(k): the list of repairs is empty',
    ])
  })
})
