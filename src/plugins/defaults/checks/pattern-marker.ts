import { isValid } from '../../../kernel/columns/column.ts'
import { BytesColumn } from '../../../kernel/columns/text.ts'
import type { Bits } from '../../check.ts'
import { markCells, markRow, someAbsent, textMarker } from './mark.ts'
import { type Automaton, automatonOf, elsewhere } from './pattern-automaton.ts'
import type { Marker } from './row-check.ts'

/**
 * Marks the present texts in which a search for `pattern` finds nothing. Searches begin at the beginning of a text: the flag g means nothing, y asks
 * for a match there. Dictionaries are searched once per entry; of bytes, an automaton reads those that are ASCII as they are, if the pattern is
 * regular in the strict sense, and the engine searches the others.
 */
export function patternMarker(pattern: RegExp): Marker {
  const own = new RegExp(pattern.source, pattern.flags.replace('g', ''))
  const isBad = (text: string) => {
    own.lastIndex = 0
    return !own.test(text)
  }
  let automaton: Automaton | undefined | null
  let states = new Int32Array(0)
  return textMarker(isBad, (cells, failing) => {
    if (!(cells instanceof BytesColumn)) return markCells(cells, failing, (value) => isBad(String(value)))
    if (cells.isEncoded && automaton === undefined) automaton = automatonOf(own) ?? null
    if (states.length < cells.length) states = new Int32Array(cells.length)
    if (cells.isEncoded && automaton) markBytes(cells, automaton, states, isBad, failing)
    else markStrings(cells, isBad, failing)
  })
}

function markStrings(cells: BytesColumn, isBad: (text: string) => boolean, failing: Bits): void {
  const strings = cells.strings()
  const validity = someAbsent(cells)
  for (let row = 0; row < strings.length; row++)
    if (isValid(validity, row) && isBad(strings[row] as string)) markRow(failing, row)
}

function markBytes(
  { bytes, offsets, length, validity }: BytesColumn,
  automaton: Automaton,
  states: Int32Array,
  isBad: (text: string) => boolean,
  failing: Bits,
): void {
  const { accepts, acceptsEmpty } = automaton
  read(automaton, bytes, offsets, states, length)
  for (let row = 0; row < length; row++) {
    const state = states[row] as number
    const from = offsets[row] as number
    const end = offsets[row + 1] as number
    if (from < end ? accepts[state >> 8] === 1 : acceptsEmpty) continue
    if (!isValid(validity, row)) continue
    if (state !== elsewhere || isBad(decoder.decode(bytes.subarray(from, end)))) markRow(failing, row)
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * The state in which each text leaves the automaton. Four texts at once, four bytes each, as far as the shortest goes: a step waits for the one
 * before it, but not for those of other texts.
 */
function read(
  { table, start }: Automaton,
  bytes: Uint8Array,
  offsets: Int32Array,
  states: Int32Array,
  n: number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const whole = n & ~3
  for (let row = 0; row < whole; row += 4) {
    let a = offsets[row] as number
    let b = offsets[row + 1] as number
    let c = offsets[row + 2] as number
    let d = offsets[row + 3] as number
    const [aEnd, bEnd, cEnd] = [b, c, d]
    const dEnd = offsets[row + 4] as number
    const stop = a + (Math.min(aEnd - a, bEnd - b, cEnd - c, dEnd - d) & ~3)
    let w = start
    let x = start
    let y = start
    let z = start
    for (; a < stop; a += 4, b += 4, c += 4, d += 4) {
      const aWord = view.getInt32(a, true)
      const bWord = view.getInt32(b, true)
      const cWord = view.getInt32(c, true)
      const dWord = view.getInt32(d, true)
      w = table[w + (aWord & 0xff)] as number
      x = table[x + (bWord & 0xff)] as number
      y = table[y + (cWord & 0xff)] as number
      z = table[z + (dWord & 0xff)] as number
      w = table[w + ((aWord >>> 8) & 0xff)] as number
      x = table[x + ((bWord >>> 8) & 0xff)] as number
      y = table[y + ((cWord >>> 8) & 0xff)] as number
      z = table[z + ((dWord >>> 8) & 0xff)] as number
      w = table[w + ((aWord >>> 16) & 0xff)] as number
      x = table[x + ((bWord >>> 16) & 0xff)] as number
      y = table[y + ((cWord >>> 16) & 0xff)] as number
      z = table[z + ((dWord >>> 16) & 0xff)] as number
      w = table[w + (aWord >>> 24)] as number
      x = table[x + (bWord >>> 24)] as number
      y = table[y + (cWord >>> 24)] as number
      z = table[z + (dWord >>> 24)] as number
    }
    while (a < aEnd) w = table[w + (bytes[a++] as number)] as number
    while (b < bEnd) x = table[x + (bytes[b++] as number)] as number
    while (c < cEnd) y = table[y + (bytes[c++] as number)] as number
    while (d < dEnd) z = table[z + (bytes[d++] as number)] as number
    states[row] = w
    states[row + 1] = x
    states[row + 2] = y
    states[row + 3] = z
  }
  for (let row = whole; row < n; row++) {
    let state = start
    const end = offsets[row + 1] as number
    for (let at = offsets[row] as number; at < end; at++) state = table[state + (bytes[at] as number)] as number
    states[row] = state
  }
}
