import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { extname, resolve } from 'node:path'
import { createRejectTally, type InputOptions, openInput, readRows, rowsText, schemaOf } from '@tidegate/files/toolkit'
import { type Command, TidegateError } from 'tidegate'
import { type Suggested, suggestChecks } from '../suggest/suggest-checks.ts'
import type { Suggestion } from '../suggest/suggestion.ts'
import { writeTypeScript, writeYaml } from '../suggest/write.ts'

interface SuggestCommandOptions extends InputOptions {
  readonly as?: string
  readonly out?: string
  readonly confidence: number
}

/** `tidegate suggest <file>`: checks that hold for every row that could be read, as TypeScript or YAML for `tidegate check --checks`. */
export const suggest: Command<SuggestCommandOptions> = async ([word = ''], options, context) => {
  const { screen, signal, cwd } = context
  const write = languages[languageOf(options)]
  if (options.confidence > 100)
    throw new TidegateError('USAGE', `--confidence ${options.confidence} is more than 100 percent`, {
      hint: 'Give a whole number from 1 to 100.',
    })
  const resources = { memory: 512e6, threads: availableParallelism() }
  const input = await openInput(word, options, context, resources)
  try {
    const { schema } = await schemaOf(input, signal)
    const { random } = context.place(resources)
    const tally = createRejectTally(0)
    let reading = 0
    const open = () => readRows(input, { schema, signal, random }, reading++ === 0 ? tally : createRejectTally(0))
    const found = await suggestChecks(open, { confidence: options.confidence / 100 })
    const { suggestions, dropped, rows, heldOut } = found
    const text = write(suggestions)
    if (options.out !== undefined) await writeFile(resolve(cwd, options.out), text)
    if (screen.json) screen.record(recordOf(input.path, found, tally.rows, text))
    else if (options.out === undefined) screen.lines(...text.trimEnd().split('\n'))
    const rules = `${suggestions.length} ${suggestions.length === 1 ? 'rule' : 'rules'} from ${rowsText(rows)}`
    screen.note(`${rules}, ${rowsText(heldOut)} held out; ${dropped.length} dropped`)
    if (tally.rows > 0) screen.note(screen.paint.yellow(`${rowsText(tally.rows)} could not be read and were left out`))
    return 0
  } finally {
    await input.close()
  }
}

/** Regular expressions as text, as they stand in the checks. */
function recordOf(file: string, found: Suggested, rejected: number, checks: string): unknown {
  const plain = ({ rule, ...rest }: Suggestion) => ({
    rule: rule.check === 'matches' ? { ...rule, pattern: String(rule.pattern) } : rule,
    ...rest,
  })
  return {
    file,
    ...found,
    suggestions: found.suggestions.map(plain),
    dropped: found.dropped.map(({ suggestion, why }) => ({ suggestion: plain(suggestion), why })),
    rejected,
    checks,
  }
}

const languages = { ts: writeTypeScript, yaml: writeYaml } as const

function languageOf({ as, out }: SuggestCommandOptions): keyof typeof languages {
  const given = as ?? (/^\.ya?ml$/.test(extname(out ?? '')) ? 'yaml' : 'ts')
  if (given === 'ts' || given === 'yaml') return given
  throw new TidegateError('USAGE', `"${given}" is no language that checks are written in`, { hint: 'Name ts or yaml.' })
}
