import { lstat, mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { TidegateError } from '../../kernel/errors.ts'
import { projectFiles } from './templates.ts'

/** Writes a project that runs. Throws `USAGE`, and writes nothing, when anything of it exists already. */
export async function scaffold(folder: string, version: string): Promise<readonly string[]> {
  const files = projectFiles(packageName(basename(folder)), version)
  const present: string[] = []
  for (const path of files.keys()) if (await exists(join(folder, path))) present.push(path)
  if (present.length > 0) {
    throw new TidegateError('USAGE', `${folder} already has ${present.join(', ')}`, {
      hint: 'Nothing was written. Name another folder: tidegate init my-pipeline.',
      data: { folder, present },
    })
  }
  for (const [path, text] of files) await write(join(folder, path), text)
  return [...files.keys()]
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
  )
}

/** `wx`: what appeared since the look above is not overwritten either. */
async function write(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text, { flag: 'wx' })
  } catch (cause) {
    throw new TidegateError('USAGE', `${file} could not be written: ${(cause as Error).message}`, {
      hint: 'Name a folder that you may write to.',
      cause,
    })
  }
}

/** What npm accepts as a name, made of a folder's. */
function packageName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|-+$/g, '')
  return name === '' || name === 'tidegate' ? 'my-pipeline' : name
}
