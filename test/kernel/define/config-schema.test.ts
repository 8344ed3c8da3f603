import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { definePlugin, LineageStore, pipeline, provide } from '../../../src/index.ts'
import { validateOptions } from '../../../src/kernel/boot/validate-options.ts'
import { configSchema } from '../../../src/kernel/define/config-schema.ts'
import { bytesOf, millisecondsOf } from '../../../src/kernel/define/units.ts'

const memory = provide(LineageStore, {
  name: 'acme/memory',
  create: () => ({ append: async () => {}, async *events() {} }),
})
const watch = definePlugin({ name: 'acme/watch', setup() {} })

function faults(config: unknown): string[] {
  return validateOptions(configSchema, config, 'config').faults.map(
    ({ where, message, hint }) => `${where}: ${message}${hint === undefined ? '' : ` (${hint})`}`,
  )
}

describe('the schema of a config', () => {
  it('accepts everything that the type accepts', () => {
    const full = {
      pipelines: { p: pipeline({}) },
      lineage: memory(),
      plugins: [watch(), false, memory()],
      hooks: { onQualityViolation: () => 'halt', beforeStep: () => {}, afterStep: () => {}, onLateData: () => 'drop' },
      memory: '512 MiB',
      threads: 2,
      batchRows: 1,
      concurrency: 4,
      durability: 'process',
      retain: { entries: 3, grace: '2 days' },
      seed: -1,
    }
    expect(faults(full)).toEqual([])
    expect(faults({ pipelines: {}, memory: 1e9 })).toEqual([])
  })

  it('reports all faults at once, each with its place', () => {
    const found = faults({
      pipelines: { p: {} },
      lineag: memory(),
      lineage: watch(),
      storage: memory,
      plugins: [watch],
      hooks: { onQualityViolations: () => {}, afterStep: 'log' },
      memory: 'lots',
      threads: 0,
      durability: 'none',
      retain: { grace: '1 month', keep: 3 },
    })
    expect(found).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^config\.lineag: unknown option "lineag" \(Did you mean "lineage"\?\)$/),
        expect.stringMatching(
          /^config\.hooks\.onQualityViolations: unknown option .*Did you mean "onQualityViolation"\?/,
        ),
        expect.stringMatching(/^config\.retain\.keep: unknown option/),
        expect.stringMatching(/^config\.pipelines\.p: expected what pipeline\(\{ \.\.\. \}\) returns/),
        expect.stringMatching(/^config\.lineage: expected a plugin that provides tidegate\/LineageStore/),
        expect.stringMatching(
          /^config\.storage: expected a plugin that provides tidegate\/StorageStrategy, got a function: call it with its options/,
        ),
        expect.stringMatching(/^config\.plugins\[0\]: expected .*a plugin, got a function/),
        expect.stringMatching(/^config\.hooks\.afterStep: expected a function/),
        expect.stringMatching(/^config\.memory: expected a size such as "1GB" or "512 MiB"/),
        expect.stringMatching(/^config\.threads: /),
        expect.stringMatching(/^config\.durability: expected "power" or "process"/),
        expect.stringMatching(/^config\.retain\.grace: expected a length of time/),
      ]),
    )
    expect(found).toHaveLength(12)
  })

  it('needs pipelines', () => {
    expect(faults({})).toEqual([expect.stringMatching(/^config\.pipelines: /)])
  })
})

describe('lengths and sizes', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1.5 minutes', 90_000],
    ['1 day', 86_400_000],
    ['7 days', 604_800_000],
    ['2 h', 7_200_000],
    ['1 month', undefined],
    ['0s', undefined],
    ['-1s', undefined],
    ['s', undefined],
    ['5', undefined],
    ['1 das', undefined],
  ])('%s is %s ms', (text, ms) => {
    expect(millisecondsOf(text)).toBe(ms)
  })

  it.each([
    ['1GB', 1e9],
    ['512 MiB', 536_870_912],
    ['1.5kb', 1500],
    ['10 B', 10],
    ['1 GiB', 1_073_741_824],
    ['1G', undefined],
    ['lots', undefined],
    ['0.1B', undefined],
  ])('%s is %s bytes', (text, bytes) => {
    expect(bytesOf(text)).toBe(bytes)
  })

  it('are read alike in any case and with any spaces', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.constantFrom('s', 'min', 'hours', 'Days'), (n, unit) => {
        expect(millisecondsOf(` ${n}  ${unit.toUpperCase()} `)).toBe(millisecondsOf(`${n}${unit}`))
      }),
    )
  })
})
