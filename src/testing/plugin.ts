import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { hookNames } from '../hooks/create-hooks.ts'
import { pipeline } from '../kernel/define/pipeline.ts'
import { isTidegateError } from '../kernel/errors.ts'
import { createKernel, type Kernel } from '../kernel/kernel.ts'
import { count } from '../kernel/measures/count.ts'
import { rollup } from '../kernel/nodes/rollup.ts'
import type { AnyPlugin } from '../plugins/plugin.ts'
import { givenSource, inFolder, runAndRead } from './harness.ts'
import type { ContractCase } from './lineage-store.ts'

export interface PluginSubject {
  /** The plugin as a config would have it. */
  readonly plugin: () => AnyPlugin
  /** Plugins that give what it needs beyond the slots that every kernel fills. */
  readonly others?: () => readonly AnyPlugin[]
}

/** What every plugin must do: begin and end cleanly, live beside another of its kind, and leave data alone. */
export function pluginContract(subject: PluginSubject): readonly ContractCase[] {
  return Object.entries(cases).map(([name, check]) => ({ name, run: () => check(subject) }))
}

const cases: Readonly<Record<string, (subject: PluginSubject) => Promise<void>>> = {
  async 'is an inert value with a name'({ plugin }) {
    const [one, two] = [plugin(), plugin()]
    assert.equal(one.point, 'plugin')
    assert.match(one.name, /^[\w@.-]+\/[\w.-]+$/, 'the name of a plugin is "owner/what"')
    assert.equal(one.name, two.name)
    assert.ok(Object.isFrozen(one), 'a plugin value can be changed')
  },
  async 'begins and ends, again and again'(subject) {
    for (let i = 0; i < 3; i++) await booted(subject, async () => undefined)
  },
  async 'leaves no timer, connection or server behind'(subject) {
    await booted(subject, async () => undefined)
    const before = await resources()
    await booted(subject, async () => undefined)
    assert.ok((await resources()) <= before, 'something still keeps the process alive after the kernel was disposed')
  },
  async 'lives twice in one process without meeting itself'(subject) {
    const { provides } = subject.plugin()
    await booted(subject, async (one) => {
      await booted(subject, async (two) => {
        if (provides !== undefined && subject.plugin().scope === 'kernel')
          assert.notEqual(one.service(provides), two.service(provides), 'two kernels share one instance')
        for (const name of hookNames)
          assert.equal(tapsOf(one, name).length, tapsOf(two, name).length, `two kernels have other taps of ${name}`)
      })
      await runs(subject)
    })
  },
  async 'refuses options that it does not know, before it does anything'(subject) {
    const plugin = subject.plugin()
    const odd = { ...plugin, given: { ...(plugin.given as object), anOptionNobodyKnows: 1 } }
    await refused({ ...subject, plugin: () => odd }, 'CONFIG_INVALID', 'anOptionNobodyKnows')
  },
  async 'does not begin without what it needs'(subject) {
    const plugin = subject.plugin()
    const { name, key } = { name: 'contract/Missing', key: Symbol.for('contract/Missing@1') }
    await refused(
      { ...subject, plugin: () => ({ ...plugin, needs: { ...plugin.needs, missing: { name, key } } }) },
      'BOOT_FAILED',
      name,
    )
    const outside = subject.others?.() ?? []
    if (outside.length > 0) await refused({ plugin: subject.plugin }, 'BOOT_FAILED', outside[0]?.provides?.name ?? '')
  },
  async 'taps hooks under its own name'(subject) {
    const { name } = subject.plugin()
    await booted(subject, async (kernel) => {
      const others = new Set((subject.others?.() ?? []).map((other) => other.name))
      for (const hook of hookNames)
        for (const tap of tapsOf(kernel, hook))
          assert.ok(tap === name || tap.startsWith(`${name}/`) || others.has(tap), `a tap of ${hook} is named "${tap}"`)
    })
  },
  async 'changes no data'(subject) {
    const { rows: without } = await runs(undefined)
    assert.deepEqual((await runs(subject)).rows, without)
  },
}

function tapsOf(kernel: Kernel, hook: (typeof hookNames)[number]): readonly string[] {
  return (kernel.hooks[hook] as unknown as { readonly taps: readonly { readonly name: string }[] }).taps.map(
    ({ name }) => name,
  )
}

const lasting = /Timeout|Immediate|TCP|Pipe|TTY|UDP|HTTP|TLS|MessagePort|Worker|Process|FSEvent/

/** The fewest that there are within a while: what passes by itself does not count. */
async function resources(): Promise<number> {
  let fewest = Number.POSITIVE_INFINITY
  for (let i = 0; i < 15; i++) {
    await wait(10)
    fewest = Math.min(fewest, process.getActiveResourcesInfo().filter((name) => lasting.test(name)).length)
  }
  return fewest
}

async function booted(subject: PluginSubject, act: (kernel: Kernel) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const config = {
      pipelines: { contract: pipeline(nodes()) },
      plugins: [...(subject.others?.() ?? []), subject.plugin()],
    }
    const kernel = await createKernel(config, { folder, env: 'contract' })
    try {
      await act(kernel)
    } finally {
      await kernel.dispose()
    }
  })
}

async function refused(subject: PluginSubject, code: string, word: string): Promise<void> {
  await assert.rejects(
    () => booted(subject, async () => undefined),
    (error: unknown) => {
      assert.ok(isTidegateError(error), `no TidegateError but ${String(error)}`)
      assert.equal(error.code, code)
      assert.ok(error.message.includes(word), `the message does not name ${word}: ${error.message}`)
      return true
    },
  )
}

const Row = z.object({ id: z.int32(), shop: z.string() })

function nodes() {
  const rows = givenSource(Row, () => [
    {
      id: 'a',
      rows: [
        { id: 1, shop: 'x' },
        { id: 2, shop: 'y' },
      ],
    },
    { id: 'b', rows: [{ id: 3, shop: 'x' }] },
  ])
  return { rows, shops: rollup({ from: rows, by: ['shop'], measure: { orders: count() } }) }
}

async function runs(subject: PluginSubject | undefined) {
  const plugins = subject === undefined ? [] : [...(subject.others?.() ?? []), subject.plugin()]
  return inFolder((folder) => runAndRead({ nodes: nodes(), folder, plugins }, 'shops'))
}
