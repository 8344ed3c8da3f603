import { open } from 'node:fs/promises'
import { assertReadable, statFile } from '@tidegate/files/toolkit'
import yauzl, { type Entry } from 'yauzl'
import { asCorrupt, corrupt } from './faults.ts'

/** The files inside a workbook. */
export interface Package {
  has(name: string): boolean
  /** The unpacked bytes of a file. @throws `SOURCE_CORRUPT` for damage, encryption, and for what unpacks to far too much. */
  read(name: string): AsyncIterable<Uint8Array>
  close(): void
}

/** XML packs 5 to 50 times; only bombs do better than this. */
const mostRatio = 200
const alwaysFine = 64 << 20
const mostEntries = 65_535

/** @throws `SOURCE_CORRUPT` saying what the file is instead of a workbook. */
export async function openPackage(file: string, shown: string): Promise<Package> {
  statFile(file, shown)
  assertReadable(file, shown)
  await requireZip(file, shown)
  let zip: Awaited<ReturnType<typeof yauzl.openPromise>>
  try {
    zip = await yauzl.openPromise(file, { lazyEntries: true, autoClose: false })
  } catch (cause) {
    throw asCorrupt(shown, cause)
  }
  const entries = new Map<string, Entry>()
  try {
    if (zip.entryCount > mostEntries) throw corrupt(shown, `holds ${zip.entryCount} files, which no workbook does`)
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName.replace(/^\//, ''), entry)
  } catch (cause) {
    zip.close()
    throw asCorrupt(shown, cause)
  }
  return {
    has: (name) => entries.has(name),
    async *read(name) {
      const entry = entries.get(name)
      if (entry === undefined) throw corrupt(shown, `is no Excel workbook: it holds no "${name}"`)
      if ((entry.generalPurposeBitFlag & 1) === 1) throw corrupt(shown, 'is encrypted', decrypt)
      if (entry.uncompressedSize > alwaysFine && entry.uncompressedSize > entry.compressedSize * mostRatio)
        throw corrupt(
          shown,
          `unpacks "${name}" from ${entry.compressedSize} to ${entry.uncompressedSize} bytes, which no worksheet does`,
        )
      try {
        const stream = await zip.openReadStreamPromise(entry)
        // Leaving the loop early destroys the stream.
        for await (const chunk of stream) yield chunk as Uint8Array
      } catch (cause) {
        throw asCorrupt(shown, cause)
      }
    },
    close: () => zip.close(),
  }
}

const decrypt = 'Open it with its password, save it without one, and run again.'

async function requireZip(file: string, shown: string): Promise<void> {
  const head = Buffer.alloc(1 << 20)
  const handle = await open(file, 'r')
  const { bytesRead } = await handle.read(head, 0, head.length, 0).finally(() => handle.close())
  if (bytesRead === 0) throw corrupt(shown, 'is empty', 'Fetch the file again.')
  if (head.readUInt32LE(0) === 0x04034b50 && bytesRead >= 4) return
  // Compound files hold old workbooks as well as encrypted new ones (MS-OFFCRYPTO 2.3).
  if (head.readUInt32BE(0) === 0xd0cf11e0) {
    if (head.includes(Buffer.from('EncryptedPackage', 'utf16le'))) throw corrupt(shown, 'is encrypted', decrypt)
    throw corrupt(shown, 'is a workbook of Excel 97-2003 (.xls), which is not read', 'Save it as .xlsx.')
  }
  throw corrupt(shown, 'is no Excel workbook: it is not a zip file', 'If it is text, read it with csv().')
}
