import type { MissedDeadline } from '../../plugins/events.ts'
import type { LineageDataset, LineageEvent } from '../../plugins/lineage-store.ts'
import type { Json } from '../context.ts'
import type { Section } from '../parts/record.ts'
import { inputsOf, outputNames, outputsOf, withheldOutputs } from './datasets.ts'
import { errorFacet, jobTypeFacet, nominalTimeFacet, parentFacet, tidegateFacet } from './facets.ts'
import type { NodeFacts, RunFacts, RunStart } from './facts.ts'
import { eventSchema, jobOf, producer, runUuid } from './names.ts'

type EventType = LineageEvent['eventType']

/** What a run says when it begins: the START of the pipeline. A run that is killed leaves this and nothing else. */
export function startEvents(run: RunStart): LineageEvent[] {
  return [pipelineEvent(run, 'START', run.startedAt, {}, {})]
}

/**
 * What a run says when it has ended: START and COMPLETE, FAIL or ABORT of every node that ran, in the order of `nodes`, then the end of the pipeline.
 * Nodes that are up to date or were skipped did not run and say nothing. The same facts give the same events.
 */
export function finishEvents(facts: RunFacts): LineageEvent[] {
  const status = facts.status ?? statusOf(facts.nodes)
  const type = status === 'failed' ? 'FAIL' : status === 'aborted' ? 'ABORT' : 'COMPLETE'
  const nodes = Object.fromEntries(facts.nodes.map((node) => [node.name, node.status]))
  const own = {
    status,
    ...missedDeadlines(facts.missed),
    ...(facts.entry === undefined ? {} : { entry: facts.entry }),
    nodes,
  }
  const failure: Readonly<Record<string, Json>> =
    facts.error === undefined ? {} : { errorMessage: errorFacet(facts.error) }
  return [
    ...facts.nodes.flatMap((node) => nodeEvents(facts, node)),
    pipelineEvent(facts, type, facts.endedAt, own, failure),
  ]
}

/**
 * What the earlier runs said that made the current state of nodes that are up to date: for a store that was not there then. Times and run ids
 * are those of the earlier runs.
 */
export function pastEvents(facts: RunFacts): LineageEvent[] {
  return facts.nodes.flatMap((node) => {
    if (node.status !== 'up to date' || node.section === undefined) return []
    const { at, duration, runId } = node.section
    const { entry: _, ...run } = facts
    const status = node.shape === 'target' ? 'published' : 'committed'
    return nodeEvents({ ...run, runId }, { ...node, status, startedAt: at - duration, endedAt: at })
  })
}

function statusOf(nodes: readonly NodeFacts[]): NonNullable<RunFacts['status']> {
  if (nodes.some(({ status }) => status === 'failed' || status === 'withheld')) return 'failed'
  return nodes.every(({ status }) => status === 'up to date') ? 'up to date' : 'succeeded'
}

/** A withheld node that was never attempted (one before it was withheld) is an ABORT, an attempt that its gate halted a FAIL. */
function endOf({ status, error }: NodeFacts, section: Section | undefined): EventType | undefined {
  if (status === 'committed' || status === 'published') return 'COMPLETE'
  if (status === 'failed') return 'FAIL'
  if (status === 'withheld') return section === undefined && error === undefined ? 'ABORT' : 'FAIL'
  return undefined
}

function nodeEvents(facts: RunFacts, node: NodeFacts): LineageEvent[] {
  const done = node.status === 'committed' || node.status === 'published'
  // What failed or was withheld may still have the state that an earlier run left: it says nothing about this one.
  const section = done || node.section?.runId === facts.runId ? node.section : undefined
  const end = endOf(node, section)
  if (end === undefined) return []
  const failed = end !== 'COMPLETE'
  const outputs =
    section === undefined
      ? outputNames(facts, node)
      : failed
        ? withheldOutputs(facts, node, section)
        : outputsOf(facts, node, section)
  const own = {
    node: node.name,
    kind: node.kind,
    shape: node.shape,
    status: node.status,
    ...missedDeadlines(node.missed),
    ...(facts.entry === undefined || failed ? {} : { entry: facts.entry }),
    ...(section === undefined
      ? {}
      : { counts: { ...section.counts }, duration: section.duration, bytes: section.bytes, kept: section.kept }),
    ...(section?.listing === undefined ? {} : { parts: section.listing.length }),
  }
  const failure: Readonly<Record<string, Json>> =
    node.error === undefined ? {} : { errorMessage: errorFacet(node.error) }
  return [
    nodeEvent(facts, node, 'START', node.startedAt, {}, inputsOf(facts, node, false), outputNames(facts, node)),
    nodeEvent(
      facts,
      node,
      end,
      node.endedAt,
      { ...failure, ...tidegate(facts, own) },
      inputsOf(facts, node, !failed),
      outputs,
    ),
  ]
}

function nodeEvent(
  facts: RunFacts,
  node: NodeFacts,
  eventType: EventType,
  time: number,
  facets: Readonly<Record<string, Json>>,
  inputs: readonly LineageDataset[],
  outputs: readonly LineageDataset[],
): LineageEvent {
  const parent = parentFacet(runUuid(facts), jobOf(facts.env, facts.pipeline))
  return {
    eventType,
    eventTime: instant(time),
    run: { runId: runUuid(facts, node.name), facets: { parent, ...facets } },
    job: { ...jobOf(facts.env, facts.pipeline, node.name), facets: { jobType: jobTypeFacet(node.kind) } },
    inputs,
    outputs,
    producer,
    schemaURL: eventSchema,
  }
}

function pipelineEvent(
  run: RunStart,
  eventType: EventType,
  time: number,
  own: Readonly<Record<string, Json>>,
  facets: Readonly<Record<string, Json>>,
): LineageEvent {
  return {
    eventType,
    eventTime: instant(time),
    run: { runId: runUuid(run), facets: { ...facets, ...nominal(run), ...tidegate(run, own) } },
    job: { ...jobOf(run.env, run.pipeline), facets: { jobType: jobTypeFacet('PIPELINE') } },
    inputs: [],
    outputs: [],
    producer,
    schemaURL: eventSchema,
  }
}

function tidegate(run: RunStart, own: Readonly<Record<string, Json>>): Readonly<Record<string, Json>> {
  return { tidegate: tidegateFacet({ env: run.env, pipeline: run.pipeline, runId: run.runId, ...own }) }
}

function nominal({ scheduled }: RunStart): Readonly<Record<string, Json>> {
  return scheduled === undefined ? {} : { nominalTime: nominalTimeFacet(instant(scheduled)) }
}

function missedDeadlines(missed: readonly MissedDeadline[] | undefined): Readonly<Record<string, Json>> {
  if (missed === undefined) return {}
  return {
    missedDeadlines: missed.map(({ due, deadline, action, late }) => ({
      due: instant(due),
      deadline,
      action,
      ...(late === undefined ? {} : { late }),
    })),
  }
}

/** Epoch milliseconds as ISO 8601, UTC, with milliseconds. */
function instant(time: number): string {
  return new Date(time).toISOString()
}
