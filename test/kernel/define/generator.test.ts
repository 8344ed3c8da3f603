import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Batch, defineGenerator, type Node, type Place, type Source, table, typeName } from '../../../src/index.ts'
import { withoutSecrets } from '../../../src/kernel/define/generator.ts'
import { createRandom } from '../../../src/kernel/hash/random.ts'
import { specOf } from '../../../src/kernel/node.ts'
import { createSecret } from '../../../src/kernel/secret.ts'

const signal = new AbortController().signal
const log = { debug() {}, info() {}, warn() {}, error() {} }

function place(seed = 'seed'): Place {
  return { folder: '.', log, memory: 1, threads: 1, random: createRandom(seed), now: new Date(0), runId: 'r1' }
}

async function sourceOf(node: Node, at = place()): Promise<Source> {
  const { uses, options } = specOf(node)
  if (uses.point !== 'source') return expect.unreachable()
  return uses.create(uses.options.parse(options), {}, at)
}

async function read(source: Source, batchRows = 65_536) {
  const batches: Batch[] = []
  for await (const part of source.discover({ known: new Map(), signal })) {
    for await (const chunk of source.open(part, { schema: undefined, batchRows, random: () => 0, signal }))
      batches.push(chunk as Batch)
  }
  return {
    sizes: batches.map(({ length }) => length),
    rows: batches.flatMap(({ columns, length }) =>
      Array.from({ length }, (_, i) => columns.map((column) => column.at(i))),
    ),
  }
}

async function fingerprint(node: Node): Promise<string> {
  for await (const part of (await sourceOf(node)).discover({ known: new Map(), signal })) return part.fingerprint
  return expect.unreachable()
}

const noise = defineGenerator({
  name: 'acme/noise',
  options: z.object({ n: z.int().default(3), offset: z.number().default(0) }),
  load: ({ n, offset }, { random }) =>
    table(z.object({ x: z.number() }), { x: Float64Array.from({ length: n }, () => random() + offset) }),
})

describe('a generator', () => {
  it('is an inert node, and its options are validated later', () => {
    const wrong = noise({ n: 'three' as unknown as number, keep: true })
    expect(Object.isFrozen(wrong)).toBe(true)
    expect(wrong.kind).toBe('acme/noise')
    expect(specOf(wrong)).toMatchObject({ options: { n: 'three' }, gate: { keep: true }, inputs: [] })
    expect(specOf(wrong).uses.options.safeParse({ n: 'three' }).success).toBe(false)
  })

  it('gives the same rows for the same seed, described before or not, and others for another seed', async () => {
    const first = await read(await sourceOf(noise()))
    const described = await sourceOf(noise())
    const part = { id: 'all', fingerprint: '' }
    expect(await described.describe(part, { signal })).toEqual({
      fields: [{ name: 'x', type: { kind: 'float', bits: 64 }, nullable: true }],
    })
    expect(await read(described)).toEqual(first)
    expect(await read(described)).toEqual(first)
    expect(await read(await sourceOf(noise(), place('other')))).not.toEqual(first)
  })

  it('is one part whose fingerprint follows its options', async () => {
    expect(await fingerprint(noise())).toBe(await fingerprint(noise({ n: 3 })))
    expect(await fingerprint(noise())).not.toBe(await fingerprint(noise({ n: 4 })))
    const source = specOf(noise()).uses
    expect('code' in source && source.code?.({} as never)).toHaveLength(1)
  })

  it('names a secret in its fingerprint and never its value', () => {
    const given = { key: createSecret('KEY'), list: [createSecret('A'), 'b'], plain: 1 }
    const resolved = { key: 'canary', list: ['canary', 'b'], plain: 1, filled: true }
    expect(withoutSecrets(resolved, given)).toEqual({
      key: 'secret(KEY)',
      list: ['secret(A)', 'b'],
      plain: 1,
      filled: true,
    })
  })

  it('cuts its rows into batches of any size without changing them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 15 }), async (n, batchRows) => {
        const whole = await read(await sourceOf(noise({ n })))
        const cut = await read(await sourceOf(noise({ n })), batchRows)
        expect(cut.rows).toEqual(whole.rows)
        expect(cut.rows).toHaveLength(n)
        expect(Math.max(0, ...cut.sizes)).toBeLessThanOrEqual(batchRows)
      }),
    )
  })

  it('may yield tables, and a column gets the first real type', async () => {
    const made = defineGenerator({
      name: 'acme/pieces',
      options: z.object({}),
      async *load() {
        yield table({ a: [1], b: [null] })
        yield table({ a: [2, 3], b: ['x', null] })
      },
    })()
    const source = await sourceOf(made)
    const { fields } = await source.describe({ id: 'all', fingerprint: '' }, { signal })
    expect(fields.map(({ name, type, nullable }) => `${name} ${typeName(type)} ${nullable}`)).toEqual([
      'a float64 true',
      'b string true',
    ])
    expect((await read(source)).rows).toEqual([
      [1, null],
      [2, 'x'],
      [3, null],
    ])
  })

  it('has the types of a declared schema', async () => {
    const made = defineGenerator({
      name: 'acme/declared',
      options: z.object({}),
      schema: z.object({ a: z.int32() }),
      load: () => table({ a: [1] }),
    })()
    expect(specOf(made).schema?.shape).toHaveProperty('a')
    const { fields } = await (await sourceOf(made)).describe({ id: 'all', fingerprint: '' }, { signal })
    expect(fields.map(({ name, type }) => `${name} ${typeName(type)}`)).toEqual(['a int32'])
  })

  it('reads "now" only when load asks for it', async () => {
    let reads = 0
    const watched = Object.defineProperty(place(), 'now', {
      get() {
        reads++
        return new Date(5)
      },
    })
    const of = (load: (context: { readonly now: Date }) => number) =>
      defineGenerator({ name: 'x', options: z.object({}), load: (_, context) => table({ a: [load(context)] }) })()
    await read(
      await sourceOf(
        of(() => 1),
        watched,
      ),
    )
    expect(reads).toBe(0)
    expect(
      (
        await read(
          await sourceOf(
            of(({ now }) => now.getTime()),
            watched,
          ),
        )
      ).rows,
    ).toEqual([[5]])
    expect(reads).toBe(1)
  })

  it('that returns nothing, or no table, says so', async () => {
    const of = (value: unknown) =>
      defineGenerator({ name: 'acme/odd', options: z.object({}), load: () => value as never })()
    await expect(sourceOf(of(undefined)).then(read)).rejects.toMatchObject({
      code: 'STEP_NO_RESULT',
      message: 'The generator acme/odd returned nothing.',
    })
    await expect(sourceOf(of([{ a: 1 }])).then(read)).rejects.toMatchObject({ code: 'STEP_NOT_A_TABLE' })
    await expect(sourceOf(of(7)).then(read)).rejects.toMatchObject({
      message: 'The generator acme/odd returned number, not a table.',
    })
    const none = await sourceOf(of([]))
    await expect(none.describe({ id: 'all', fingerprint: '' }, { signal })).rejects.toMatchObject({
      message: expect.stringContaining('made no table'),
    })
  })
})
