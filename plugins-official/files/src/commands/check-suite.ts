import { availableParallelism } from 'node:os'
import { type Batch, type CommandContext, concatBatches, parseBytes, TidegateError } from 'tidegate'
import { type InputOptions, openInput, schemaOf } from './input.ts'
import { createRejectTally, readRows } from './read-rows.ts'

/** What `tidegate check` takes beside a suite of Great Expectations. */
export interface SuiteOptions {
  readonly suite?: string
  readonly checks?: string
  readonly resultFormat?: string
  readonly memory?: string
}

/** The part of `@tidegate/checks-great-expectations/commands` that is called here; the package is loaded when a suite is named. */
type CheckSuite = (
  request: {
    readonly file: string
    readonly data: { batches(): AsyncIterable<Batch> }
    readonly suite: string
    readonly resultFormat?: string
    unread(): number
  },
  context: CommandContext,
) => Promise<number>

const door = '@tidegate/checks-great-expectations/commands'

/** `tidegate check <file> --suite <suite.json>`: the rows of the file, read as often as the suite needs, against a suite of Great Expectations. */
export async function checkSuite(
  word: string,
  options: InputOptions & SuiteOptions,
  context: CommandContext,
): Promise<number> {
  const { suite = '', checks, resultFormat } = options
  if (checks !== undefined) {
    throw new TidegateError('USAGE', 'A file is checked by --checks or by --suite, not by both', {
      hint: 'Run the command once for each.',
    })
  }
  const run = (await context.load(door))['checkSuite'] as CheckSuite
  const resources = { memory: parseBytes(options.memory ?? '1GB'), threads: availableParallelism() }
  const input = await openInput(word, options, context, resources)
  try {
    const { schema } = await schemaOf(input, context.signal)
    const { random } = context.place(resources)
    const tallies: ReturnType<typeof createRejectTally>[] = []
    const batches = async function* (): AsyncIterable<Batch> {
      const tally = createRejectTally(0)
      tallies.push(tally)
      let rows = false
      for await (const batch of readRows(input, { schema, signal: context.signal, random }, tally)) {
        rows = true
        yield batch
      }
      if (!rows) yield concatBatches(schema, [])
    }
    const format = resultFormat === undefined ? {} : { resultFormat }
    const unread = () => tallies[0]?.rows ?? 0
    return await run({ file: word, data: { batches }, suite, ...format, unread }, context)
  } finally {
    await input.close()
  }
}

export function noChecks(word: string, prefix: string): TidegateError {
  return new TidegateError('USAGE', `It is not said what ${word} is checked by`, {
    hint: `${prefix} check ${word} --checks checks.ts, or --suite suite.json for a suite of Great Expectations.`,
  })
}
