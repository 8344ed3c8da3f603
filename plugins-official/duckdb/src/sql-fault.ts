import { isTidegateError, TidegateError } from 'tidegate'
import type { Tree } from './sql-tree.ts'
import { walk } from './sql-tree.ts'

/** A query that cannot work: what DuckDB says, with the user's own lines and a mark under the place. */
export function expressionFault(error: unknown, node: string, query: string): unknown {
  if (!isTidegateError(error) || (error.code !== 'ENGINE_FAILED' && error.code !== 'TYPE_UNSUPPORTED')) return error
  const said = String(error.data['said'] ?? error.message)
  const [what = said, ...more] = said
    .split('\n')
    .filter((line) => !/^\s*(Candidate functions:|[\w+*/%|&^<>=!~-]+\(.*->)/.test(line))
  const native = error.cause instanceof Error ? error.cause.message : ''
  const at = /\n(LINE \d+:[\s\S]*)$/.exec(native)?.[1]
  return new TidegateError('STEP_EXPRESSION', `The query of "${node}" cannot work: ${what}\n${at ?? indented(query)}`, {
    hint:
      [...more, error.hint].filter((line) => line !== undefined && line.trim() !== '').join(' ') ||
      'Correct the query; its tables are the names in `from`.',
    data: { node, query },
    cause: error.cause ?? error,
  })
}

const clocks = new Set([
  'random',
  'uuid',
  'uuidv4',
  'uuidv7',
  'gen_random_uuid',
  'now',
  'get_current_timestamp',
  'transaction_timestamp',
  'current_date',
  'today',
  'get_current_time',
  'current_time',
  'current_timestamp',
  'current_localtime',
  'current_localtimestamp',
  'localtime',
  'localtimestamp',
  'nextval',
  'currval',
])

/** Time and chance come from the run, so a query may not ask the machine for them. */
export function assertRepeatable(
  tree: Tree | undefined,
  node: string,
  query: string,
  known: (column: string) => boolean,
): void {
  for (const part of walk(tree)) {
    const names = (part['column_names'] as readonly string[] | undefined) ?? []
    const asked =
      part['type'] === 'FUNCTION'
        ? String(part['function_name'])
        : names.length === 1 && !known(names[0] as string)
          ? (names[0] as string)
          : ''
    if (!clocks.has(asked.toLowerCase())) continue
    throw new TidegateError(
      'STEP_EXPRESSION',
      `The query of "${node}" calls ${asked}, which gives another result in each run:\n${indented(query)}`,
      {
        hint: 'Let a step before make the value from its context (`now`, `random`) and join it, so that a run can be repeated.',
        data: { node, query, function: asked },
      },
    )
  }
}

function indented(query: string): string {
  return query
    .trim()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')
}
