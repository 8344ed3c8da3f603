import type { Output } from './output.ts'

/** What a command gets besides its own arguments. */
export interface Invocation {
  readonly output: Output
  readonly cwd: string
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal
}

/** Options of every command that reads the config. */
export interface ProjectOptions {
  readonly config?: string
  readonly env?: string
  readonly json?: boolean
}

/** How people type `tidegate` where they are: through npm in a project, bare where it is installed. */
export function commandPrefix(variables: Invocation['variables']): string {
  const { npm_lifecycle_event: script, npm_lifecycle_script: text = '' } = variables
  if (script === undefined) return 'tidegate'
  if (script === 'npx') return 'npx tidegate'
  return text.includes('src/cli/main.ts') ? 'npm run -s tidegate --' : 'npx tidegate'
}
