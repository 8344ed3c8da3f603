import type { Batch, TableSchema } from 'tidegate'
import type { Given } from '../suite/given.ts'
import { isRecord } from '../suite/suite.ts'
import { columnsOf, type Expression, open } from './expression.ts'
import { parseGreatExpectations } from './great-expectations.ts'
import { parsePandas } from './pandas.ts'

/** Which rows an expectation speaks of. */
export interface Condition {
  readonly columns: readonly string[]
  open(schema: TableSchema, check: string): (batch: Batch, row: number) => boolean
}

/** Reads `row_condition` and `condition_parser`; what cannot be followed is refused. */
export function readCondition(given: Given): Condition | undefined {
  const source = given.value('row_condition')
  const parser = given.value('condition_parser')
  if (source === undefined || source === '') return undefined
  let expression: Expression
  try {
    expression = typeof source === 'string' ? parsed(source, parser) : fromObject(source)
  } catch (error) {
    given.refuse(`row_condition: ${(error as Error).message}`)
    return undefined
  }
  return {
    columns: [...new Set(columnsOf(expression))],
    open(schema, check) {
      const read = open(expression, schema, check)
      return (batch, row) => read(batch, row) === true
    },
  }
}

function parsed(source: string, parser: unknown): Expression {
  if (parser === 'pandas' || parser === 'python') return parsePandas(source, parser)
  if (parser === 'great_expectations' || parser === 'great_expectations__experimental__')
    return parseGreatExpectations(source)
  if (parser === undefined) throw new Error('needs condition_parser, pandas, python or great_expectations')
  throw new Error(`the condition_parser ${JSON.stringify(parser)} belongs to another engine`)
}

const operators: Readonly<Record<string, string>> = { IN: 'in', NOT_IN: 'not in' }

/** The objects of 1.x: `{ type: 'comparison', column: { name }, operator, parameter }`, `nullity`, `and`, `or`, `pass_through`. */
function fromObject(given: unknown): Expression {
  if (!isRecord(given)) throw new Error(`${JSON.stringify(given)} is no condition`)
  const { type, column, conditions, operator, parameter } = given
  const name = isRecord(column) ? column['name'] : column
  if (type === 'pass_through') return parsePandas(String(given['pass_through_filter']), 'pandas')
  if ((type === 'and' || type === 'or') && Array.isArray(conditions))
    return { op: type, of: conditions.map(fromObject) }
  if (typeof name !== 'string') throw new Error(`${JSON.stringify(given)} names no column`)
  const of: Expression = { op: 'column', name }
  if (type === 'nullity') return { op: given['is_null'] === true ? 'isnull' : 'notnull', of: [of] }
  if (type !== 'comparison' || typeof operator !== 'string') throw new Error(`${JSON.stringify(given)} is no condition`)
  const word = operators[operator] ?? operator
  if (!['==', '!=', '<', '<=', '>', '>=', 'in', 'not in'].includes(word)) throw new Error(`the operator ${operator}`)
  const items = Array.isArray(parameter) ? parameter : [parameter]
  const right: Expression = Array.isArray(parameter) ? { op: 'list', of: items.map(constant) } : constant(parameter)
  return { op: word, of: [of, right] } as Expression
}

function constant(value: unknown): Expression {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return { op: 'value', value }
  throw new Error(`the parameter ${JSON.stringify(value)}`)
}
