// Long because: the grammars of all cell types stand side by side with the automaton they are built into.
import type { Field, LogicalType } from 'tidegate'

/**
 * The CSV files that two readers certainly read alike: a deterministic automaton over bytes, built from the types of the columns. It accepts only
 * spellings that every strict reader agrees on (plain decimal digits, ISO 8601 dates, text without line breaks); what it does not accept may still be
 * good CSV, and is read by the reader that can tell what is wrong with it.
 */
export interface CsvLanguage {
  /** From state and byte to state, states premultiplied by 256. State 0 means doubt and is never left. */
  readonly table: Uint16Array | Int32Array
  /** Where a record begins; back there after each line end. */
  readonly start: number
  /** States in which a file may end without a line end. */
  readonly ends: ReadonlySet<number>
}

export interface CsvShape {
  readonly delimiter: number
  /** How every record ends, but for the last one, which may just stop. Default: a line feed. */
  readonly lineEnd?: '\n' | '\r\n'
  /** For each column of the file: what is read from it; undefined: nothing, any text may stand there. */
  readonly columns: readonly (Field | undefined)[]
  /**
   * Given where the types were guessed from a sample: only spellings from which the same types would be inferred are accepted. Names the columns of
   * which the sample holds no value: none may follow.
   */
  readonly guessed?: { readonly empty: ReadonlySet<string> }
}

type Bytes = string | ((byte: number) => boolean)

interface Builder {
  state(): number
  on(from: number, bytes: Bytes, to: number): void
}

const digits = '0123456789'
const endless = Number.POSITIVE_INFINITY

/** The language of a shape, or undefined where a type is not among those that are certain. */
export function csvLanguage({ delimiter, lineEnd = '\n', columns, guessed }: CsvShape): CsvLanguage | undefined {
  if (columns.length < 2) return undefined
  const rows: Uint16Array[] = [new Uint16Array(256)]
  const builder: Builder = {
    state: () => rows.push(new Uint16Array(256)) - 1,
    on(from, bytes, to) {
      const row = rows[from] as Uint16Array
      for (let byte = 0; byte < 256; byte++)
        if (typeof bytes === 'string' ? bytes.includes(String.fromCharCode(byte)) : bytes(byte)) row[byte] = to
    },
  }
  const starts = columns.map(() => builder.state())
  const ends = new Set<number>()
  const returned = builder.state()
  if (lineEnd === '\r\n') builder.on(returned, '\n', starts[0] as number)
  for (const [i, field] of columns.entries()) {
    const start = starts[i] as number
    const none = field !== undefined && guessed?.empty.has(field.name) === true
    const accepted = none ? [] : cell(builder, start, field, delimiter, guessed !== undefined)
    if (accepted === undefined) return undefined
    if (field === undefined || field.nullable) accepted.push(start)
    const last = i === columns.length - 1
    for (const state of accepted) {
      if (!last) builder.on(state, String.fromCharCode(delimiter), starts[i + 1] as number)
      else {
        ends.add(state)
        if (lineEnd === '\n') builder.on(state, '\n', starts[0] as number)
        else builder.on(state, '\r', returned)
      }
    }
  }
  const table = rows.length <= 256 ? new Uint16Array(rows.length << 8) : new Int32Array(rows.length << 8)
  for (const [state, row] of rows.entries())
    for (let byte = 0; byte < 256; byte++) table[(state << 8) | byte] = (row[byte] as number) << 8
  return { table, start: (starts[0] as number) << 8, ends: new Set([...ends].map((state) => state << 8)) }
}

/** The states in which a cell that holds something may end. */
function cell(
  builder: Builder,
  start: number,
  field: Field | undefined,
  delimiter: number,
  guessed: boolean,
): number[] | undefined {
  const type: LogicalType = field?.type ?? { kind: 'string' }
  if (field?.fallback !== undefined || ![undefined, 'plain', 'ISO'].includes(field?.format)) return undefined
  switch (type.kind) {
    case 'string':
      return text(builder, start, delimiter)
    case 'int':
      // Seen as number, an integer beyond 2^53 is refused by the one reader; too long ones are refused by both.
      return (guessed ? written : whole)(
        builder,
        start,
        type.signed,
        type.bits === 64 && field?.sees !== 'bigint' ? 15 : endless,
      )
    case 'float':
      return type.bits === 64 ? fraction(builder, start, 30, endless, guessed) : undefined
    case 'decimal':
      return fraction(builder, start, endless, type.scale)
    case 'boolean':
      return [word(builder, start, 'true'), word(builder, start, 'false')]
    case 'date':
      return [date(builder, start)]
    case 'timestamp':
      if (type.zone !== undefined && (type.zone !== 'UTC' || type.unit === 'ns')) return undefined
      return timestamp(
        builder,
        start,
        { s: 0, ms: 3, us: 6, ns: 9 }[type.unit],
        guessed ? (type.zone === undefined ? 'without' : 'with') : 'either',
      )
    default:
      return undefined
  }
}

