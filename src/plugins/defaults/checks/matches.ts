import { TidegateError } from '../../../kernel/errors.ts'
import { patternMarker } from './pattern-marker.ts'
import { columnCheck } from './row-check.ts'
import type { MatchesFn } from './signatures.ts'

/**
 * The text contains a match of `pattern`; anchor it with ^ and $ for the whole text. Null passes. Every text is searched from its beginning:
 * the flag g means nothing here, y asks for a match at the beginning, and the given object's `lastIndex` is neither read nor changed.
 * Dictionary columns are searched once per distinct text. Throws `CONFIG_INVALID` for what is no RegExp.
 */
export const matches = ((column, pattern, options) => {
  if (!(pattern instanceof RegExp)) {
    throw new TidegateError(
      'CONFIG_INVALID',
      `matches(${column}): the pattern is ${JSON.stringify(pattern)}, which is no regular expression.`,
      {
        hint: 'Write it as /^[A-Z]{3}$/.',
        data: { column },
      },
    )
  }
  const mark = patternMarker(pattern)
  return columnCheck({
    name: `matches(${column}, ${pattern})`,
    column,
    parameters: { column, pattern: pattern.source, flags: pattern.flags },
    options,
    kinds: ['string'],
    needs: 'text',
    make: () => mark,
    fails: { is: 'not', of: { is: 'matched', column, source: pattern.source, flags: pattern.flags } },
  })
}) as MatchesFn
