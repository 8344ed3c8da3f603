import type { Input } from './input.ts'
import { dateOf, datetimeOf, timeOf } from './moments.ts'
import { dtypeOf, elementOf } from './numpy.ts'
import { DecimalText, PyCall, PyDict, PyGlobal, PySet, type PyValue } from './values.ts'

/** The value of a call whose meaning is plain; any other is kept as a note. */
export function reduce(name: string, args: readonly PyValue[], input: Input): PyValue {
  const [first, second] = args
  switch (name) {
    case 'codecs.encode':
      return typeof first === 'string' ? Buffer.from(first, 'latin1') : input.fail('encodes something that is no text')
    case 'builtins.bytes':
    case 'builtins.bytearray':
      if (first === undefined) return new Uint8Array(0)
      if (first instanceof Uint8Array) return first
      return typeof first === 'string'
        ? Buffer.from(first, 'latin1')
        : input.fail('makes bytes of something that holds none')
    case 'builtins.set':
    case 'builtins.frozenset':
      if (first !== undefined && !Array.isArray(first)) return input.fail('makes a set of something that is no list')
      return new PySet((first as PyValue[] | undefined) ?? [])
    case 'OrderedDict':
      return orderedDict(first, input)
    case 'Decimal':
      return decimalOf(first) ?? input.fail('holds a Decimal that is no finite number')
    case 'datetime':
      return datetimeOf(first, second) ?? input.fail('holds a datetime that does not exist')
    case 'date':
      return dateOf(first) ?? input.fail('holds a date that does not exist')
    case 'time':
      return timeOf(first) ?? input.fail('holds a time that does not exist, or one with an offset')
    case 'reconstructor':
      // Protocols 0 and 1 make objects without state by it; the class was found on the list when it was named.
      return first instanceof PyGlobal
        ? new PyCall(first.name, [])
        : input.fail('makes an object of something that is no class')
    case 'numpy.scalar': {
      const dtype = dtypeOf(first)
      if (dtype === undefined || !(second instanceof Uint8Array) || second.length < dtype.size)
        return input.fail('holds a numpy value of a type that is not read')
      return elementOf(dtype, second, 0)
    }
    default:
      return new PyCall(name, args)
  }
}

function orderedDict(first: PyValue | undefined, input: Input): PyDict {
  const made = new PyDict()
  if (first === undefined) return made
  if (!Array.isArray(first)) return input.fail('makes a dict of something that is no list')
  for (const pair of first) {
    if (!Array.isArray(pair) || pair.length !== 2)
      return input.fail('makes a dict of something that is no list of pairs')
    made.set(pair[0] as PyValue, pair[1] as PyValue)
  }
  return made
}

function decimalOf(text: PyValue | undefined): DecimalText | undefined {
  if (typeof text !== 'string' || text.length > 400) return undefined
  const match = /^([+-]?)(\d+)(?:\.(\d*))?(?:E([+-]?\d{1,3}))?$/i.exec(text)
  if (match === null) return undefined
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  const scale = fraction.length - Number(exponent)
  const digits = BigInt(whole + fraction) * (scale < 0 ? 10n ** BigInt(-scale) : 1n)
  return new DecimalText(sign === '-' ? -digits : digits, Math.max(0, scale))
}
