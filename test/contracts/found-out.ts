import type { ContractCase } from 'tidegate/testing'
import { expect } from 'vitest'

/** A broken implementation does not pass the case that is about what is broken. Resolves to the reason it gives. */
export async function foundOut(cases: readonly ContractCase[], name: string): Promise<string> {
  const found = cases.find((one) => one.name === name)
  if (found === undefined) throw new Error(`the contract has no case "${name}"`)
  const reason = await found.run().then(
    () => undefined,
    (error: unknown) => String(error),
  )
  expect(reason, `nobody noticed: ${name}`).toBeDefined()
  return reason as string
}
