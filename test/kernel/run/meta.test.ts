import { count, defineGenerator, each, matches, max, op, pipeline, rollup, run, table } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { folder } from '../../failure/scratch.ts'

const Person = z.object({
  email: z.string().meta({ tags: ['pii'], description: 'as given at registration' }),
  city: z.string(),
  age: z.int32().meta({ unit: 'years' }),
})
const people = defineGenerator({
  name: 'test/people',
  options: z.object({}),
  schema: Person,
  load: () => table(Person, { email: ['a@x.io', 'b@x.io'], city: ['Oslo', 'Lima'], age: [30, 40] }),
})()

const facts = (schema: { readonly fields: readonly { readonly name: string; readonly meta?: unknown }[] }) =>
  Object.fromEntries(schema.fields.flatMap(({ name, meta }) => (meta === undefined ? [] : [[name, meta]])))

describe('column facts', () => {
  test('follow column lineage: all of them through a rename, tags into what is made of them', async () => {
    process.chdir(await folder())
    const named = each({
      from: people,
      run: (t) => t.rename({ email: 'mail' }).derive({ key: (d) => op.lower(d.mail), older: (d) => d.age + 1 }),
    })
    const byCity = rollup({ from: named, by: ['city'], measure: { n: count(), last: max('key') } })
    const made = await run({ pipelines: { p: pipeline({ people, named, byCity }) } }, 'p')
    expect(facts(made.named.schema)).toEqual({
      mail: { tags: ['pii'], description: 'as given at registration' },
      key: { tags: ['pii'] },
      age: { unit: 'years' },
    })
    expect(facts(made.byCity.schema)).toEqual({ last: { tags: ['pii'] } })
  })

  test('mask tagged values in what a halted gate says', async () => {
    process.chdir(await folder())
    const renamed = each({ from: people, run: (t) => t.rename({ email: 'mail' }), expect: [matches('mail', /^a/)] })
    const error = await run({ pipelines: { p: pipeline({ people, renamed }) } }, 'p').catch((thrown: unknown) =>
      String(thrown),
    )
    expect(error).toContain('mail = ***')
    expect(error).not.toContain('b@x.io')
  })
})
