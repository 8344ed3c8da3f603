import fc from 'fast-check'
import { expect, test } from 'vitest'
import { reasonsOf } from '../../../src/kernel/inspect/reasons.ts'

test.each([
  ['a; b', ['a', 'b'], ['a', 'b']],
  ['a; tried trim(), upperCase()', ['a'], ['a']],
  ['a: it was "x"; b; tried trim()', ['a', 'b'], ['a', 'b']],
  ['a: it was "x"; tried trim()', ['a'], ['a']],
  ['x; tried y; b; tried trim()', ['x; tried y', 'b'], ['x; tried y', 'b']],
  ['a; b', ['a', 'a; b'], ['a; b']],
  ['line 12, column 3: x: "q" is no number', ['a'], ['x: "q" is no number']],
  ['tried to read a word', ['a'], ['tried to read a word']],
])('%s', (text, checks, reasons) => expect(reasonsOf(text, checks)).toEqual(reasons))

test('names are found again, however they are written', () => {
  const name = fc.stringMatching(/^[a-z<>"'\n(]{1,6}(; tried "[a-z]")?[a-z]$/)
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 4 }), fc.boolean(), (names, tried) => {
      fc.pre(!names.some((one) => names.some((other) => other !== one && other.startsWith(one))))
      expect(reasonsOf(`${names.join('; ')}${tried ? '; tried trim(), function' : ''}`, names)).toEqual(names)
    }),
  )
})
