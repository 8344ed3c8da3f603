import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '')

/** A package of the workspace: the kernel or an official plugin. */
export interface Package {
  readonly name: string
  /** Relative to the root, `.` for the kernel. */
  readonly folder: string
  /** Public door (`.`, `./testing`) to its source file, relative to the folder. Doors without a source file yet are left out. */
  readonly doors: ReadonlyMap<string, string>
  readonly needs: readonly string[]
}

/** The kernel first, then the plugins, each after the ones it needs. Plugins without a door yet are left out. */
export function packages(): Package[] {
  const plugins = readdirSync(join(root, 'plugins-official'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, 'plugins-official', entry.name, 'package.json')))
    .map((entry) => readPackage(`plugins-official/${entry.name}`))
  const waiting = [readPackage('.'), ...plugins].filter(({ doors }) => doors.size > 0)
  const sorted: Package[] = []
  while (waiting.length > 0) {
    const next = waiting.findIndex(({ needs }) => !waiting.some(({ name }) => needs.includes(name)))
    if (next < 0)
      throw new Error(`The packages need each other in a circle: ${waiting.map(({ name }) => name).join(', ')}`)
    sorted.push(...waiting.splice(next, 1))
  }
  return sorted
}

function readPackage(folder: string): Package {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  const doors = new Map<string, string>()
  for (const [door, target] of Object.entries<Record<string, string> | string>(manifest.exports)) {
    const source = typeof target === 'object' ? target['tidegate-source'] : undefined
    if (source && existsSync(join(root, folder, source))) doors.set(door, source)
  }
  const needs = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
  return { name: manifest.name, folder, doors, needs }
}
