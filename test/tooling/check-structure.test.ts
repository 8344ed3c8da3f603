import { describe, expect, it } from 'vitest'
import { checkStructure, layerOf, layers, order } from '../../scripts/check-structure.ts'

const manifest = JSON.stringify({ dependencies: { zod: '*' }, peerDependencies: { tidegate: '*' } })

/** The errors for a small tree, as `check file:line`. */
function errors(files: Record<string, string>): string[] {
  const tree = new Map(
    Object.entries({ 'package.json': manifest, 'plugins-official/files/package.json': manifest, ...files }),
  )
  return checkStructure(tree)
    .filter(({ level }) => level === 'error')
    .map(({ check, file, line }) => `${check} ${file}:${line}`)
}

describe('import directions', () => {
  it('lets every layer import the ones below it', () => {
    expect(
      errors({
        'src/hooks/hooks.ts': `import { token } from '../kernel/token.ts'`,
        'src/plugins/source.ts': `import { hooks } from '../hooks/hooks.ts'`,
        'src/plugins/defaults/memory.ts': `import { count } from '../../kernel/measures/count.ts'`,
        'src/kernel/run/run.ts': `import { memory } from '../../plugins/defaults/memory.ts'`,
        'src/kernel/kernel.ts': `import { run } from './run/run.ts'`,
        'src/index.ts': `export { createKernel } from './kernel/kernel.ts'`,
        'src/cli/main.ts': `import { createKernel } from '../index.ts'`,
      }),
    ).toEqual([])
  })

  it.each([
    ['a leaf that imports a hook', 'src/kernel/token.ts', '../hooks/hooks.ts'],
    ['a hook that imports a contract', 'src/hooks/hooks.ts', '../plugins/source.ts'],
    ['a contract that imports the engine', 'src/plugins/source.ts', '../kernel/run/run.ts'],
    ['a contract that imports a default', 'src/plugins/source.ts', './defaults/memory.ts'],
    ['a default that imports the engine', 'src/plugins/defaults/memory.ts', '../../kernel/plan/plan.ts'],
    ['the engine that imports the kernel', 'src/kernel/run/coordinator.ts', '../kernel.ts'],
    ['the kernel that imports the door', 'src/kernel/kernel.ts', '../index.ts'],
    ['the door that imports the screen', 'src/index.ts', './cli/main.ts'],
    [
      'the engine that imports an official plugin by path',
      'src/kernel/run/run.ts',
      '../../../plugins-official/files/src/index.ts',
    ],
  ])('refuses %s', (_, file, target) => {
    expect(errors({ [file]: `\nimport { x } from '${target}'` })).toEqual([`direction ${file}:2`])
    expect(errors({ [file]: `export * from '${target}'` })).toEqual([`direction ${file}:1`])
    expect(errors({ [file]: `const x = await import('${target}')` })).toEqual([`direction ${file}:1`])
  })

  it('leaves type imports free', () => {
    expect(errors({ 'src/kernel/token.ts': `import type { Hooks } from '../hooks/hooks.ts'` })).toEqual([])
  })

  it('refuses a file that belongs to no layer', () => {
    expect(errors({ 'src/stray.ts': `import { token } from './kernel/token.ts'` })).toEqual([
      'direction src/stray.ts:1',
    ])
  })

  it('has every layer of the table in the order', () => {
    expect(layers.map(([name]) => name).sort()).toEqual([...order].sort())
    expect(layerOf('src/kernel/table-view.ts')).toBe('leaves')
    expect(layerOf('src/kernel/gate/gate.ts')).toBe('engine')
  })
})

