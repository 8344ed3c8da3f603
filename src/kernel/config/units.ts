import { bytesOf, millisecondsOf } from '../define/units.ts'
import { TidegateError } from '../errors.ts'

/** Bytes of `512MB` (decimal), `1 GiB` (binary), or a number of bytes. Throws `CONFIG_INVALID` for anything else. */
export function parseBytes(size: string | number): number {
  if (typeof size === 'number' && Number.isSafeInteger(size) && size > 0) return size
  const bytes = typeof size === 'string' ? bytesOf(size) : undefined
  if (bytes !== undefined) return bytes
  throw new TidegateError('CONFIG_INVALID', `"${size}" is no size`, {
    hint: 'Write a size such as "1GB" or "512 MiB".',
  })
}

/** Milliseconds of `30s`, `15 minutes`, `1 day`. Throws `CONFIG_INVALID` for anything else. */
export function parseDuration(length: string): number {
  const milliseconds = millisecondsOf(length)
  if (milliseconds !== undefined) return milliseconds
  const hint = 'Write a length of time such as "30s", "1h" or "2 days".'
  throw new TidegateError('CONFIG_INVALID', `"${length}" is no length of time`, { hint })
}
