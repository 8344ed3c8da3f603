import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { loadError, notInstalled } from './load-error.ts'

export type Module = Readonly<Record<string, unknown>>

/** True while Tidegate itself runs from TypeScript: whatever runs it (tsx, vitest, Node's type stripping) can import TypeScript as well. */
const fromSource = import.meta.url.endsWith('.ts')

/** Node 22.18 and later. It refuses syntax that is more than types, and imports without a file's ending: jiti takes these. */
const stripsTypes = Boolean((process.features as { readonly typescript?: unknown }).typescript)
const beyondNode = [
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  'ERR_INVALID_TYPESCRIPT_SYNTAX',
  'ERR_MODULE_NOT_FOUND',
  'ERR_UNSUPPORTED_DIR_IMPORT',
]

/**
 * Imports a module of the project. What it imports of Tidegate are the very modules of the running kernel. The content of the file decides whether
 * it is evaluated again: the same file after an edit is another module. Throws `CONFIG_THREW` or `PLUGIN_NOT_FOUND`.
 */
export async function importModule(file: string): Promise<Module> {
  const content = await readFile(file).catch((cause: unknown) => {
    throw loadError(cause, file)
  })
  const mark = createHash('sha256').update(content).digest('hex').slice(0, 16)
  const native = () => import(/* @vite-ignore */ `${pathToFileURL(file).href}?${mark}`) as Promise<Module>
  try {
    if (fromSource || !/\.m?ts$/.test(file)) return await native()
    if (stripsTypes) {
      try {
        return await native()
      } catch (error) {
        if (!beyondNode.includes((error as { readonly code?: string }).code ?? '')) throw error
      }
    }
    const { createJiti } = await import('jiti')
    // Native first inside, so that packages share Tidegate's modules with the kernel and only the project's TypeScript is transformed.
    const jiti = createJiti(import.meta.url, { tryNative: true, moduleCache: false, interopDefault: false })
    return await jiti.import<Module>(file)
  } catch (cause) {
    throw loadError(cause, file)
  }
}

/** Imports a package as a module in `folder` would. Throws `PLUGIN_NOT_FOUND` when it is not installed there. */
export async function importPackage(name: string, folder: string): Promise<Module> {
  const { createJiti } = await import('jiti')
  const parentURL = pathToFileURL(`${folder}/`).href
  const conditions = fromSource ? ['tidegate-source', 'node', 'import'] : ['node', 'import']
  let url: string
  try {
    url = createJiti(parentURL).esmResolve(name, { parentURL, conditions })
  } catch (cause) {
    throw notInstalled(name, undefined, cause)
  }
  try {
    return (await import(/* @vite-ignore */ url)) as Module
  } catch (cause) {
    throw loadError(cause, name)
  }
}
