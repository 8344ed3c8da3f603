import 'reflect-metadata'
import { container as global } from 'tsyringe'
import { expect, test } from 'vitest'
import { createContainer } from '../../../src/kernel/container.ts'
import { createToken } from '../../../src/kernel/token.ts'

const Clock = createToken<{ now: number }>('acme/Clock')

test('two containers in one process do not meet, and the global one stays empty', () => {
  const [one, two] = [createContainer(), createContainer()]
  one.register(Clock, { now: 1 })
  expect(two.has(Clock)).toBe(false)
  expect(() => two.get(Clock)).toThrow('nothing is registered for acme/Clock')
  expect(global.isRegistered(Clock.key)).toBe(false)
})

test('what is registered globally by others is not seen', () => {
  const Other = createToken<number>('acme/Other')
  global.register(Other.key, { useValue: 1 })
  expect(createContainer().has(Other)).toBe(false)
  expect(createContainer().child().has(Other)).toBe(false)
  expect(() => createContainer().get(Other)).toThrow('nothing is registered')
})

test('a child sees its parent, the parent not its child, children not each other', () => {
  const parent = createContainer()
  const [one, two] = [parent.child(), parent.child()]
  const value = { now: 1 }
  parent.register(Clock, value)
  expect(one.get(Clock)).toBe(value)
  const Own = createToken<string>('acme/Own')
  one.register(Own, 'one')
  expect(one.get(Own)).toBe('one')
  expect(parent.has(Own)).toBe(false)
  expect(two.has(Own)).toBe(false)
})

test('any finished value can be registered: functions, classes, falsy ones', () => {
  const container = createContainer()
  const F = createToken<unknown>('acme/F')
  for (const value of [() => 1, class {}, 0, '', false, null]) {
    const inner = container.child()
    inner.register(F, value)
    expect(inner.get(F)).toBe(value)
  }
})
