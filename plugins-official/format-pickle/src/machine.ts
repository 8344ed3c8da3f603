// Long because: one instruction of the pickle machine beside the other, as the specification lists them.
import { allowedName } from './allowed.ts'
import { reduce } from './calls.ts'
import type { Input } from './input.ts'
import { Float, PyCall, PyDict, PyGlobal, PySet, type PyValue } from './values.ts'

export interface Limits {
  /** Rough bytes of memory that the values may take. */
  readonly memory: number
  /** Says that the limit is reached. */
  readonly tooLarge: () => never
  /** Refuses a class or function by its name. */
  readonly refuse: (name: string) => never
}

/**
 * Runs the stack machine of protocols 0 to 5 (Lib/pickletools.py of CPython describes each instruction) over inert values: a class is a name that must be on
 * a list, a call is noted and not made. What has no place in data (persistent ids, extension codes, out-of-band buffers) is refused.
 */
export function runPickle(input: Input, limits: Limits): PyValue {
  let stack: PyValue[] = []
  const marks: PyValue[][] = []
  const memo = new Map<number, PyValue>()
  let used = 0

  function charge(bytes: number): void {
    used += bytes
    if (used > limits.memory) limits.tooLarge()
  }
  function push(value: PyValue): void {
    charge(16)
    stack.push(value)
  }
  function pop(): PyValue {
    const value = stack.pop()
    return value === undefined ? input.fail('takes a value from an empty stack') : value
  }
  function top(): PyValue {
    const value = stack.at(-1)
    return value === undefined ? input.fail('looks at an empty stack') : value
  }
  /** What was pushed since the last mark. */
  function marked(): PyValue[] {
    const items = stack
    stack = marks.pop() ?? input.fail('goes back to a mark that was not set')
    return items
  }
  function text(length: number): void {
    charge(length * 2 + 32)
    push(input.utf8(length))
  }
  function bytes(length: number): void {
    charge(96)
    push(input.bytes(length))
  }
  function latin1(length: number): void {
    charge(length + 32)
    push(Buffer.from(input.bytes(length)).toString('latin1'))
  }
  function list(items: PyValue[]): void {
    charge(64)
    push(items)
  }
  function append(to: PyValue, items: readonly PyValue[]): void {
    if (!Array.isArray(to)) input.fail('appends to something that is no list')
    charge(items.length * 8)
    for (const item of items) (to as PyValue[]).push(item)
  }
  function setItems(to: PyValue, items: readonly PyValue[]): void {
    if (!(to instanceof PyDict)) input.fail('sets items of something that is no dict')
    if (items.length % 2 !== 0) input.fail('sets a key without a value')
    charge(items.length * 16)
    for (let i = 0; i < items.length; i += 2) to.set(items[i] as PyValue, items[i + 1] as PyValue)
  }
  function dict(items: readonly PyValue[]): void {
    charge(160)
    const made = new PyDict()
    setItems(made, items)
    push(made)
  }
  function remember(index: number): void {
    charge(32)
    memo.set(index, top())
  }
  function recall(index: number): void {
    const value = memo.get(index)
    if (value === undefined) input.fail(`recalls value ${index}, which was never kept`)
    else push(value)
  }
  function global(module: PyValue, name: PyValue): void {
    if (typeof module !== 'string' || typeof name !== 'string') input.fail('names a class by something that is no text')
    charge(64)
    push(new PyGlobal(allowedName(module, name) ?? limits.refuse(`${module}.${name}`)))
  }
  function call(callee: PyValue, args: PyValue): void {
    if (!(callee instanceof PyGlobal)) input.fail('calls something that is no name')
    if (!Array.isArray(args)) input.fail('calls with something that is no tuple')
    charge(96)
    push(reduce(callee.name, args, input))
  }
  function build(): void {
    const state = pop()
    const value = top()
    if (value instanceof PyCall) value.state = state
    else input.fail('sets the state of something that has none')
  }
  function long(length: number): void {
    if (length > 1024) input.fail(`holds an integer of ${length} bytes`)
    const digits = input.bytes(length)
    let value = 0n
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(digits[i] as number)
    push(narrow(BigInt.asIntN(length * 8, value)))
  }
  function lineInt(line: string): void {
    const digits = line.replace(/L$/, '')
    if (!/^[+-]?\d{1,4000}$/.test(digits)) input.fail('holds an integer that is none')
    push(narrow(BigInt(digits)))
  }
  function index(): number {
    const line = input.line()
    return /^\d{1,10}$/.test(line) ? Number(line) : input.fail('numbers a kept value by something that is no number')
  }

  const run: Readonly<Record<number, () => void>> = {
    128: () => {
      const protocol = input.byte()
      if (protocol > 5) input.fail(`is of protocol ${protocol}; 0 to 5 are read`)
    },
    149: () => void input.length(), // FRAME: a hint for readers of streams
    40: () => {
      charge(64)
      marks.push(stack) // MARK
      stack = []
    },
    48: () => {
      if (stack.length > 0)
        pop() // POP
      else marked()
    },
    49: () => void marked(), // POP_MARK
    50: () => push(top()), // DUP
    78: () => push(null), // NONE
    136: () => push(true), // NEWTRUE
    137: () => push(false), // NEWFALSE
    73: () => {
      const line = input.line() // INT
      if (line === '00' || line === '01') push(line === '01')
      else lineInt(line)
    },
    76: () => lineInt(input.line()), // LONG
    74: () => push(input.int32()), // BININT
    75: () => push(input.byte()), // BININT1
    77: () => push(input.uint16()), // BININT2
    138: () => long(input.byte()), // LONG1
    139: () => long(input.uint32()), // LONG4
    70: () => push(new Float(floatOf(input.line()) ?? input.fail('holds a float that is none'))), // FLOAT
    71: () => {
      charge(16)
      push(new Float(input.float64())) // BINFLOAT
    },
    83: () => push(unquoted(input.line()) ?? input.fail('holds a string without quotes')), // STRING
    84: () => latin1(input.uint32()), // BINSTRING
    85: () => latin1(input.byte()), // SHORT_BINSTRING
    86: () => push(unescaped(input.line())), // UNICODE
    88: () => text(input.uint32()), // BINUNICODE
    140: () => text(input.byte()), // SHORT_BINUNICODE
    141: () => text(input.length()), // BINUNICODE8
    66: () => bytes(input.uint32()), // BINBYTES
    67: () => bytes(input.byte()), // SHORT_BINBYTES
    142: () => bytes(input.length()), // BINBYTES8
    150: () => bytes(input.length()), // BYTEARRAY8
    152: () => {}, // READONLY_BUFFER
    41: () => list([]), // EMPTY_TUPLE
    93: () => list([]), // EMPTY_LIST
    108: () => list(marked()), // LIST
    116: () => list(marked()), // TUPLE
    133: () => list([pop()]), // TUPLE1
    134: () => list(last(2)),
    135: () => list(last(3)),
    97: () => {
      const item = pop() // APPEND
      append(top(), [item])
    },
    101: () => {
      const items = marked() // APPENDS
      append(top(), items)
    },
    125: () => dict([]), // EMPTY_DICT
    100: () => dict(marked()), // DICT
    115: () => {
      const pair = last(2) // SETITEM
      setItems(top(), pair)
    },
    117: () => {
      const items = marked() // SETITEMS
      setItems(top(), items)
    },
    143: () => {
      charge(64)
      push(new PySet([])) // EMPTY_SET
    },
    144: () => {
      const items = marked() // ADDITEMS
      const to = top()
      if (!(to instanceof PySet)) input.fail('adds to something that is no set')
      charge(items.length * 8)
      for (const item of items) to.items.push(item)
    },
    145: () => {
      charge(64)
      push(new PySet(marked())) // FROZENSET
    },
    112: () => remember(index()), // PUT
    113: () => remember(input.byte()), // BINPUT
    114: () => remember(input.uint32()), // LONG_BINPUT
    148: () => remember(memo.size), // MEMOIZE
    103: () => recall(index()), // GET
    104: () => recall(input.byte()), // BINGET
    106: () => recall(input.uint32()), // LONG_BINGET
    99: () => global(input.line(), input.line()), // GLOBAL
    147: () => {
      const name = pop() // STACK_GLOBAL
      global(pop(), name)
    },
    82: () => {
      const args = pop() // REDUCE
      call(pop(), args)
    },
    129: () => {
      const args = pop() // NEWOBJ
      call(pop(), args)
    },
    98: build, // BUILD
  }
  /** The last `n` values, in the order they were pushed. */
  function last(n: number): PyValue[] {
    if (stack.length < n) input.fail('takes a value from an empty stack')
    return stack.splice(-n)
  }

  for (;;) {
    const code = input.byte()
    if (code === 0x2e) {
      if (marks.length > 0) input.fail('stops inside of a list')
      return pop()
    }
    const act = run[code]
    if (act === undefined) {
      const name = refused[code]
      input.fail(
        name === undefined
          ? `holds the unknown instruction 0x${code.toString(16)}`
          : `uses ${name}, which cannot be data`,
      )
    } else act()
  }
}