describe('public doors', () => {
  const plugin = 'plugins-official/files/src/index.ts'

  it('lets plugins and examples use them', () => {
    expect(errors({ [plugin]: `import { defineSource } from 'tidegate'\nimport { x } from './x.ts'` })).toEqual([])
    expect(errors({ 'plugins-official/files/test/a.test.ts': `import { suite } from 'tidegate/testing'` })).toEqual([])
    expect(errors({ 'examples/01-a/pipeline.config.ts': `import { csv } from '@tidegate/files'` })).toEqual([])
  })

  it.each([
    ['a file of the kernel', plugin, '../../../src/kernel/token.ts'],
    ['a file of another plugin', plugin, '../../duckdb/src/index.ts'],
    ['its own tests', plugin, '../test/fixture.ts'],
    ['a path inside tidegate', plugin, 'tidegate/dist/kernel/token.js'],
    ['a path inside a plugin', 'examples/01-a/pipeline.config.ts', '@tidegate/files/src/csv.ts'],
    ['a file of the kernel, from a test', 'plugins-official/files/test/a.test.ts', '../../../src/index.ts'],
    ['a file of the kernel, from an example', 'examples/01-a/pipeline.config.ts', '../../src/index.ts'],
    ['a file of the kernel, from the showcase', 'pipeline.config.ts', './src/index.ts'],
    ['the test kit in code that ships', plugin, 'tidegate/testing'],
    ['its own name inside the kernel', 'src/kernel/run/run.ts', 'tidegate'],
  ])('refuses %s', (_, file, from) => {
    expect(errors({ [file]: `import { x } from '${from}'` })).toEqual([`door ${file}:1`])
    expect(errors({ [file]: `export type X = import('${from}').X` })).toEqual([`door ${file}:1`])
  })

  it('refuses a package that is not declared', () => {
    expect(errors({ 'src/kernel/run/run.ts': `import { z } from 'zod'\nimport x from 'left-pad'` })).toEqual([
      'dependency src/kernel/run/run.ts:2',
    ])
    expect(errors({ [plugin]: `import fs from 'node:fs'\nimport glob from 'fast-glob'` })).toEqual([
      `dependency ${plugin}:2`,
    ])
  })
})

describe('clocks and dice', () => {
  it.each([
    'Date.now()',
    'new Date()',
    'new Date',
    'Date()',
    'Math.random()',
    'globalThis.Date.now()',
    'crypto.randomUUID()',
  ])('refuses %s in src and plugins', (code) => {
    const plugin = 'plugins-official/files/src/csv.ts'
    expect(errors({ 'src/kernel/run/run.ts': `\nconst x = ${code}` })).toEqual(['clock src/kernel/run/run.ts:2'])
    expect(errors({ [plugin]: `const x = ${code}` })).toEqual([`clock ${plugin}:1`])
  })

  it('refuses random ids from node:crypto', () => {
    expect(errors({ 'src/kernel/run/run.ts': `import { randomUUID } from 'node:crypto'` })).toEqual([
      'clock src/kernel/run/run.ts:1',
    ])
  })

  it('leaves dates from values, comments, texts, tests and the run context alone', () => {
    expect(errors({ 'src/kernel/run/run.ts': `// Date.now()\nconst x = [new Date(5), 'Math.random()']` })).toEqual([])
    expect(errors({ 'test/run.test.ts': 'Date.now()', 'src/kernel/context.ts': 'Date.now()' })).toEqual([])
  })
})

describe('file length', () => {
  const lines = (count: number) => 'x()\n'.repeat(count)

  it('refuses more than 300 lines without a reason', () => {
    expect(errors({ 'src/kernel/run/run.ts': lines(300) })).toEqual([])
    expect(errors({ 'src/kernel/run/run.ts': lines(301) })).toEqual(['length src/kernel/run/run.ts:1'])
    expect(errors({ 'plugins-official/files/src/csv.ts': lines(301) })).toEqual([
      'length plugins-official/files/src/csv.ts:1',
    ])
    expect(errors({ 'src/kernel/run/run.ts': `/** Long because: one table. */\n${lines(301)}` })).toEqual([])
  })

  it('notes more than 200', () => {
    const [note] = checkStructure(new Map([['src/kernel/run/run.ts', lines(201)]]))
    expect(note).toMatchObject({ level: 'note', check: 'length', text: '201 lines' })
  })
})

describe('house words', () => {
  // Put together here, so that this file is clean itself.
  it.each([
    ['/wo', 'rk/main/src'],
    ['/ho', 'me/jo/project'],
    ['https://registry.np', 'mjs.org/zod'],
    ['see iss', 'ue #12'],
    ['an ag', 'ent wrote this'],
    ['suba', 'gents'],
    ['a coding sess', 'ion'],
  ])('refuses "%s%s"', (head, tail) => {
    expect(errors({ 'docs/a.md': `fine\n${head}${tail}` })).toEqual(['word docs/a.md:2'])
  })

  it('leaves the words of the trade alone', () => {
    expect(errors({ 'docs/a.md': 'a session window, a user agent, issues of a schema, out/work/x, #1' })).toEqual([])
  })
})
