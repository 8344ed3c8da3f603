import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Check, defineConfig, diskWorkspace, each, fromTable, pipeline, run, table } from 'tidegate'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { distinctValues, mostCommon } from '../src/index.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-checks-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const Person = z.object({ id: z.int(), email: z.string().meta({ tags: ['pii'] }) })
const people = table(Person, { id: [1, 2, 3], email: ['canary@a', 'canary@b', 'canary@b'] })

it.each([
  [mostCommon('email', ['x']), '*** in 2 of 3'],
  [mostCommon('mail', ['x']), '*** in 2 of 3'],
  [distinctValues('email', 'equal', ['x']), "missing 'x'; not listed ***, ***"],
  [distinctValues('mail', 'within', ['x']), 'not listed ***, ***'],
] as readonly [Check<never>, string][])(
  '%#: what was observed shows no value of a tagged column: %s',
  async ({ ...check }, observed) => {
    const source = fromTable(people)
    const own = each({ from: source, run: (t) => t.derive({ mail: (d) => d.email }), expect: [check] as never })
    const failed = run(
      defineConfig(() => ({ pipelines: { p: pipeline({ source, own }) }, workspace: diskWorkspace({ folder }) })),
      'p',
    )
    await expect(failed).rejects.toThrow(`${check.name}: ${observed}`)
    await expect(failed).rejects.not.toThrow('canary')
  },
)
