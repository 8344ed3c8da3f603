import { isRecord } from '../suite/suite.ts'
import { pythonRegex } from './python-regex.ts'

type Test = (value: unknown) => boolean

const told = [
  '$schema',
  '$id',
  '$comment',
  'title',
  'description',
  'default',
  'examples',
  'format',
  'readOnly',
  'writeOnly',
  'deprecated',
  '$defs',
  'definitions',
  'contentEncoding',
  'contentMediaType',
  'then',
  'else',
  'additionalItems',
  'minContains',
  'maxContains',
]

/**
 * A JSON Schema (draft 2020-12, and what drafts 4 to 7 write otherwise) as a predicate. `format` is a note, as in Python's `jsonschema.validate`.
 * Throws an `Error` that names a keyword that is not known, or a reference that leads out of the schema.
 */
export function jsonSchema(root: unknown): Test {
  const known = new Map<unknown, Test>()
  const compile = (schema: unknown): Test => {
    if (schema === true || schema === false) return () => schema
    if (!isRecord(schema)) throw new Error(`${JSON.stringify(schema)} is no JSON schema`)
    const made = known.get(schema)
    if (made !== undefined) return made
    let tests: readonly Test[] = []
    const all: Test = (value) => tests.every((test) => test(value))
    known.set(schema, all)
    tests = Object.entries(schema).flatMap(([word, given]) => keyword(word, given, schema, compile, root) ?? [])
    return all
  }
  return compile(root)
}

function keyword(
  word: string,
  given: unknown,
  schema: Readonly<Record<string, unknown>>,
  compile: (schema: unknown) => Test,
  root: unknown,
): Test | undefined {
  const each = () => (given as readonly unknown[]).map(compile)
  const named = (of: unknown) =>
    Object.entries(of as Record<string, unknown>).map(([key, one]) => [key, compile(one)] as const)
  const count = Number(given)
  switch (word) {
    case '$ref':
      return compile(resolve(root, String(given)))
    case 'type': {
      const types = [given].flat()
      return (value) => types.some((type) => isType(value, type))
    }
    case 'enum':
      return (value) => (given as readonly unknown[]).some((one) => same(one, value))
    case 'const':
      return (value) => same(given, value)
    case 'minimum':
      return numbers((value) => (schema['exclusiveMinimum'] === true ? value > count : value >= count))
    case 'maximum':
      return numbers((value) => (schema['exclusiveMaximum'] === true ? value < count : value <= count))
    case 'exclusiveMinimum':
      return typeof given === 'boolean' ? undefined : numbers((value) => value > count)
    case 'exclusiveMaximum':
      return typeof given === 'boolean' ? undefined : numbers((value) => value < count)
    case 'multipleOf':
      return numbers((value) => (Number.isInteger(count) ? value % count === 0 : Number.isInteger(value / count)))
    case 'minLength':
      return texts((value) => [...value].length >= count)
    case 'maxLength':
      return texts((value) => [...value].length <= count)
    case 'pattern': {
      const regex = pythonRegex(String(given))
      return texts((value) => regex.test(value))
    }
    case 'minItems':
      return lists((value) => value.length >= count)
    case 'maxItems':
      return lists((value) => value.length <= count)
    case 'uniqueItems':
      return lists(
        (value) => given !== true || value.every((one, i) => value.findIndex((other) => same(one, other)) === i),
      )
    case 'items':
    case 'prefixItems': {
      if (Array.isArray(given)) {
        const tests = each()
        const rest = word === 'items' ? schema['additionalItems'] : undefined
        const after = rest === undefined ? () => true : compile(rest)
        return lists((value) => value.every((one, i) => (tests[i] ?? after)(one)))
      }
      const skip = Array.isArray(schema['prefixItems']) ? schema['prefixItems'].length : 0
      const test = compile(given)
      return lists((value) => value.slice(skip).every(test))
    }
    case 'contains': {
      const test = compile(given)
      const least = Number(schema['minContains'] ?? 1)
      const most = Number(schema['maxContains'] ?? Number.POSITIVE_INFINITY)
      return lists((value) => {
        const found = value.filter(test).length
        return found >= least && found <= most
      })
    }
    case 'minProperties':
      return objects((value) => Object.keys(value).length >= count)
    case 'maxProperties':
      return objects((value) => Object.keys(value).length <= count)
    case 'required':
      return objects(
        (value) => typeof given === 'boolean' || (given as readonly string[]).every((key) => Object.hasOwn(value, key)),
      )
    case 'properties': {
      const tests = named(given)
      return objects((value) => tests.every(([key, test]) => !Object.hasOwn(value, key) || test(value[key])))
    }
    case 'patternProperties': {
      const tests = named(given).map(([key, test]) => [pythonRegex(key), test] as const)
      return objects((value) =>
        Object.keys(value).every((key) => tests.every(([regex, test]) => !regex.test(key) || test(value[key]))),
      )
    }
    case 'additionalProperties': {
      const test = compile(given)
      const fixed = new Set(Object.keys((schema['properties'] ?? {}) as object))
      const patterns = Object.keys((schema['patternProperties'] ?? {}) as object).map(pythonRegex)
      return objects((value) =>
        Object.keys(value).every(
          (key) => fixed.has(key) || patterns.some((regex) => regex.test(key)) || test(value[key]),
        ),
      )
    }
    case 'propertyNames': {
      const test = compile(given)
      return objects((value) => Object.keys(value).every(test))
    }
    case 'dependentRequired':
      return objects((value) =>
        Object.entries(given as Record<string, string[]>).every(
          ([key, needed]) => !Object.hasOwn(value, key) || needed.every((one) => Object.hasOwn(value, one)),
        ),
      )
    case 'dependentSchemas': {
      const tests = named(given)
      return objects((value) => tests.every(([key, test]) => !Object.hasOwn(value, key) || test(value)))
    }
    case 'allOf': {
      const tests = each()
      return (value) => tests.every((test) => test(value))
    }
    case 'anyOf': {
      const tests = each()
      return (value) => tests.some((test) => test(value))
    }
    case 'oneOf': {
      const tests = each()
      return (value) => tests.filter((test) => test(value)).length === 1
    }
    case 'not': {
      const test = compile(given)
      return (value) => !test(value)
    }
    case 'if': {
      const test = compile(given)
      const then = compile(schema['then'] ?? true)
      const otherwise = compile(schema['else'] ?? true)
      return (value) => (test(value) ? then(value) : otherwise(value))
    }
    default:
      if (told.includes(word)) return undefined
      throw new Error(`the keyword ${word}`)
  }
}

function isType(value: unknown, type: unknown): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isRecord(value)
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}

const numbers =
  (test: (value: number) => boolean): Test =>
  (value) =>
    typeof value !== 'number' || test(value)
const texts =
  (test: (value: string) => boolean): Test =>
  (value) =>
    typeof value !== 'string' || test(value)
const lists =
  (test: (value: readonly unknown[]) => boolean): Test =>
  (value) =>
    !Array.isArray(value) || test(value)
const objects =
  (test: (value: Readonly<Record<string, unknown>>) => boolean): Test =>
  (value) =>
    !isRecord(value) || test(value)

function resolve(root: unknown, reference: string): unknown {
  if (!reference.startsWith('#')) throw new Error(`the reference ${reference}`)
  let at: unknown = root
  for (const step of reference.slice(1).split('/').slice(1))
    at = (at as Record<string, unknown> | undefined)?.[
      decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
    ]
  if (at === undefined) throw new Error(`the reference ${reference}`)
  return at
}

function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => same(one, b[i]))
  if (!isRecord(a) || !isRecord(b)) return a === b
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]))
}
