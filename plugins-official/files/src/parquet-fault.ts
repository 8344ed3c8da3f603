import { open } from 'node:fs/promises'
import { isTidegateError, TidegateError } from 'tidegate'

/** Errors of DuckDB about one file in the words of its owner; everything else passes. */
export async function parquetFault(error: unknown, file: string, shown: string): Promise<unknown> {
  if (!isTidegateError(error) || error.code !== 'ENGINE_FAILED') return withPart(error, shown)
  const said = String(error.data['said'] ?? error.message)
  if (/out of memory/i.test(said)) return error
  if (/permission denied/i.test(said)) {
    return new TidegateError('SOURCE_UNREADABLE', `"${shown}" cannot be read: no permission`, {
      hint: 'Give the user that runs the pipeline the right to read it.',
      data: { path: shown },
      cause: error,
    })
  }
  const { reason, hint } = await diagnose(file, said)
  return new TidegateError('SOURCE_CORRUPT', `"${shown}" ${reason}`, {
    hint,
    data: { path: shown, said },
    cause: error,
  })
}

/** A value that does not fit is found faster when its file is named. */
function withPart(error: unknown, shown: string): unknown {
  if (!isTidegateError(error) || error.code !== 'TYPE_PRECISION') return error
  return new TidegateError('TYPE_PRECISION', `"${shown}", ${error.message}`, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    data: { ...error.data, part: shown },
    cause: error.cause,
  })
}

async function diagnose(file: string, said: string): Promise<{ readonly reason: string; readonly hint: string }> {
  const { size, head, tail } = await ends(file)
  const again = 'Write the file again; a file should be written beside and renamed into place when it is complete.'
  if (size === 0) return { reason: 'is empty (0 bytes), which is no Parquet file', hint: again }
  if (head === 'PARE' || tail === 'PARE' || /encrypt/i.test(said))
    return { reason: 'is an encrypted Parquet file', hint: 'Decrypt it first: Tidegate reads plain Parquet only.' }
  if (head !== 'PAR1')
    return {
      reason: `is not a Parquet file: it begins with ${JSON.stringify(head)} instead of "PAR1"`,
      hint: 'Check the path, or read it with the source of its format.',
    }
  if (tail !== 'PAR1')
    return { reason: `is truncated: its ${size} bytes begin as Parquet, but the footer is missing`, hint: again }
  return { reason: `is damaged: ${said}`, hint: again }
}

async function ends(file: string): Promise<{ readonly size: number; readonly head: string; readonly tail: string }> {
  const handle = await open(file, 'r')
  try {
    const { size } = await handle.stat()
    const length = Math.min(4, size)
    const bytes = Buffer.alloc(8)
    await handle.read(bytes, 0, length, 0)
    await handle.read(bytes, 4, length, size - length)
    return { size, head: bytes.toString('latin1', 0, length), tail: bytes.toString('latin1', 4, 4 + length) }
  } finally {
    await handle.close()
  }
}
