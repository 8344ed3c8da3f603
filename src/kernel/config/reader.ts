import { resolve } from 'node:path'
import { type Fault, pathText } from '../boot/fault.ts'
import { isTidegateError } from '../errors.ts'
import { errorFacts } from '../log/error-facts.ts'
import { didYouMean } from '../nearest.ts'
import { isNode } from '../node.ts'
import { createSecret } from '../secret.ts'
import { importModule, importPackage, type Module } from './import-module.ts'

/** Stands for a value whose fault has been recorded: what is made from it is left out silently, so that one fault is reported once. */
export const failed: unique symbol = Symbol('failed')

export type Entries = Readonly<Record<string, unknown>>

/** Reads values of a YAML or JSON config and collects what is wrong with them. */
export interface Reader {
  readonly faults: Fault[]
  fault(where: string, message: string, hint: string, code?: Fault['code']): typeof failed
  /** `{ secret: NAME }`, `{ use: 'package#export', ...options }` and `./file.ts#export` are resolved, at any depth; the rest stays. */
  value(given: unknown, where: string): Promise<unknown>
  /** What `package#export` or `./file.ts#export` names. */
  named(reference: string, where: string): Promise<unknown>
  /** The entries that `read` makes of those of an object, or `failed` when any has a fault. */
  entries(
    given: Entries,
    where: string,
    read: (value: unknown, where: string, key: string) => Promise<unknown>,
  ): Promise<Entries | typeof failed>
  list(
    given: readonly unknown[],
    where: string,
    read: (value: unknown, where: string) => Promise<unknown>,
  ): Promise<readonly unknown[] | typeof failed>
  /** Calls code of a factory; what it throws becomes a fault. */
  call(make: () => unknown, where: string): unknown
  /** The fault of a word that is not among those known. */
  unknown(what: string, word: string, known: readonly string[], where: string): typeof failed
}

const codeFile = /^\.{1,2}\/[^#]+\.[mc]?[jt]s#[\w$.]+$/

export function createReader(folder: string): Reader {
  const faults: Fault[] = []
  const reader: Reader = {
    faults,
    fault(where, message, hint, code = 'CONFIG_INVALID') {
      faults.push({ code, where, message, hint })
      return failed
    },
    async value(given, where) {
      if (typeof given === 'string') return codeFile.test(given) ? reader.named(given, where) : given
      if (Array.isArray(given)) return reader.list(given, where, reader.value)
      if (!isEntries(given) || isNode(given)) return given
      const keys = Object.keys(given)
      if (keys.length === 1 && typeof given['secret'] === 'string') return createSecret(given['secret'])
      if (typeof given['use'] !== 'string') return reader.entries(given, where, reader.value)
      const { use, ...options } = given
      return reader.call(await made(reader, use as string, options, where), where)
    },
    async named(reference, where) {
      const [, from = '', path = ''] = /^([^#]+)#([\w$.]+)$/.exec(reference) ?? []
      if (from === '')
        return reader.fault(where, `"${reference}" names no export`, 'Write package#export or ./file.ts#export.')
      let module: Module
      try {
        module = from.startsWith('.') ? await importModule(resolve(folder, from)) : await importPackage(from, folder)
      } catch (error) {
        const { message, hint = 'Correct the module.' } = errorFacts(error)
        return reader.fault(where, message, hint, isTidegateError(error) ? error.code : 'CONFIG_THREW')
      }
      let found: unknown = module
      for (const name of path.split('.')) found = (found as Entries | undefined)?.[name]
      if (found !== undefined) return found
      const near = didYouMean(path, Object.keys(module)) ?? `It exports ${Object.keys(module).join(', ') || 'nothing'}.`
      return reader.fault(
        where,
        `${from} exports no "${path}"`,
        near,
        from.startsWith('.') ? 'CONFIG_INVALID' : 'PLUGIN_NOT_FOUND',
      )
    },
    async entries(given, where, read) {
      const result: Record<string, unknown> = {}
      for (const [key, item] of Object.entries(given)) result[key] = await read(item, pathText(where, [key]), key)
      return Object.values(result).includes(failed) ? failed : result
    },
    async list(given, where, read) {
      const result: unknown[] = []
      for (const [i, item] of given.entries()) result.push(await read(item, pathText(where, [i])))
      return result.includes(failed) ? failed : result
    },
    call(make, where) {
      try {
        return make()
      } catch (error) {
        const { message, hint = 'The function that it names refused these options.' } = errorFacts(error)
        return reader.fault(where, message, hint, isTidegateError(error) ? error.code : 'CONFIG_THREW')
      }
    },
    unknown(what, word, known, where) {
      return reader.fault(where, `unknown ${what} "${word}"`, didYouMean(word, known) ?? `Known: ${known.join(', ')}.`)
    },
  }
  return reader
}

/** The call of a plugin's factory, with its options read. */
async function made(reader: Reader, use: string, options: Entries, where: string): Promise<() => unknown> {
  const factory = await reader.named(use, where)
  const given = await reader.entries(options, where, reader.value)
  if (factory === failed || given === failed) return () => failed
  if (typeof factory === 'function') return () => factory(given)
  return () => reader.fault(where, `${use} is not a function`, 'Name a function that takes options.')
}

export function isEntries(value: unknown): value is Entries {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
