import type { ContractCase } from 'tidegate/testing'

/** The cases that an implementation does not pass: what a broken one is tested with. */
export async function failuresOf(cases: readonly ContractCase[]): Promise<readonly string[]> {
  const failed: string[] = []
  for (const { name, run } of cases) {
    try {
      await run()
    } catch {
      failed.push(name)
    }
  }
  return failed
}
