import type { Section } from '../parts/record.ts'
import type { NodeState } from '../run/node-state.ts'
import type { Field, TableSchema } from '../types.ts'

type States = ReadonlyMap<string, NodeState>

/** The schema of a node's section with the tags that its columns inherit: a column made from a tagged one is tagged as well. */
export function taggedSchema(states: States, section: Section): TableSchema {
  const memo = new Map<string, ReadonlySet<string>>()
  return { fields: section.schema.fields.map((field) => withTags(field, tagsOf(states, section, field.name, memo))) }
}

/** Of rows in quarantine; the raw text of what could not be parsed may hold the value of any column, and is tagged like all of them. */
export function taggedQuarantine(quarantine: TableSchema, own: TableSchema): TableSchema {
  const fields = new Map(own.fields.map((field) => [field.name, field]))
  const all = new Set(own.fields.flatMap((field) => field.meta?.tags ?? []))
  return {
    fields: quarantine.fields.map((field) =>
      withTags(field, field.name === '_raw' ? all : new Set(fields.get(field.name)?.meta?.tags ?? [])),
    ),
  }
}

function tagsOf(
  states: States,
  section: Section,
  column: string,
  memo: Map<string, ReadonlySet<string>>,
): ReadonlySet<string> {
  const key = JSON.stringify([section.node, column])
  const known = memo.get(key)
  if (known !== undefined) return known
  const tags = new Set(section.schema.fields.find((field) => field.name === column)?.meta?.tags ?? [])
  memo.set(key, tags)
  const inputs = states.get(section.node)?.node.inputs ?? []
  for (const source of section.lineage.find((one) => one.column === column)?.sources ?? []) {
    const from = inputs.find((edge) => edge.name === source.input)?.from
    const parent = from === undefined ? undefined : sectionOf(states, from)
    if (parent !== undefined) for (const tag of tagsOf(states, parent, source.column, memo)) tags.add(tag)
  }
  return tags
}

function sectionOf(states: States, node: string): Section | undefined {
  const state = states.get(node)
  return state?.section ?? state?.attempt
}

function withTags(field: Field, tags: ReadonlySet<string>): Field {
  return tags.size === 0 ? field : { ...field, meta: { ...field.meta, tags: [...tags] } }
}
