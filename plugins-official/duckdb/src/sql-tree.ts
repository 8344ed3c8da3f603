import type { Duck } from './duck.ts'
import { quoteText } from './quote.ts'

/** A node of DuckDB's own parse tree: plain JSON with a `type`. */
export type Tree = Readonly<Record<string, unknown>>

/** The parse tree of one SELECT; undefined for what DuckDB cannot write as a tree (the statement may still be right). */
export async function parseSelect(duck: Duck, query: string): Promise<Tree | undefined> {
  const [row] = await duck.rows(`SELECT json_serialize_sql(${quoteText(query)}) AS tree`)
  const parsed = JSON.parse(String(row?.['tree'])) as {
    readonly error: boolean
    readonly statements?: readonly { readonly node: Tree }[]
  }
  return parsed.error || parsed.statements?.length !== 1 ? undefined : parsed.statements[0]?.node
}

/** Every object of the tree, parents first. */
export function* walk(value: unknown): Generator<Tree> {
  if (Array.isArray(value)) {
    for (const item of value) yield* walk(item)
  } else if (typeof value === 'object' && value !== null) {
    yield value as Tree
    for (const child of Object.values(value)) yield* walk(child)
  }
}

export function columnNames(tree: Tree): readonly string[] {
  return (tree['column_names'] as readonly string[] | undefined) ?? []
}

export function isOf(tree: Tree, ...kinds: readonly string[]): boolean {
  return kinds.includes(String(tree['type']))
}

/** DuckDB compares names without case. */
export function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
