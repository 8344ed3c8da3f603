import type { LineageJob, LineageSubject } from '../../plugins/lineage-answers.ts'
import { nameUuid } from './uuid.ts'

/** Who wrote an event, as OpenLineage wants it: a URI. */
export const producer = 'https://github.com/tidegate/tidegate'
export const eventSchema = 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent'
/** The namespace of our run ids: fixed for ever, since a run keeps its id. */
const ours = '6f2b1d0a-7c3e-5b48-9a41-c0de71de6a7e'

/** A node in an environment; `output` is `main` unless told. */
export interface NodePlace {
  readonly env: string
  readonly pipeline: string
  readonly node: string
  readonly output?: string
  readonly column?: string
}

export function namespaceOf(env: string): string {
  return `tidegate/${env}`
}

/** Names are joined by dots, so that a dot inside one is written `%2E`: no two nodes share a name. */
export function joinNames(...names: readonly string[]): string {
  return names.map((name) => name.replaceAll('%', '%25').replaceAll('.', '%2E')).join('.')
}

/** The job of a node (`flights.clean`), or without one of the whole pipeline (`flights`). */
export function jobOf(env: string, pipeline: string, node?: string): LineageJob {
  return { namespace: namespaceOf(env), name: node === undefined ? joinNames(pipeline) : joinNames(pipeline, node) }
}

/** What a lineage store calls an output of a node, or a column of it: `tidegate/production`, `flights.clean.quarantine`. */
export function subjectOf({ env, pipeline, node, output = 'main', column }: NodePlace): LineageSubject {
  const name = output === 'main' ? joinNames(pipeline, node) : joinNames(pipeline, node, output)
  return { namespace: namespaceOf(env), name, ...(column === undefined ? {} : { column }) }
}

/** The OpenLineage run id of a node's run, or without a node of the pipeline's: always the same one for the same run. */
export function runUuid(
  run: { readonly env: string; readonly pipeline: string; readonly runId: string },
  node?: string,
): string {
  return nameUuid(ours, JSON.stringify([run.env, run.pipeline, run.runId, ...(node === undefined ? [] : [node])]))
}
