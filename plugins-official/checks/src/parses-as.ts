import { isIP, isIPv4, isIPv6 } from 'node:net'
import {
  BytesColumn,
  type Check,
  type CheckOptions,
  columnCheck,
  isValid,
  markCells,
  markRow,
  someAbsent,
  textMarker,
} from 'tidegate'
import { callable, refuse } from './callable.ts'
import { dateReader } from './date-text.ts'
import type { Holds } from './row-types.ts'

const parsers = {
  integer: (text: string) => /^[+-]?\d+$/.test(text),
  number: (text: string) => /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text),
  json: isJson,
  // RFC 9562, section 4.
  uuid: (text: string) => /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i.test(text),
  email: isEmail,
  // WHATWG URL Standard: an absolute URL of any scheme.
  url: (text: string) => URL.canParse(text),
  ip: (text: string) => isIP(text) !== 0,
  ipv4: (text: string) => isIPv4(text),
  ipv6: (text: string) => isIPv6(text),
} as const

/** What a text may be asked to parse as. */
export type TextForm = keyof typeof parsers | 'date'

export interface ParsesAsOptions extends CheckOptions {
  /** Of a date, made of `YYYY MM DD HH mm ss SSS` and other characters that stand for themselves; default `YYYY-MM-DD`. */
  readonly format?: string
}

type ParsesAsFn = <K extends string>(column: K, form: TextForm, options?: ParsesAsOptions) => Check<Holds<K, string>>

/**
 * The whole text, spaces included, reads as an integer, number, date, JSON, UUID, e-mail address, URL or IP address. Numbers are written with a
 * point and without separators; `NaN` and `Infinity` are none. Dates must exist in the calendar. Null passes. Each entry of a dictionary is read
 * once. Throws `CONFIG_INVALID` for an unknown form, and for a format without or with an unfit form.
 */
export const parsesAs = callable(
  { check: 'parsesAs', arguments: ['column', 'form'], options: ['format'] },
  (column: string, form: TextForm, { format, ...options }: ParsesAsOptions) => {
    const name = `parsesAs(${column}, ${form}${format === undefined ? '' : ` ${format}`})`
    if (form !== 'date' && !Object.hasOwn(parsers, form))
      refuse(`${name}: there is no such form.`, `Known: ${[...Object.keys(parsers), 'date'].join(', ')}.`)
    if (format !== undefined && form !== 'date') refuse(`${name}: only dates have a format.`, 'Leave it out.')
    const parses = form === 'date' ? dateReader(format ?? 'YYYY-MM-DD', name) : parsers[form]
    const mark = textMarker(
      (text) => !parses(text),
      (cells, failing) => {
        if (!(cells instanceof BytesColumn)) return markCells(cells, failing, (value) => !parses(String(value)))
        const strings = cells.strings()
        const validity = someAbsent(cells)
        for (let row = 0; row < strings.length; row++)
          if (isValid(validity, row) && !parses(strings[row] as string)) markRow(failing, row)
      },
    )
    return columnCheck({
      name,
      column,
      parameters: { column, form, ...(format === undefined ? {} : { format }) },
      options,
      kinds: ['string'],
      needs: 'text',
      make: () => mark,
    })
  },
) as ParsesAsFn

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** A valid e-mail address of the HTML Standard (section on `input type=email`): labels of up to 63 characters, no comments or quotes. */
function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@')
  const label = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i
  return (
    at > 0 &&
    /^[\w.!#$%&'*+/=?^`{|}~-]+$/.test(text.slice(0, at)) &&
    text
      .slice(at + 1)
      .split('.')
      .every((part) => label.test(part))
  )
}
