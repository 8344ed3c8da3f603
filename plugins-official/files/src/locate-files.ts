import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import fastGlob from 'fast-glob'

/** Files that a path, folder or glob stands for, so far as its first file tells the format of all. */
export function locateFiles(path: string, folder: string): readonly string[] {
  const full = resolve(folder, path)
  const stat = statSync(full, { throwIfNoEntry: false })
  if (stat?.isDirectory())
    return fastGlob.sync('**/*.*', { cwd: full, onlyFiles: true, ignore: ['**/_*', '**/_*/**'] }).sort()
  if (stat !== undefined || !fastGlob.isDynamicPattern(path)) return [path]
  return fastGlob.sync(path, { cwd: folder, onlyFiles: true }).sort()
}
