import type { LineageDataset } from '../../plugins/lineage-store.ts'
import type { Json } from '../context.ts'
import { TidegateError } from '../errors.ts'
import { quarantineSchema } from '../gate/quarantine.ts'
import { taggedRepairs } from '../gate/repair-audit.ts'
import { hashJson } from '../hash/hash.ts'
import type { Section } from '../parts/record.ts'
import { outputRows } from '../run/dataset.ts'
import { type ColumnOrigin, columnFacet } from './column-facet.ts'
import { assertionsFacet, schemaFacet, statisticsFacet, tagsFacet, versionFacet } from './facets.ts'
import type { DatasetName, InputFacts, NodeFacts, RunFacts } from './facts.ts'
import { subjectOf } from './names.ts'

type Facets = Readonly<Record<string, Json>>

function inputDataset(facts: RunFacts, input: InputFacts): DatasetName {
  return subjectOf({
    env: facts.env,
    pipeline: input.pipeline ?? facts.pipeline,
    node: input.node,
    output: input.output,
  })
}

/** What the node read, each dataset once; with `versions`, also which state of it. */
export function inputsOf(facts: RunFacts, node: NodeFacts, versions: boolean): LineageDataset[] {
  const found = new Map<string, LineageDataset>()
  if (node.shape === 'source' && node.dataset !== undefined) {
    const version = versions ? listingVersion(node.section) : undefined
    found.set('', {
      ...nameOf(node.dataset),
      ...(version === undefined ? {} : { facets: { version: versionFacet(version) } }),
    })
  }
  for (const input of node.inputs) {
    const dataset = inputDataset(facts, input)
    const read =
      input.pipeline === undefined || input.pipeline === facts.pipeline
        ? facts.nodes.find(({ name }) => name === input.node)
        : undefined
    const snapshot = input.output === 'corrections' ? correctionsVersion(node.section) : read?.section?.snapshot
    const version = versions ? snapshot : undefined
    found.set(JSON.stringify([dataset.namespace, dataset.name]), {
      ...dataset,
      ...(version === undefined ? {} : { facets: { version: versionFacet(version) } }),
    })
  }
  return [...found.values()]
}

/** Names the outputs alone: for events that changed nothing. */
export function outputNames(facts: RunFacts, node: NodeFacts): DatasetName[] {
  const place = { env: facts.env, pipeline: facts.pipeline, node: node.name }
  return [
    subjectOf(place),
    ...(hasQuarantine(facts, node) ? [subjectOf({ ...place, output: 'quarantine' })] : []),
    ...(hasRepairs(facts, node) ? [subjectOf({ ...place, output: 'repairs' })] : []),
    ...(node.shape === 'target' && node.dataset !== undefined ? [nameOf(node.dataset)] : []),
  ]
}

/** The outputs of a committed or published node. */
export function outputsOf(facts: RunFacts, node: NodeFacts, section: Section): LineageDataset[] {
  const { schema, counts, published } = section
  const origins = originsOf(facts, node, section)
  const version = versionFacet(published?.snapshot ?? section.snapshot)
  const checks: Facets =
    section.checks.length === 0 ? {} : { dataQualityAssertions: assertionsFacet(section.checks, schema) }
  const main = {
    facets: { ...describe(schema), version, columnLineage: columnFacet(origins) },
    outputFacets: {
      outputStatistics: statisticsFacet(
        published?.rows ?? counts.rowsOut,
        published?.bytes ?? section.bytes,
        published?.files.length,
      ),
      ...checks,
    },
  }
  const aside = {
    facets: { ...describe(quarantineSchema(schema)), version, columnLineage: columnFacet(origins) },
    outputFacets: { outputStatistics: statisticsFacet(counts.quarantined) },
  }
  const told = taggedRepairs(schema)
  const sources = origins.flatMap((origin) => origin.sources)
  const cells = (['before', 'after'] as const).map((column) => ({ column, how: 'opaque' as const, sources }))
  const mended = {
    facets: { ...describe(told), version, columnLineage: columnFacet(cells) },
    outputFacets: { outputStatistics: statisticsFacet(outputRows(section, 'repairs')) },
  }
  const quarantine = hasQuarantine(facts, node) ? 1 : -1
  const repairs = hasRepairs(facts, node) ? Math.max(quarantine, 0) + 1 : -1
  return outputNames(facts, node).map((name, index) => ({
    ...name,
    ...(index === quarantine ? aside : index === repairs ? mended : main),
  }))
}

