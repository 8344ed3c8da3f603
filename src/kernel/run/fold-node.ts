import type { FoldStep } from '../../plugins/step-kind.ts'
import { bucketInput, bucketName, chooseBuckets, countGroups, foldPartials } from '../fold/fold.ts'
import type { GatePlan } from '../gate/gate-plan.ts'
import { hashJson } from '../hash/hash.ts'
import { recipeOf } from '../parts/recipe.ts'
import type { PartRecord } from '../parts/record.ts'
import { createMetaGiver } from '../schema/meta.ts'
import type { TableSchema } from '../types.ts'
import { stillAnswered, withAnswers } from './answers.ts'
import type { Engine } from './engine.ts'
import type { NodeState } from './node-state.ts'
import { createRecordWriter } from './record-writer.ts'
import type { AskVerdict } from './resolve.ts'

export interface FoldedNode {
  readonly fold: FoldStep
  readonly records: readonly PartRecord[]
  readonly buckets: number
  readonly keys: readonly string[]
  readonly schema: TableSchema
}

/** Buckets whose slices of all partials are as before keep their records; the others are merged again, in one pass over the partials. */
export async function foldNode(
  engine: Engine,
  state: NodeState,
  partials: readonly PartRecord[],
  input: TableSchema | undefined,
  ask: AskVerdict,
  signal: AbortSignal,
): Promise<FoldedNode> {
  const { node } = state
  const fold = (await engine.step(node.name)) as FoldStep
  const keys = Object.keys(fold.by)
  const buckets =
    keys.length === 0 ? 1 : (state.previous?.buckets ?? fold.buckets ?? chooseBuckets(countGroups(partials)))
  const base = hashJson([state.base, 'buckets', buckets])
  const before = new Map(
    [state.previous, state.attempt].flatMap((section) =>
      (section?.parts ?? []).map((part) => [part.record.recipe, part.record] as const),
    ),
  )
  const inputs = new Map<number, { readonly part: string; readonly key: string }>()
  const found = new Map<number, PartRecord>()
  for (let bucket = 0; bucket < buckets; bucket++) {
    const part = bucketName(bucket, buckets)
    const key = bucketInput(partials, bucket, buckets)
    inputs.set(bucket, { part, key })
    const recipe = recipeOf(base, part, key)
    const record = state.full ? undefined : (before.get(recipe) ?? (await engine.store.getRecord(recipe)))
    if (record !== undefined && (await stillAnswered(record, ask, node.name))) found.set(bucket, record)
  }
  const wanted = new Set([...inputs.keys()].filter((bucket) => !found.has(bucket)))
  const empty = input ?? { fields: [] }
  const folded =
    wanted.size === 0
      ? undefined
      : await foldPartials({ node: node.name, fold, partials, empty, buckets, wanted, store: engine.store, signal })
  const giveMeta = createMetaGiver(state.schema)
  for (const [bucket, batch] of folded?.buckets ?? []) {
    const { part, key } = inputs.get(bucket) as { part: string; key: string }
    found.set(
      bucket,
      await withAnswers(ask, async (answers) => {
        const name = hashJson([base, part, key, engine.settings.runId])
        const writer = createRecordWriter({
          store: engine.store,
          pipeline: engine.graph.pipeline,
          node: node.name,
          part,
          plan: engine.gates.get(node.name) as GatePlan,
          base,
          keep: true,
          name,
          answers: (check) => answers.get(check),
          runId: engine.settings.runId,
        })
        await writer.accept(giveMeta(batch))
        return writer.finish(batch.schema, {}, { key })
      }),
    )
    state.made.add(part)
  }
  const records = [...found].sort(([a], [b]) => a - b).map(([, record]) => record)
  return { fold, records, buckets, keys, schema: folded?.schema ?? state.schema ?? { fields: [] } }
}
