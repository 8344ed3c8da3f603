import { between, type Check, expression, matches, notNull, oneOf } from 'tidegate'
import { refuse } from './callable.ts'

/** The core's row rules, as configs write them: a word, its arguments, nothing else. */
const words: Readonly<Record<string, (...given: never[]) => Check<never>>> = {
  notNull,
  between,
  oneOf,
  matches: (column: string, pattern: string) => {
    const [, source = pattern, flags] = /^\/(.+)\/([a-z]*)$/s.exec(pattern) ?? []
    return matches(column, new RegExp(source, flags))
  },
  expression,
}

/** A rule inside another one: a check, or what a config writes for a check of the core, `{ between: [delay, 0, 10] }`. Throws `CONFIG_INVALID`. */
export function ruleOf(asker: string, given: unknown): Check {
  if (typeof given === 'object' && given !== null) {
    if ('rule' in given && 'name' in given) return given as Check
    const [word = '', ...others] = Object.keys(given)
    const make = Object.hasOwn(words, word) && others.length === 0 ? words[word] : undefined
    const argument = (given as Readonly<Record<string, unknown>>)[word]
    if (make !== undefined) return make(...((Array.isArray(argument) ? argument : [argument]) as never[])) as Check
  }
  return refuse(
    `${asker}: ${JSON.stringify(given)} is no check.`,
    `In a config, write { use: '@tidegate/checks#isNull', column: a } or one of ${Object.keys(words).join(', ')} with its arguments.`,
  )
}