/** The outputs of an attempt that its gate withheld: what was checked, but no version, since nothing became current. */
export function withheldOutputs(facts: RunFacts, node: NodeFacts, { schema, checks }: Section): LineageDataset[] {
  const [main, ...others] = outputNames(facts, node) as [DatasetName, ...DatasetName[]]
  return [
    { ...main, facets: describe(schema), outputFacets: { dataQualityAssertions: assertionsFacet(checks, schema) } },
    ...others,
  ]
}

function describe(schema: Section['schema']): Facets {
  const tags = tagsFacet(schema)
  return { schema: schemaFacet(schema), ...(tags === undefined ? {} : { tags }) }
}

/** Rows were set aside, or something reads them. */
function hasQuarantine(facts: RunFacts, node: NodeFacts): boolean {
  if (node.shape === 'target') return false
  return (node.section?.counts.quarantined ?? 0) > 0 || isRead(facts, node, 'quarantine')
}

/** Cells were repaired, or something reads them. */
function hasRepairs(facts: RunFacts, node: NodeFacts): boolean {
  if (node.shape === 'target') return false
  return (node.section !== undefined && outputRows(node.section, 'repairs') > 0) || isRead(facts, node, 'repairs')
}

function isRead(facts: RunFacts, node: NodeFacts, output: string): boolean {
  return facts.nodes.some((reader) =>
    reader.inputs.some((input) => input.node === node.name && input.output === output && input.pipeline === undefined),
  )
}

/** Sources pass on the columns of what they read, targets those of their input; steps say it themselves. */
function originsOf(facts: RunFacts, node: NodeFacts, section: Section): ColumnOrigin[] {
  const passed = (dataset: DatasetName | undefined): ColumnOrigin[] =>
    section.schema.fields.map(({ name }) => ({
      column: name,
      how: 'identity',
      sources: dataset === undefined ? [] : [{ ...nameOf(dataset), field: name }],
    }))
  if (node.shape === 'source') return passed(node.dataset)
  if (node.shape === 'target')
    return passed(node.inputs[0] === undefined ? undefined : inputDataset(facts, node.inputs[0]))
  return section.lineage.map(({ column, sources, how, expression }) => ({
    column,
    how,
    ...(expression === undefined ? {} : { expression }),
    sources: sources.map((source) => {
      const input = node.inputs.find(({ name }) => name === source.input)
      if (input === undefined) {
        throw new TidegateError(
          'LINEAGE_FAILED',
          `Column "${column}" of "${node.name}" is said to come from input "${source.input}", which the node does not have`,
          {
            hint: `Its inputs are ${node.inputs.map(({ name }) => `"${name}"`).join(', ')}; the lineage that the step describes must use these names.`,
            data: { node: node.name, column, input: source.input },
          },
        )
      }
      return { ...inputDataset(facts, input), field: source.column }
    }),
  }))
}

/** The corrections that stand, by the rows they hold. */
function correctionsVersion(section: Section | undefined): string {
  return hashJson(section?.parts.flatMap(({ record, correction }) => (correction ? [record.input.key] : [])) ?? [])
}

/** The state of what a source read: of one part its fingerprint, of several a hash of theirs. */
function listingVersion(section: Section | undefined): string | undefined {
  const listing = section?.listing ?? []
  return listing.length === 1
    ? listing[0]?.fingerprint
    : listing.length === 0
      ? undefined
      : hashJson(listing.map(({ id, fingerprint }) => [id, fingerprint]))
}

function nameOf({ namespace, name }: DatasetName): DatasetName {
  return { namespace, name }
}
