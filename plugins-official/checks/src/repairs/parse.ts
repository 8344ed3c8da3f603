import { defineRepair } from 'tidegate'
import { z } from 'zod'
import { refuse } from '../callable.ts'
import { dateParts } from '../date-text.ts'
import { mapTexts } from './map-texts.ts'

type Read = (text: string) => string | undefined

const allowed = { number: ['decimal', 'group'], date: ['format'], boolean: ['true', 'false'] } as const

/**
 * Text that says a number, a date or a boolean in some spelling is written as `parsesAs` and casts read it: `1234.5`, `2024-05-01` (with a time
 * `2024-05-01T13:45:00`), `true`. White space at both ends is ignored. What cannot be read stays as it is, and so fails again. The column stays text:
 * a column keeps its type, and a step behind it may cast. Throws `CONFIG_INVALID` for options of another form.
 */
export const parse = defineRepair({
  name: 'parse',
  options: z.object({
    form: z.enum(['number', 'date', 'boolean']),
    /** Of a date: how it is written now, of `YYYY MM DD HH mm ss SSS` and other characters that stand for themselves. */
    format: z.string().optional(),
    /** Of a number: the decimal mark, and the mark between groups of three digits. Default `.` and none. */
    decimal: z.string().length(1).optional(),
    group: z.string().length(1).optional(),
    /** Of a boolean: the words that mean it, whatever their case. Default true, yes, y, on, 1 and false, no, n, off, 0. */
    true: z.array(z.string()).optional(),
    false: z.array(z.string()).optional(),
  }),
  arguments: ['form'],
  kinds: ['string'],
  needs: 'text',
  column(_, { form, ...options }) {
    const odd = Object.keys(options).find((key) => !(allowed[form] as readonly string[]).includes(key))
    if (odd !== undefined)
      refuse(`parse('${form}'): it has no option "${odd}".`, `Its options are ${allowed[form].join(' and ')}.`)
    const read =
      form === 'number' ? numberReader(options) : form === 'date' ? dateReader(options) : booleanReader(options)
    return mapTexts((text) => read(text.trim()) ?? text)
  },
})

function numberReader({
  decimal = '.',
  group,
}: {
  readonly decimal?: string | undefined
  readonly group?: string | undefined
}): Read {
  if (decimal === group)
    refuse(`parse('number'): "${decimal}" marks both decimals and groups.`, 'Give two different marks.')
  return (text) => {
    const parts = text.split(decimal)
    const [whole = '', fraction] = parts
    if (parts.length > 2) return undefined
    const grouped = group === undefined ? whole : ungrouped(whole, group)
    const plain = grouped + (fraction === undefined ? '' : `.${fraction}`)
    return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(plain) ? plain : undefined
  }
}

/** Without the marks between groups of three digits; as it is where they do not stand so. */
function ungrouped(whole: string, group: string): string {
  const [first = '', ...rest] = whole.split(group)
  const fits = /^[+-]?\d{1,3}$/.test(first) && rest.every((digits) => /^\d{3}$/.test(digits))
  return rest.length > 0 && fits ? first + rest.join('') : whole
}

function dateReader({ format = 'YYYY-MM-DD' }: { readonly format?: string | undefined }): Read {
  const parts = dateParts(format, "parse('date')")
  const pad = (value: number, size: number) => String(value).padStart(size, '0')
  return (text) => {
    const found = parts(text)
    if (found === undefined) return undefined
    const day = `${pad(found.YYYY ?? 0, 4)}-${pad(found.MM ?? 0, 2)}-${pad(found.DD ?? 0, 2)}`
    if (found.HH === undefined && found.mm === undefined && found.ss === undefined) return day
    const milliseconds = found.SSS === undefined ? '' : `.${pad(found.SSS, 3)}`
    return `${day}T${pad(found.HH ?? 0, 2)}:${pad(found.mm ?? 0, 2)}:${pad(found.ss ?? 0, 2)}${milliseconds}`
  }
}

function booleanReader(words: {
  readonly true?: readonly string[] | undefined
  readonly false?: readonly string[] | undefined
}): Read {
  const meaning = new Map<string, string>()
  for (const word of words.false ?? ['false', 'no', 'n', 'off', '0']) meaning.set(word.toLowerCase(), 'false')
  for (const word of words.true ?? ['true', 'yes', 'y', 'on', '1']) {
    if (meaning.has(word.toLowerCase()))
      refuse(`parse('boolean'): "${word}" means both true and false.`, 'Give each word one meaning.')
    meaning.set(word.toLowerCase(), 'true')
  }
  return (text) => meaning.get(text.toLowerCase())
}
