import 'reflect-metadata' // tsyringe throws at import without it; nowhere else is it needed.
import { container as root } from 'tsyringe'
import type { Token } from './token.ts'

/** A token of whatever service: enough to look it up. */
export type AnyToken = Pick<Token<unknown>, 'name' | 'key'>

/**
 * Finished values addressed by tokens. Nothing is made here: boot awaits what plugins create and registers the result, so that no factory, no
 * decorator and no reflection is involved. A child sees its parent's values; the parent never sees the child's.
 */
export interface Container {
  register<T>(token: Token<T>, value: T): void
  has(token: AnyToken): boolean
  /** Throws when there is none: boot has checked every need before. */
  get<T>(token: Token<T>): T
  child(): Container
}

/** A container of its own: two kernels in one process never meet, and nothing is read from or written to tsyringe's global container. */
export function createContainer(): Container {
  return wrap(root.createChildContainer(), undefined)
}

function wrap(own: ReturnType<typeof root.createChildContainer>, parent: Container | undefined): Container {
  const self: Container = {
    // Boxed, because tsyringe takes null and undefined for "no value".
    register: (token, value) => void own.register<Box<unknown>>(token.key, { useValue: { value } }),
    // Not tsyringe's recursive look-up: that would end in the global container.
    has: (token) => own.isRegistered(token.key, false) || (parent?.has(token) ?? false),
    get<T>(token: Token<T>): T {
      if (own.isRegistered(token.key, false)) return own.resolve<Box<T>>(token.key).value
      if (parent) return parent.get(token)
      throw new Error(`nothing is registered for ${token.name}`)
    },
    child: () => wrap(own.createChildContainer(), self),
  }
  return self
}

interface Box<T> {
  readonly value: T
}
