/** The part of yauzl 3.4 that is used here; the package brings no types. */
declare module 'yauzl' {
  import type { Readable } from 'node:stream'

  export interface Entry {
    readonly fileName: string
    readonly compressedSize: number
    readonly uncompressedSize: number
    readonly generalPurposeBitFlag: number
  }

  export interface ZipFile {
    readonly entryCount: number
    eachEntry(): AsyncIterableIterator<Entry>
    openReadStreamPromise(entry: Entry): Promise<Readable>
    close(): void
  }

  const yauzl: {
    openPromise(path: string, options: { lazyEntries: true; autoClose: false }): Promise<ZipFile>
  }
  // biome-ignore lint/style/noDefaultExport: so does the package.
  export default yauzl
}
