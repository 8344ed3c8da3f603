import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, extname, resolve } from 'node:path'
import { cosmiconfig } from 'cosmiconfig'
import { parse as parseYaml } from 'yaml'
import { TidegateError } from '../errors.ts'

/** A config file: a module to import, or a document (YAML, JSON, the `tidegate` key of package.json). */
export type FoundConfig =
  | { readonly kind: 'module'; readonly file: string }
  | { readonly kind: 'document'; readonly file: string; readonly document: unknown }

/** In the order in which they are looked for. */
export const configFiles = [
  'pipeline.config.ts',
  'pipeline.config.js',
  'pipeline.config.mjs',
  'pipeline.config.json',
  'pipeline.config.yaml',
  'pipeline.config.yml',
  'package.json',
] as const

const modules = ['.ts', '.mts', '.js', '.mjs']

/**
 * The config of the project that `cwd` lies in: looked for in `cwd` and the folders above it, up to the one with a package.json. `file` names one
 * instead, relative to `cwd`. Throws `CONFIG_NOT_FOUND`, or `CONFIG_INVALID` for a document that cannot be parsed.
 */
export async function findConfig({
  cwd,
  file,
}: {
  readonly cwd: string
  readonly file?: string
}): Promise<FoundConfig> {
  if (file !== undefined) return open(resolve(cwd, file))
  // Loaders only say what was found: an error inside them could be taken for "no such file", and the search would go on.
  const found = (_: string, text: string) => text
  const packageJson = (path: string, text: string) => (basename(path) === 'package.json' ? packageOf(path, text) : text)
  const explorer = cosmiconfig('tidegate', {
    searchPlaces: [...configFiles],
    searchStrategy: 'project',
    ignoreEmptySearchPlaces: false,
    cache: false,
    loaders: {
      ...Object.fromEntries([...modules, '.yaml', '.yml'].map((name) => [name, found])),
      '.json': packageJson,
    },
  })
  const result = await explorer.search(cwd)
  if (result !== null) return basename(result.filepath) === 'package.json' ? inPackage(result) : open(result.filepath)
  throw new TidegateError('CONFIG_NOT_FOUND', `There is no config for ${cwd}`, {
    hint: 'Run `tidegate init` to make one, or name the file with --config.',
    data: { cwd, lookedFor: configFiles },
    cause: new Error(`looked, up to the folder with a package.json, for ${configFiles.join(', ')} (key "tidegate")`),
  })
}

async function open(file: string): Promise<FoundConfig> {
  const info = await stat(file).catch(() => undefined)
  if (!info?.isFile()) {
    throw new TidegateError('CONFIG_NOT_FOUND', `${file} ${info ? 'is not a file' : 'does not exist'}`, {
      hint: 'Name an existing config file, or leave it out to have it looked for.',
      data: { file },
    })
  }
  if (modules.includes(extname(file))) return { kind: 'module', file }
  const text = await readFile(file, 'utf8')
  return { kind: 'document', file, document: parse(file, text) }
}

/** JSON is a part of YAML, but its own parser words faults better. */
function parse(file: string, text: string): unknown {
  try {
    return extname(file) === '.json' ? JSON.parse(text) : parseYaml(text)
  } catch (cause) {
    const reason = (cause as Error).message.split('\n', 1)[0]
    throw new TidegateError('CONFIG_INVALID', `${file} cannot be parsed: ${reason}`, {
      hint: 'Correct the syntax at the place that the message names.',
      data: { file },
      cause,
    })
  }
}

function packageOf(file: string, text: string): unknown {
  const content = parse(file, text)
  return typeof content === 'object' && content !== null ? content : {}
}

/** The key `tidegate` holds the config itself, or the path of its file. */
async function inPackage({
  filepath,
  config,
}: {
  readonly filepath: string
  readonly config: unknown
}): Promise<FoundConfig> {
  if (typeof config === 'string') return open(resolve(dirname(filepath), config))
  return { kind: 'document', file: filepath, document: config }
}