const refused: Readonly<Record<number, string>> = {
  80: 'a persistent id',
  81: 'a persistent id',
  105: 'an instance of a class of Python 2',
  111: 'an instance of a class of Python 2',
  130: 'an extension code',
  131: 'an extension code',
  132: 'an extension code',
  146: 'a call with named arguments',
  151: 'a buffer outside of the file',
}

function narrow(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}

function floatOf(line: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(line)) return Number(line)
  const named: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Infinity, '-inf': -Infinity }
  return named[line]
}

/** A string as `repr` wrote it. */
function unquoted(line: string): string | undefined {
  const quote = line[0]
  if (line.length < 2 || (quote !== "'" && quote !== '"') || line.at(-1) !== quote) return undefined
  return line
    .slice(1, -1)
    .replace(/\\(?:x([0-9a-fA-F]{2})|(.))/g, (_, hex: string | undefined, char: string) =>
      hex !== undefined ? String.fromCharCode(Number.parseInt(hex, 16)) : ({ n: '\n', r: '\r', t: '\t' }[char] ?? char),
    )
}

/** Raw-unicode-escape: Latin-1 with `\uXXXX` and `\UXXXXXXXX`. */
function unescaped(line: string): string {
  return line.replace(
    /\\u([0-9a-fA-F]{4})|\\U(000[0-9a-fA-F]{5}|0010[0-9a-fA-F]{4})/g,
    (_, short: string | undefined, long: string) => String.fromCodePoint(Number.parseInt(short ?? long, 16)),
  )
}
