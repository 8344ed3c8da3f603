import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { between, type Check, matches, notNull, oneOf, readChecks, unique } from 'tidegate'
import { expect, it, onTestFinished } from 'vitest'
import {
  compare,
  type DeclaredRule,
  isNull,
  isType,
  length,
  max,
  min,
  notMatches,
  notOneOf,
  parsesAs,
  rule,
} from '../src/index.ts'

const facts = ({ columns, parameters, verdict, atLeast, severity, rule: { scope } }: Check<never>) => ({
  columns,
  parameters,
  verdict,
  atLeast,
  severity,
  scope,
})

it.each([
  [{ type: 'completeness', field: 'a' }, notNull('a')],
  [{ type: 'completeness', field: 'a', condition: 'notNull', threshold: 0.9 }, notNull('a', { atLeast: 0.9 })],
  [{ type: 'accuracy', field: 'a', condition: 'between', value: [0, 120] }, between('a', 0, 120)],
  [{ type: 'accuracy', field: 'a', condition: '>=', value: 3, verdict: 'drop' }, min('a', 3, { verdict: 'drop' })],
  [{ type: 'accuracy', field: 'a', condition: '>', value: 3 }, min('a', 3, { strict: true })],
  [{ type: 'accuracy', field: 'a', condition: '<=', value: 3, severity: 'info' }, max('a', 3, { severity: 'info' })],
  [{ type: 'accuracy', field: 'a', condition: '<', value: 3 }, max('a', 3, { strict: true })],
  [{ type: 'accuracy', field: 'a', condition: '==', value: 'x' }, oneOf('a', ['x'])],
  [{ type: 'accuracy', field: 'a', condition: '!=', value: 'x' }, notOneOf('a', ['x'])],
  [{ type: 'accuracy', field: 'a', condition: 'oneOf', value: ['x', 'y'] }, oneOf('a', ['x', 'y'])],
  [{ type: 'accuracy', field: 'a', condition: 'notOneOf', value: [1, 2] }, notOneOf('a', [1, 2])],
  [{ type: 'accuracy', field: 'a', condition: 'matches', value: '^[A-Z]+$' }, matches('a', /^[A-Z]+$/)],
  [{ type: 'accuracy', field: 'a', condition: 'notMatches', value: '/^x/i' }, notMatches('a', /^x/i)],
  [{ type: 'accuracy', field: 'a', condition: 'length', value: { min: 1, max: 3 } }, length('a', { min: 1, max: 3 })],
  [{ type: 'accuracy', field: 'a', condition: 'isNull' }, isNull('a')],
  [{ type: 'accuracy', field: 'a', condition: 'isType', value: 'integer' }, isType('a', 'integer')],
  [{ type: 'accuracy', field: 'a', condition: 'parsesAs', value: 'email' }, parsesAs('a', 'email')],
  [
    { type: 'accuracy', field: 'a', condition: 'parsesAs', value: { form: 'date', format: 'DD.MM.YYYY' } },
    parsesAs('a', 'date', { format: 'DD.MM.YYYY' }),
  ],
  [{ type: 'consistency', field: 'a', condition: 'unique' }, unique('a')],
  [{ type: 'consistency', field: ['a', 'b'], condition: 'unique' }, unique(['a', 'b'])],
  [{ type: 'consistency', field: 'a', condition: '<=', value: { field: 'b' } }, compare('a', '<=', 'b')],
] as const)('%j stands for a check, under its own name', (given, expected) => {
  const made = rule({ name: 'my rule', ...given } as DeclaredRule)
  expect(made.name).toBe('my rule')
  expect(facts(made)).toEqual(facts(expected as Check<never>))
})

it.each([
  [
    { type: 'accuracy', field: 'a', condition: 'betwen', value: [0, 1] },
    'accuracy has no condition "betwen"',
    'between',
  ],
  [{ type: 'accuracy', field: 'a' }, 'accuracy has no condition ""', 'Its conditions are between'],
  [{ type: 'consistency', field: 'a', condition: 'oneOf', value: [1] }, 'consistency has no condition "oneOf"', '!='],
  [{ type: 'accuracy', field: 'a', condition: 'between', value: 3 }, '3 is no value for between', 'Write { name'],
  [{ type: 'completeness', field: 'a', value: 3 }, '3 is no value for notNull: it takes none', 'Write { name'],
  [{ type: 'accuracy', field: ['a', 'b'], condition: '>', value: 3 }, '> is about one field, here are 2', 'each'],
  [{ type: 'accuracy', field: 'a', condition: '>', value: 3, threshold: 95 }, 'threshold', 'threshold: 0..1'],
  [{ type: 'timeliness', field: 'a' }, 'type', 'completeness | accuracy | consistency'],
  [{ type: 'completeness', field: 'a', treshold: 1 }, 'treshold', 'Write { name'],
  [{ type: 'accuracy', field: 'a', condition: 'matches', value: '(' }, 'rule "my rule": Invalid regular', '/i'],
  [{ type: 'accuracy', field: 'a', condition: 'matches', value: '/a/zz' }, 'rule "my rule": Invalid flags', '/i'],
])('%j is refused', (given, message, hint) => {
  expect(() => rule({ name: 'my rule', ...given } as unknown as DeclaredRule)).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    }),
  )
})

it('documents take rules as they are, beside words and exports', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-rules-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await symlink(fileURLToPath(new URL('../../../node_modules', import.meta.url)), join(folder, 'node_modules'))
  const rules = [
    { name: 'ages', type: 'accuracy', field: 'age', condition: 'between', value: [0, 120], threshold: 0.99 },
    { notNull: 'name' },
    { name: 'ids', type: 'consistency', field: 'id', condition: 'unique', verdict: 'quarantine' },
  ]
  await writeFile(join(folder, 'checks.json'), JSON.stringify(rules))
  const found = await readChecks('checks.json', folder)
  expect(found.map(({ name, verdict, atLeast }) => [name, verdict, atLeast])).toEqual([
    ['ages', undefined, 0.99],
    ['notNull(name)', undefined, undefined],
    ['ids', 'quarantine', undefined],
  ])
  await writeFile(
    join(folder, 'bad.json'),
    JSON.stringify([{ name: 'x', type: 'accuracy', field: 'a', condition: 'is' }]),
  )
  await expect(readChecks('bad.json', folder)).rejects.toThrow('rule "x": accuracy has no condition "is"')
})
