import type { Comparison, Expression } from './expression.ts'

/**
 * The condition language of Great Expectations: `col("x").notnull()` or `col("x") <operator> <number | text | date("...")>`. As in the engines that
 * it is made for, a comparison with an absent cell is not met, `!=` included.
 */
export function parseGreatExpectations(source: string): Expression {
  const found = /^\s*col\("([^"]+)"\)\s*(.*?)\s*$/s.exec(source)
  if (found === null) throw new Error(`${JSON.stringify(source)} does not begin with col("...")`)
  const column: Expression = { op: 'column', name: found[1] as string }
  const rest = found[2] as string
  if (/^\.notnull\(\)$/i.test(rest)) return { op: 'notnull', of: [column] }
  const compared = /^(==|!=|<=|>=|<|>)\s*(.*)$/s.exec(rest)
  if (compared === null) throw new Error(`${JSON.stringify(rest)} is neither .notnull() nor a comparison`)
  const [, op, right = ''] = compared
  const comparison: Expression = { op: op as Comparison, of: [column, { op: 'value', value: literalOf(right) }] }
  return { op: 'and', of: [{ op: 'notnull', of: [column] }, comparison] }
}

function literalOf(text: string): number | string {
  if (/^[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?$/.test(text)) return Number(text)
  const quoted = /^(?:date\(\s*)?(?:"([^"']*)"|'([^"']*)')(\s*\))?$/.exec(text)
  if (quoted === null || text.startsWith('date') !== (quoted[3] !== undefined))
    throw new Error(`${JSON.stringify(text)} is no number, no text and no date("...")`)
  return quoted[1] ?? quoted[2] ?? ''
}
