import { createToken, definePlugin, Events, LineageStore, Logger, provide, Workspace } from 'tidegate'
import { type PluginSubject, pluginContract } from 'tidegate/testing'
import { describe, test } from 'vitest'
import { z } from 'zod'
import { createDiskWorkspace } from '../../src/plugins/defaults/disk-workspace.ts'
import { createMemoryLineage } from '../../src/plugins/defaults/memory-lineage.ts'
import { foundOut } from './found-out.ts'

interface Counter {
  readonly counts: Map<string, number>
}
const Counter = createToken<Counter>('test/Counter')
const counter = provide(Counter, { name: 'test/counter', create: () => ({ counts: new Map() }) })

const watch = definePlugin({
  name: 'test/watch',
  options: z.object({ every: z.number().default(1) }),
  needs: { log: Logger, events: Events, counter: Counter },
  setup(_, { hooks, counter }) {
    hooks.afterStep.tapPromise('test/watch', async ({ node, rowsOut }) => void counter.counts.set(node, rowsOut))
  },
})
const beating = provide(Counter, {
  name: 'test/beating',
  options: z.object({ every: z.number() }),
  create: ({ every }) => {
    const counts = new Map<string, number>()
    return { counts, timer: setInterval(() => counts.set('beats', (counts.get('beats') ?? 0) + 1), every) } as Counter
  },
  dispose: (instance) => clearInterval((instance as Counter & { readonly timer: NodeJS.Timeout }).timer),
})
const lineage = provide(LineageStore, { name: 'test/lineage', create: () => createMemoryLineage() })

const subjects: Readonly<Record<string, PluginSubject>> = {
  'that watches': { plugin: () => watch({}), others: () => [counter()] },
  'that provides a service with a timer': { plugin: () => beating({ every: 1000 }) },
  'that fills a slot': { plugin: () => lineage() },
}
for (const [title, subject] of Object.entries(subjects)) {
  describe(`a plugin ${title}`, () => {
    for (const { name, run } of pluginContract(subject)) test(name, run)
  })
}

const shared: Counter = { counts: new Map() }
const used = { yet: false }
const broken: Readonly<Record<string, readonly [finding: string, plugin: PluginSubject['plugin']]>> = {
  'has no owner in its name': [
    'is an inert value with a name',
    provide(Counter, { name: 'counter', create: () => ({ counts: new Map() }) }),
  ],
  'can begin once': [
    'begins and ends, again and again',
    definePlugin({
      name: 'test/once',
      setup() {
        if (used.yet) throw new Error('begun already')
        used.yet = true
      },
    }),
  ],
  'leaves a timer behind': [
    'leaves no timer, connection or server behind',
    definePlugin({ name: 'test/timer', setup: () => void setTimeout(() => undefined, 60_000) }),
  ],
  'shares one instance': [
    'lives twice in one process without meeting itself',
    provide(Counter, { name: 'test/shared', create: () => shared }),
  ],
  'takes any option': [
    'refuses options that it does not know, before it does anything',
    () => ({ ...counter(), options: z.looseObject({}) }),
  ],
  'taps under another name': [
    'taps hooks under its own name',
    definePlugin({
      name: 'test/masked',
      setup: (_, { hooks }) => hooks.beforeStep.tapPromise('tidegate/kernel', async () => undefined),
    }),
  ],
  'empties what is stored': [
    'changes no data',
    provide(Workspace, {
      name: 'test/empty',
      create: () => {
        const disk = createDiskWorkspace({ folder: '/dev/null/nowhere' })
        return { ...disk, put: async () => undefined }
      },
    }),
  ],
}

describe('a plugin that is broken is found out, where it', () => {
  for (const [title, [finding, plugin]] of Object.entries(broken)) {
    test(title, async () => {
      await foundOut(pluginContract({ plugin }), finding)
    })
  }
})
