import { createToken } from '../kernel/token.ts'

/** The project that is run: `folder` is the absolute path of the config file's folder, against which plugins resolve relative paths. */
export interface Project {
  readonly folder: string
  readonly env: string
}

export const Project = createToken<Project>('tidegate/Project')
