import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A program inside a page: a fence that begins with "ts run", and then perhaps the name under which later programs of the page import it. */
export interface Snippet {
  readonly page: string
  /** Of the first line of the program, counting from 1. */
  readonly line: number
  readonly file: string
  readonly code: string
}

const fence = /^```ts run(?: (?<file>[\w.-]+\.ts))?\n(?<code>[\s\S]*?)^```$/gm

export function snippetsOf(page: string, text: string): readonly Snippet[] {
  return [...text.matchAll(fence)].map((found, i) => ({
    page,
    line: text.slice(0, found.index).split('\n').length + 1,
    file: found.groups?.['file'] ?? `snippet-${i + 1}.ts`,
    code: found.groups?.['code'] ?? '',
  }))
}

/** Every page of the repository that may hold programs. */
export function pagesOf(root: string): readonly string[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.md'),
  )
  const plugins = readdirSync(join(root, 'plugins-official'))
  const found = [
    'README.md',
    'CONTRIBUTING.md',
    ...docs.map((file) => `docs/${file}`),
    ...plugins.map((plugin) => `plugins-official/${plugin}/README.md`),
  ]
  return found.filter((page) => existsSync(join(root, page))).sort()
}

export function allSnippets(root: string): readonly Snippet[] {
  return pagesOf(root).flatMap((page) => snippetsOf(page, readFileSync(join(root, page), 'utf8')))
}
