import { TidegateError } from '../errors.ts'
import type { NodeAddress } from '../inspect/find-node.ts'
import { reasonsOf } from '../inspect/reasons.ts'
import type { Kernel } from '../kernel.ts'
import { changeSection } from './change-section.ts'
import { type Life, putLives, readLives } from './lives.ts'

export interface DismissRequest {
  /** Why they may stay out: kept with the rows. */
  readonly why: string
  /** These rows; otherwise all open ones, or those that `reason` names. */
  readonly keys?: readonly string[] | undefined
  /** Rows that a check of this name rejected, or in whose reasons this text stands. */
  readonly reason?: string | undefined
  readonly by?: string | undefined
  readonly signal?: AbortSignal
}

export interface Dismissed {
  readonly runId: string
  readonly entry: number | undefined
  readonly dismissed: number
}

/**
 * Records that open rows may stay out of the node's output: they no longer count as open, also where they go and come back. A correction that is applied
 * later opens the matter again. Nothing is run, and no data changes.
 * @throws `CORRECTION_INVALID` without a reason, and for keys that no rejected row has.
 */
export async function dismissRows(kernel: Kernel, address: NodeAddress, request: DismissRequest): Promise<Dismissed> {
  const { node } = address
  if (request.why.trim() === '')
    throw new TidegateError('CORRECTION_INVALID', `Rows of "${node}" are dismissed without a reason`, {
      hint: 'Say why they may stay out.',
      data: { node },
    })
  const { result, runId, entry } = await changeSection(
    kernel,
    address,
    async ({ engine, section, now }) => {
      const lives = await readLives(engine.store, section.quarantine)
      const strange = request.keys?.find((key) => !lives.has(key))
      if (strange !== undefined)
        throw new TidegateError(
          'CORRECTION_INVALID',
          `No row in the quarantine of "${node}" has the key "${strange}"`,
          {
            hint: `See the keys: tidegate quarantine show ${node} --json.`,
            data: { node, key: strange },
          },
        )
      const keys = request.keys === undefined ? undefined : new Set(request.keys)
      const names = section.checks.map(({ name }) => name)
      const chosen = [...lives].filter(
        ([key, life]) => life.status === 'open' && (keys?.has(key) ?? true) && hasReason(life, request.reason, names),
      )
      if (chosen.length === 0) return { section: undefined, result: 0 }
      const marked = new Map(lives)
      for (const [key, life] of chosen)
        marked.set(key, { ...life, status: 'dismissed', changed: now, why: request.why, by: request.by })
      return { section: { ...section, quarantine: await putLives(engine.store, marked) }, result: chosen.length }
    },
    request.signal,
  )
  return { runId, entry, dismissed: result }
}

function hasReason({ reasons }: Life, reason: string | undefined, checks: readonly string[]): boolean {
  return reason === undefined || reasons.includes(reason) || reasonsOf(reasons, checks).includes(reason)
}
