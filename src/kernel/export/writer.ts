import type { z } from 'zod'
import { type Fault, pathText } from '../boot/fault.ts'
import type { Json } from '../context.ts'
import { madeBy } from '../define/made-by.ts'
import { isPlugin } from '../define/plugin.ts'
import { isSecret } from '../secret.ts'
import type { Exports } from './exports-of.ts'
import { schemaWords } from './write-schema.ts'

/** Stands for what could not be written; its fault is recorded. */
export const unwritten: unique symbol = Symbol('unwritten')
export type Written = Json | typeof unwritten

/** Writes values of a config as data, and collects what cannot be. */
export interface Writer {
  readonly faults: Fault[]
  readonly exports: Exports
  fault(where: string, message: string, hint: string): typeof unwritten
  /** Options: plain data, secrets, code by reference, plugins by their factory. */
  value(given: unknown, where: string): Written
  entries(given: object, where: string, write: (value: unknown, where: string, key: string) => Written): Written
  list(given: readonly unknown[], where: string, write: (value: unknown, where: string) => Written): Written
  schema(given: z.ZodObject, where: string): Written
}

/** What a document would read as a reference to code. */
const reference = /^\.{1,2}\/[^#]+\.[mc]?[jt]s#[\w$.]+$/

export function createWriter(exports: Exports): Writer {
  const writer: Writer = {
    faults: [],
    exports,
    fault(where, message, hint) {
      writer.faults.push({ code: 'CONFIG_INVALID', where, message, hint })
      return unwritten
    },
    value(given, where) {
      if (typeof given === 'string' && !reference.test(given)) return given
      if (given === null || typeof given === 'boolean' || (typeof given === 'number' && Number.isFinite(given)))
        return given
      if (isSecret(given)) return { secret: given.name }
      const ref = exports.refOf(given)
      if (ref !== undefined) return ref.startsWith('.') ? ref : packageValue(writer, given, ref, where)
      if (typeof given === 'function') return inlineFunction(writer, where)
      if (isPlugin(given)) return plugin(writer, given, where)
      if (Array.isArray(given)) return writer.list(given, where, writer.value)
      if (isPlain(given)) {
        if ('use' in given || (Object.keys(given).length === 1 && 'secret' in given))
          return writer.fault(
            where,
            'an object with the key "use" or "secret" means something else in a document',
            remedy,
          )
        return writer.entries(given, where, writer.value)
      }
      return writer.fault(where, `${describe(given)} cannot be written as data`, remedy)
    },
    entries(given, where, write) {
      const result: Record<string, Json> = {}
      let whole = true
      for (const [key, value] of Object.entries(given)) {
        if (value === undefined) continue
        const written = write(value, pathText(where, [key]), key)
        if (written === unwritten) whole = false
        else result[key] = written
      }
      return whole ? result : unwritten
    },
    list(given, where, write) {
      const result: Json[] = []
      for (const [i, value] of given.entries()) {
        const written = write(value, pathText(where, [i]))
        if (written !== unwritten) result.push(written)
      }
      return result.length === given.length ? result : unwritten
    },
    schema(given, where) {
      const words = schemaWords(given)
      if (words !== undefined) return words
      const ref = exports.refOf(given)
      if (ref !== undefined) return ref
      return writer.fault(
        where,
        'the schema says more than words for columns can',
        'Move it into a module, export it, and import it from there.',
      )
    },
  }
  return writer
}

const remedy = 'Move the value into a module, export it, and import it from there.'

function inlineFunction(writer: Writer, where: string): typeof unwritten {
  return writer.fault(
    where,
    'the function stands inside the config and has no name to refer to',
    'Move it into a module, export it, and import it from there.',
  )
}

/** Text that names a package's export is read as code only where code is expected: elsewhere it would stay text. */
function packageValue(writer: Writer, given: unknown, ref: string, where: string): Written {
  if (typeof given === 'function')
    return writer.fault(
      where,
      `${ref} can be named only through a module of the project`,
      `Write a module with: export { ${ref.split('#')[1]} } from '${ref.split('#')[0]}'.`,
    )
  return writer.fault(where, `${ref} cannot be written as data`, remedy)
}

/** `{ use: '@tidegate/lineage-sqlite#sqliteLineage', path: ... }` */
function plugin(writer: Writer, given: { readonly name: string; readonly given?: unknown }, where: string): Written {
  const { create, setup } = given as { readonly create?: unknown; readonly setup?: unknown }
  const factory = writer.exports.functions.find(({ value }) => {
    const makes = madeBy(value)
    return makes !== undefined && (makes === create || makes === setup)
  })
  if (factory === undefined)
    return writer.fault(
      where,
      `the plugin "${given.name}" is made by no export of what the config imports`,
      'Move its factory into a module and export it.',
    )
  const options = writer.entries((given.given ?? {}) as object, where, writer.value)
  return options === unwritten ? unwritten : { use: factory.ref, ...(options as object) }
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null) return `a value of class ${value.constructor?.name ?? 'unknown'}`
  return typeof value === 'bigint' ? `${value}n` : typeof value === 'string' ? `the text "${value}"` : String(value)
}
