import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import {
  createRejectTally,
  type InputOptions,
  openInput,
  readRows,
  rejectRecord,
  schemaOf,
  shownRejects,
  tellRejects,
} from '@tidegate/files/toolkit'
import { type Command, TidegateError } from 'tidegate'
import { createProfiler } from '../profiler.ts'
import { profilePage } from '../show/html.ts'
import { showProfile } from '../show/terminal.ts'

interface ProfileCommandOptions extends InputOptions {
  readonly html?: string
  readonly sample: number
}

/** `tidegate profile <file>`: what the values look like, for people, as JSON or as a page. Ends with 1 where rows could not be read. */
export const profile: Command<ProfileCommandOptions> = async ([word = ''], options, context) => {
  const { screen, signal, cwd } = context
  if (options.sample > 100_000)
    throw new TidegateError('USAGE', `--sample ${options.sample} is more than 100000`, {
      hint: 'A sample of 4096 rows finds shares within 1.6 %.',
    })
  const resources = { memory: 512e6, threads: availableParallelism() }
  const input = await openInput(word, options, context, resources)
  try {
    const { schema } = await schemaOf(input, signal)
    const tally = createRejectTally(shownRejects)
    const profiler = createProfiler(schema, { sample: options.sample })
    const { random } = context.place(resources)
    for await (const batch of readRows(input, { schema, signal, random }, tally)) profiler.add(batch)
    const made = profiler.finish()
    if (options.html !== undefined) await writeFile(resolve(cwd, options.html), profilePage(input.path, made))
    if (screen.json) {
      screen.record({ file: input.path, format: input.format.name, profile: made, rejected: rejectRecord(tally) })
    } else showProfile(input.path, made, screen)
    if (options.html !== undefined) screen.note(`written: ${options.html}`)
    return tellRejects(screen, tally)
  } finally {
    await input.close()
  }
}
