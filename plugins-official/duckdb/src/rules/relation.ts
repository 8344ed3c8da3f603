import type { Field } from 'tidegate'

/** Rows that DuckDB can read where they lie, as often as a statement needs them, in one order. */
export interface RuleRelation {
  /** What stands behind `FROM`, with the columns `c0`, `c1`, ... and `n`, the number of a row from 0 on. */
  readonly from: string
  /** As rules know them in process: of column `c<i>` the name and type as a step would see it. */
  readonly fields: readonly Field[]
  /** For each field whether its cells are to DuckDB what they are in process, so that it may look into them; otherwise why not. */
  readonly foreign: readonly (string | undefined)[]
}

/** Why a rule is not pushed down, thrown while it is translated. */
export class Untranslated {
  readonly why: string
  constructor(why: string) {
    this.why = why
  }
}

export function refuse(why: string): never {
  throw new Untranslated(why)
}

export interface RuleColumn {
  readonly sql: string
  readonly field: Field
}

/** A column by name, whatever it holds. */
export function anyColumn({ fields }: RuleRelation, name: string): RuleColumn {
  const at = fields.findIndex((field) => field.name === name)
  const field = fields[at]
  return field === undefined ? refuse(`there is no column ${name}`) : { sql: `c${at}`, field }
}

/** A column whose cells DuckDB may look into. */
export function column(relation: RuleRelation, name: string): RuleColumn {
  const found = anyColumn(relation, name)
  const why = relation.foreign[relation.fields.indexOf(found.field)]
  return why === undefined ? found : refuse(`${name} is ${why}`)
}