/** No spaces at the ends, no quotes inside; in quotes anything but quotes at its ends and line breaks. */
function text(builder: Builder, start: number, delimiter: number): number[] {
  const plain = (byte: number) => byte > 32 && byte !== 127 && byte !== 34 && byte !== delimiter
  const inner = builder.state()
  const space = builder.state()
  for (const state of [start, inner, space]) builder.on(state, plain, inner)
  for (const state of [inner, space]) builder.on(state, ' ', space)
  const quoted = builder.state()
  const some = builder.state()
  const closed = builder.state()
  const inside = (byte: number) => byte >= 32 && byte !== 127 && byte !== 34
  builder.on(start, '"', quoted)
  for (const state of [quoted, some]) builder.on(state, inside, some)
  builder.on(some, '"', closed)
  builder.on(closed, '"', some)
  return [inner, closed]
}

function whole(builder: Builder, start: number, signed: boolean, most: number): number[] {
  const first = run(builder, start, digits, most)
  if (signed) {
    const minus = builder.state()
    builder.on(start, '-', minus)
    builder.on(minus, digits, first[0] as number)
  }
  return first
}

/** As people write whole numbers: without leading zeros, and zero without a sign. */
function written(builder: Builder, start: number, signed: boolean, most: number, signedZero = false): number[] {
  const zero = builder.state()
  builder.on(start, '0', zero)
  const first = builder.state()
  builder.on(start, '123456789', first)
  const rest = run(builder, first, digits, most - 1)
  if (signed) {
    const minus = builder.state()
    builder.on(start, '-', minus)
    builder.on(minus, '123456789', first)
    if (signedZero) builder.on(minus, '0', zero)
  }
  return [zero, first, ...rest]
}

function fraction(builder: Builder, start: number, most: number, scale: number, guessed = false): number[] {
  const accepted = guessed ? written(builder, start, true, most, true) : whole(builder, start, true, most)
  if (scale === 0) return accepted
  const point = builder.state()
  for (const state of accepted) builder.on(state, '.', point)
  return [...accepted, ...run(builder, point, digits, scale)]
}

/** One to `most` of these bytes: the states after each. Without end it is one state. */
function run(builder: Builder, start: number, bytes: Bytes, most: number): number[] {
  if (most === Number.POSITIVE_INFINITY) {
    const loop = builder.state()
    for (const state of [start, loop]) builder.on(state, bytes, loop)
    return [loop]
  }
  const states: number[] = []
  for (let i = 0, from = start; i < most; i++) {
    const next = builder.state()
    builder.on(from, bytes, next)
    states.push(next)
    from = next
  }
  return states
}

function word(builder: Builder, start: number, letters: string): number {
  return sequence(builder, start, [...letters])
}

function date(builder: Builder, start: number): number {
  return sequence(builder, start, ['123456789', digits, digits, digits, '-', '01', digits, '-', '0123', digits])
}

/** `2026-01-31T23:59:58.123Z`: `T` or a space, seconds, a fraction of exactly the unit's digits or none, with `Z` or without. */
function timestamp(builder: Builder, start: number, places: number, zulu: 'with' | 'without' | 'either'): number[] {
  const hour = sequence(builder, date(builder, start), ['T '])
  const early = sequence(builder, hour, ['01', digits])
  const late = sequence(builder, hour, ['2', '0123'])
  const colon = builder.state()
  for (const state of [early, late]) builder.on(state, ':', colon)
  const seconds = sequence(builder, colon, ['012345', digits, ':', '012345', digits])
  const accepted = [seconds]
  if (places > 0) accepted.push(sequence(builder, seconds, ['.', ...new Array<string>(places).fill(digits)]))
  if (zulu === 'without') return accepted
  const last = builder.state()
  for (const state of accepted) builder.on(state, 'Z', last)
  return zulu === 'with' ? [last] : [...accepted, last]
}

function sequence(builder: Builder, start: number, steps: readonly string[]): number {
  let from = start
  for (const bytes of steps) {
    const next = builder.state()
    builder.on(from, bytes, next)
    from = next
  }
  return from
}

/**
 * Whether whole records lie in `bytes[from .. to)`, which begins at a record and ends behind a line end. Four parts of it are walked in turn: each
 * step waits for the one before, so four chains take little longer than one. A line end is always the end of a record here.
 */
export function accepts({ table, start }: CsvLanguage, bytes: Uint8Array, from: number, to: number): boolean {
  const quarter = (to - from) >> 2
  const cut = (at: number) => {
    const line = bytes.indexOf(10, at)
    return line < 0 || line >= to ? to : line + 1
  }
  const c1 = cut(from + quarter)
  const c2 = Math.max(c1, cut(from + 2 * quarter))
  const c3 = Math.max(c2, cut(from + 3 * quarter))
  const [d1, d2, d3] = [c1 - from, c2 - from, c3 - from]
  const together = from + Math.min(c1 - from, c2 - c1, c3 - c2, to - c3)
  let s0 = start
  let s1 = start
  let s2 = start
  let s3 = start
  for (let p = from; p < together; p++) {
    s0 = table[s0 | (bytes[p] as number)] as number
    s1 = table[s1 | (bytes[p + d1] as number)] as number
    s2 = table[s2 | (bytes[p + d2] as number)] as number
    s3 = table[s3 | (bytes[p + d3] as number)] as number
  }
  const rest = (state: number, p: number, end: number) => {
    for (; p < end; p++) state = table[state | (bytes[p] as number)] as number
    return state === start
  }
  return (
    rest(s0, together, c1) && rest(s1, together + d1, c2) && rest(s2, together + d2, c3) && rest(s3, together + d3, to)
  )
}
