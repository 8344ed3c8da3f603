import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createToken } from '../../../src/kernel/token.ts'
import { boot, failure, part } from './parts.ts'

const tokens = Array.from({ length: 8 }, (_, i) => createToken<object>(`acme/T${i}`))
type Graph = readonly (readonly number[])[]

/** Plugin i provides token i and needs the tokens of `graph[i]`. */
function plugins(graph: Graph, diary: string[]) {
  return graph.map((needs, i) =>
    part(String(i), diary, {
      provides: tokens[i]!,
      needs: Object.fromEntries(needs.map((n) => [`t${n}`, tokens[n]!])),
    }),
  )
}

/** Plugin i needs only plugins with a lower number: no circles. */
const acyclic: fc.Arbitrary<Graph> = fc
  .tuple(...tokens.map((_, i) => fc.uniqueArray(fc.nat(Math.max(0, i - 1)), { maxLength: i === 0 ? 0 : 3 })))
  .map((graph) => graph)

test('for all plugins without circles, in any order: providers come first, and disposal is the reverse of creation', async () => {
  await fc.assert(
    fc.asyncProperty(acyclic, fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }), async (graph, order) => {
      const diary: string[] = []
      const all = plugins(graph, diary)
      const booted = await boot(order.map((i) => all[i]!))
      const created = diary.map((line) => Number(line.replace('create ', '')))
      expect([...created].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
      for (const [i, needs] of graph.entries()) {
        for (const need of needs) expect(created.indexOf(need)).toBeLessThan(created.indexOf(i))
      }
      diary.length = 0
      await booted.dispose()
      expect(diary).toEqual(created.reverse().map((i) => `dispose ${i}`))
    }),
  )
})

test('for all plugins with a circle: nothing is created, and the circle that is named is one', async () => {
  const circular = fc.tuple(acyclic, fc.integer({ min: 1, max: 7 })).map(([graph, last]) => {
    // 0 needs `last`, and each of 1..last needs the one before it: a circle through 0.
    return graph.map((needs, i) => (i === 0 ? [last] : i <= last ? [...new Set([...needs, i - 1])] : needs))
  })
  await fc.assert(
    fc.asyncProperty(circular, async (graph) => {
      const diary: string[] = []
      const error = await failure(boot(plugins(graph, diary)))
      expect(diary).toEqual([])
      expect(error.code).toBe('BOOT_FAILED')
      const faults = error.data['faults'] as readonly { readonly message: string }[]
      for (const { message } of faults) {
        const path = message
          .replace(/^.*circle: /, '')
          .split(' -> ')
          .map(Number)
        expect(path.at(-1)).toBe(path[0])
        path.slice(1).forEach((to, i) => {
          expect(graph[path[i]!]).toContain(to)
        })
      }
    }),
  )
})

test('a plugin of a run that fails closes what was made for that run, and the kernel goes on', async () => {
  const diary: string[] = []
  let healthy = false
  const all = [
    part('kernel', diary, { provides: tokens[0]! }),
    part('first', diary, { provides: tokens[1]!, scope: 'run' }),
    part('second', diary, {
      provides: tokens[2]!,
      scope: 'run',
      needs: { first: tokens[1]! },
      create: () => {
        if (!healthy) throw new Error('not yet')
        return {}
      },
    }),
  ]
  const booted = await boot(all)
  expect(await failure(booted.startRun([]))).toMatchObject({ message: 'Plugin second could not start: not yet' })
  expect(diary).toEqual(['create kernel', 'create first', 'dispose first'])
  healthy = true
  await (await booted.startRun([])).dispose()
  await booted.dispose()
  expect(diary.slice(3)).toEqual(['create first', 'dispose second', 'dispose first', 'dispose kernel'])
})

test('failures of runs and of the kernel at the end all come to light', async () => {
  const angry = (name: string) => () => {
    throw new Error(`${name} is stuck`)
  }
  const booted = await boot([
    part('a', [], { provides: tokens[0]!, dispose: angry('a') }),
    part('b', [], { provides: tokens[1]!, scope: 'run', dispose: angry('b') }),
  ])
  await booted.startRun([])
  const error = await failure(booted.dispose())
  expect(error.code).toBe('DISPOSE_FAILED')
  expect(error.message).toContain('b is stuck')
  expect(error.message).toContain('a is stuck')
})
