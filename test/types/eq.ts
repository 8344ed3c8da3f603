/** True only for types that are the same, `any` and optional members included. */
export type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** `same<Eq<A, B>>()` compiles only where A and B are the same. */
export function same<Same extends true>(holds: Same | true = true): boolean {
  return holds
}
