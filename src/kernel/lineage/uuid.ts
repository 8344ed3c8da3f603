import { createHash } from 'node:crypto'

/** The namespace of Tidegate's run ids: fixed for ever, since ids must not change between versions. */
const ours = Buffer.from('6f2b1d0a7c3e5b489a41c0de71de6a7e', 'hex')

/** The UUID of a name, always the same one: version 5 (sha1) of RFC 9562, section 5.5. */
export function nameUuid(name: string): string {
  const bytes = createHash('sha1').update(ours).update(name, 'utf8').digest().subarray(0, 16)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x50
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
