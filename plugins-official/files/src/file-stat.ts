import { type BigIntStats, closeSync, openSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute } from 'node:path'
import { didYouMean, TidegateError } from 'tidegate'

/** Size and time of the last change: when both stay, the content is taken to be the same. */
export function markOf(stat: Pick<BigIntStats, 'size' | 'mtimeNs'>): string {
  return `${stat.size}:${stat.mtimeNs}`
}

/** The facts of one file that can be read, or the reason why not. `shown` is its path as the config writes it. */
export function statFile(path: string, shown: string): BigIntStats {
  let stat: BigIntStats | undefined
  try {
    stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  } catch (cause) {
    throw unreadable(shown, cause)
  }
  if (stat === undefined) throw notFound(path, shown)
  if (stat.isDirectory()) {
    throw new TidegateError('SOURCE_UNREADABLE', `"${shown}" is a folder, not a file`, {
      hint: 'Name a file in it, or a glob such as "folder/*.csv".',
    })
  }
  if (!stat.isFile()) {
    throw new TidegateError(
      'SOURCE_UNREADABLE',
      `"${shown}" is neither a file nor a folder (a pipe, socket or device)`,
      {
        hint: 'Copy its content into a file first: a part is read more than once.',
      },
    )
  }
  return stat
}

/** Fails where the file cannot be opened, before a run has begun to read. */
export function assertReadable(path: string, shown: string): void {
  try {
    closeSync(openSync(path, 'r'))
  } catch (cause) {
    throw unreadable(shown, cause)
  }
}

export function unreadable(shown: string, cause: unknown): TidegateError {
  const code = (cause as NodeJS.ErrnoException).code
  const denied = code === 'EACCES' || code === 'EPERM'
  const reason = denied ? 'no permission' : cause instanceof Error ? cause.message : String(cause)
  return new TidegateError('SOURCE_UNREADABLE', `"${shown}" cannot be read: ${reason}`, {
    hint: denied
      ? 'Give the user that runs the pipeline the right to read it.'
      : 'Check the disk or mount it lies on, then run again.',
    data: { path: shown, ...(code === undefined ? {} : { code }) },
    cause,
  })
}

/** `location`: of the workspace it should lie in; otherwise `path` is on disk. */
export function notFound(path: string, shown: string, location?: string): TidegateError {
  const near = location === undefined ? nearNames(path) : 'Check the path: it is relative to the workspace.'
  const where = location === undefined ? '' : ` in ${location}`
  return new TidegateError('SOURCE_NOT_FOUND', `There is no file "${shown}"${where}`, {
    hint: near ?? 'Check the path: relative paths start at the folder of the config file.',
    data: { path: shown },
  })
}

/** What stands in the same folder under a similar name, or the nearest folder that exists. */
function nearNames(path: string): string | undefined {
  const folder = dirname(path)
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    // The folder itself is missing or closed: that is the better hint.
    return `Its folder "${basename(folder)}" does not exist or cannot be listed.`
  }
  const guess = didYouMean(basename(path), names)
  if (guess !== undefined) return guess
  return names.length === 0
    ? 'Its folder is empty.'
    : `Its folder holds: ${names.sort().slice(0, 5).join(', ')}${names.length > 5 ? ', ...' : ''}.`
}

/** The files that a manifest names, relative to its folder. @throws `SOURCE_CORRUPT` */
export function readManifestList(text: string, shown: string): readonly string[] {
  try {
    const { files } = JSON.parse(text) as { readonly files: readonly { readonly file: unknown }[] }
    return files.map(({ file }) => {
      // A manifest names what lies in its folder, nothing else on the machine.
      if (typeof file !== 'string' || file === '' || isAbsolute(file) || file.split(/[/\\]/).includes('..'))
        throw new Error(`it names ${JSON.stringify(file)}`)
      return file
    })
  } catch (cause) {
    throw new TidegateError('SOURCE_CORRUPT', `"${shown}" cannot be read as a manifest`, {
      hint: 'Publish the folder again, or remove the manifest to read all files.',
      cause,
    })
  }
}
