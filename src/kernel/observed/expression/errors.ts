import { TidegateError } from '../../errors.ts'
import { columnHint } from '../../nearest.ts'

/** Where in the user's code something happened: `derive` of node `clean`. */
export interface Place {
  readonly verb: string
  readonly node: string | undefined
}

const longest = 240
const alternatives = 'Use a "rollup" for mergeable aggregates, or a "step" or "sql" over the whole table.'

export function where(place: Place): string {
  return place.node === undefined ? '' : `Step "${place.node}": `
}

/** An expression as quoted in messages: in one line, cut when long. */
export function quote(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return `\`${line.length > longest ? `${line.slice(0, longest)}...` : line}\``
}

export function notRowWise(place: Place, what: string, expression?: string, hint = alternatives): TidegateError {
  const quoted = expression === undefined ? '' : ` in ${quote(expression)}`
  return new TidegateError(
    'STEP_NOT_ROW_WISE',
    `${where(place)}${what}${quoted} sees more than one row, so the result would depend on where batches end.`,
    { hint, data: { verb: place.verb, ...(expression === undefined ? {} : { expression }) } },
  )
}

export function unknownColumn(
  place: Place,
  column: string,
  names: readonly string[],
  expression?: string,
  cause?: unknown,
): TidegateError {
  const subject = expression === undefined ? place.verb : `${quote(expression)} of ${place.verb}`
  return new TidegateError(
    'STEP_EXPRESSION',
    `${where(place)}${subject} reads column "${column}", which the table does not have.`,
    {
      hint: columnHint(column, names),
      data: { verb: place.verb, column, ...(expression === undefined ? {} : { expression }) },
      ...(cause === undefined ? {} : { cause }),
    },
  )
}

export interface Fault {
  readonly expression: string
  /** The part of the expression that is at fault. */
  readonly snippet?: string
  readonly why: string
  readonly hint?: string
  readonly cause?: unknown
}

export function badExpression(place: Place, { expression, snippet, why, hint, cause }: Fault): TidegateError {
  const at = snippet === undefined || snippet === expression ? '' : ` at ${quote(snippet)}`
  return new TidegateError(
    'STEP_EXPRESSION',
    `${where(place)}${quote(expression)} of ${place.verb} cannot work${at}: ${why}.`,
    {
      ...(hint === undefined ? {} : { hint }),
      data: { verb: place.verb, expression },
      ...(cause === undefined ? {} : { cause }),
    },
  )
}
