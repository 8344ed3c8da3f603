import type { Batch } from '../columns/batch.ts'
import type { Handle, OutputHandle, RunFn } from '../define/run-types.ts'
import { TidegateError } from '../errors.ts'
import { createKernel } from '../kernel.ts'
import { isNode, type OutputName, specOf } from '../node.ts'
import { observe } from '../observed/observe.ts'
import { compareSchemas } from '../schema/compare.ts'
import { concatBatches } from '../schema/concat.ts'
import { declaredSchema } from '../schema/declared.ts'
import { emptyBatch } from '../schema/empty.ts'
import type { TableSchema } from '../types.ts'
import { outputRows, outputSchema } from './dataset.ts'
import { readNode } from './read-node.ts'
import { type RunOutcome, type RunRequest, runPipeline } from './run-pipeline.ts'

/** See `RunFn`. */
export const run: RunFn = async (config, pipeline, options = {}) => {
  const { env, replace, into, ...rest } = options as RunRequest & { readonly env?: string }
  if (replace !== undefined && replace.length > 0) checkReplacements(replace, into, env)
  const kernel = await createKernel(config, { folder: process.cwd(), env, pipelines: [pipeline] })
  try {
    const outcome = await runPipeline(kernel, pipeline, {
      ...rest,
      ...(replace === undefined ? {} : { replace }),
      ...(into === undefined ? {} : { into }),
    })
    throwErrors(outcome)
    return handlesOf(outcome) as never
  } finally {
    await kernel.dispose()
  }
}

/** A stand-in never reaches the real environment, and its columns must fit. */
function checkReplacements(
  replace: NonNullable<RunRequest['replace']>,
  into: string | undefined,
  env: string | undefined,
): void {
  if (into === undefined || into === (env ?? process.env['TIDEGATE_ENV'] ?? 'development')) {
    throw new TidegateError(
      'CONFIG_INVALID',
      '`replace` needs `into`: the name of another environment for the results',
      { hint: "Write run(config, 'flights', { replace: [[flights, sample]], into: 'scratch' })." },
    )
  }
  for (const [node, other] of replace) {
    if (!isNode(node) || !isNode(other))
      throw new TidegateError('CONFIG_INVALID', '`replace` takes pairs of nodes: [node, stand-in]')
    const [wanted, given] = [specOf(node).schema, specOf(other).schema].map((schema) => declaredSchema(schema))
    if (wanted === undefined || given === undefined) continue
    const { level, changes } = compareSchemas(given, wanted)
    if (level !== 'incompatible') continue
    throw new TidegateError(
      'SCHEMA_MISMATCH',
      `The stand-in does not fit: ${changes.map((change) => change.text).join(' ')}`,
      { hint: 'Give it the columns of the node it stands in for.' },
    )
  }
}

/** One fault is thrown as it is; several as `RUN_FAILED` that lists them. */
export function throwErrors(outcome: RunOutcome): void {
  const [first, ...more] = outcome.errors
  if (first === undefined) return
  if (more.length === 0) throw first
  throw new TidegateError(
    'RUN_FAILED',
    `${outcome.errors.length} nodes of "${outcome.pipeline}" failed or were withheld:\n${outcome.errors.map((error) => `- ${error.message}`).join('\n')}`,
    {
      hint: 'The others are committed. Mend these and run again: finished work is adopted.',
      data: { errors: outcome.errors.map(({ code, message }) => ({ code, message })) },
      cause: first,
    },
  )
}

function handlesOf(outcome: RunOutcome): Readonly<Record<string, Handle>> {
  const { states, engine } = outcome
  const names = [
    ...[...states.keys()].map((name) => ({ name, node: name, output: 'main' as const })),
    ...[...engine.graph.aliases].map(([name, alias]) => ({ name, ...alias })),
  ]
  return Object.fromEntries(names.map(({ name, node, output }) => [name, handleOf(outcome, node, output)]))
}

function handleOf(outcome: RunOutcome, name: string, output: OutputName): Handle {
  const state = outcome.states.get(name)
  const main = outputHandle(outcome, name, output)
  return Object.freeze(
    Object.defineProperties(main, {
      status: { value: state?.status ?? 'skipped', enumerable: true },
      quarantine: { value: Object.freeze(outputHandle(outcome, name, 'quarantine')), enumerable: true },
      repairs: { value: Object.freeze(outputHandle(outcome, name, 'repairs')), enumerable: true },
      files: { value: Object.freeze(outputHandle(outcome, name, 'files')), enumerable: true },
    }),
  ) as Handle
}

function outputHandle(outcome: RunOutcome, name: string, output: OutputName): OutputHandle {
  const { engine, states } = outcome
  const section = states.get(name)?.section
  const own: TableSchema = section?.schema ?? { fields: [] }
  const schema = outputSchema(own, output)
  const signal = new AbortController().signal
  const read = () => readNode(engine, states, name, output, signal)
  let whole: Promise<unknown> | undefined
  const handle = {
    schema,
    rows: section === undefined ? 0 : outputRows(section, output),
    table() {
      if (whole !== undefined) return whole
      const reading = collect(read, schema)
      whole = reading
      // A table that could not be read may be asked for again.
      reading.catch(() => {
        whole = undefined
      })
      return reading
    },
    async *batches() {
      for await (const batch of read()) yield observe(batch, { input: '', rowWise: false })
    },
  }
  // What is read follows the schema the node was typed with; the types are in `RunFn`.
  return handle as unknown as OutputHandle
}

async function collect(read: () => AsyncIterable<Batch>, schema: TableSchema): Promise<unknown> {
  const batches = []
  for await (const batch of read()) batches.push(batch)
  return observe(batches.length === 0 ? emptyBatch(schema) : concatBatches(schema, batches), {
    input: '',
    rowWise: false,
  })
}
