import { type Batch, sliceBatch } from '../columns/batch.ts'
import { TidegateError } from '../errors.ts'
import { createContentHash } from '../hash/content-hash.ts'
import { createSchemaSettler } from '../schema-settler.ts'

/** Runs a row-wise step on a batch and on its two halves: the results must be equal, or the step sees more than one row. */
export async function compareBatchSizes(
  node: string,
  batch: Batch,
  run: (batch: Batch) => Promise<Batch>,
): Promise<Batch> {
  const whole = await run(batch)
  if (batch.length < 2) return whole
  const middle = batch.length >> 1
  const halves = [await run(sliceBatch(batch, 0, middle)), await run(sliceBatch(batch, middle, batch.length))]
  if (digest(node, [whole]) === digest(node, halves)) return whole
  const rows = halves.reduce((sum, half) => sum + half.length, 0)
  throw new TidegateError(
    'STEP_BATCH_DEPENDENT',
    `Step "${node}" gives ${whole.length} rows for a batch of ${batch.length} but ${rows === whole.length ? 'other values' : `${rows} rows`} for its two halves`,
    {
      hint: 'A step of kind "each" must treat every row by itself; use rollup, step or sql for what looks across rows.',
      data: { node },
    },
  )
}

function digest(node: string, batches: readonly Batch[]): string {
  const settler = createSchemaSettler(node)
  const hash = createContentHash()
  const ready = [...batches.flatMap((batch) => settler.add(batch)), ...settler.finish()]
  for (const batch of ready) hash.add(batch)
  return hash.digest()
}
