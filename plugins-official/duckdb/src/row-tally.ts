import type { Connection, Native } from './native.ts'

/** What has passed through the function `name(hash)` of a statement: how many rows, and the sum of their hashes modulo 2^64. */
export interface RowTally {
  readonly rows: number
  readonly sum: bigint
  /** Begins anew. */
  reset(): void
}

/** The largest vector DuckDB works on. */
const vectorRows = 2048

/**
 * Registers `name(UBIGINT) -> BOOLEAN` on a connection: always true, and it adds up what it is given. In `WHERE name(hash(...))` of a `COPY` it makes
 * count and content hash in the pass that writes. The sum does not depend on the order of rows, which threads may see in any order.
 */
export function registerTally({ api, bindings }: Native, connection: Connection, name: string): RowTally {
  const yes = new Uint8Array(vectorRows).fill(1)
  let rows = 0
  let sum = 0n
  const tally = api.DuckDBScalarFunction.create({
    name,
    parameterTypes: [api.UBIGINT],
    returnType: api.BOOLEAN,
    volatile: true,
    mainFunction: () => {},
  })
  // Under the wrapper: its objects for each vector cost as much as adding it up.
  bindings.scalar_function_set_function(handleOf(tally), (_info, input, output) => {
    const given = bindings.data_chunk_get_size(input)
    const bytes = bindings.vector_get_data(bindings.data_chunk_get_vector(input, 0), given * 8)
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, given * 2)
    let low = 0
    let high = 0
    for (let i = 0; i < words.length; i += 2) {
      low += words[i] as number
      high += words[i + 1] as number
    }
    rows += given
    sum = BigInt.asUintN(64, sum + BigInt(low) + (BigInt(high) << 32n))
    bindings.copy_data_to_vector(output, 0, yes.buffer, 0, given)
  })
  connection.registerScalarFunction(tally)
  return {
    get rows() {
      return rows
    },
    get sum() {
      return sum
    },
    reset() {
      rows = 0
      sum = 0n
    },
  }
}

type Handle = Parameters<Native['bindings']['scalar_function_set_function']>[0]

/** The handle under the wrapper, which the typings keep to themselves. */
function handleOf(scalarFunction: unknown): Handle {
  return (scalarFunction as { readonly scalar_function: Handle }).scalar_function
}
