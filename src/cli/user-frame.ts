import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Code of Tidegate itself, from source or built, and where Node and packages live. */
const own = fileURLToPath(new URL('..', import.meta.url))

/** `steps.ts:12:5`: the first place in the user's own files that the stack of an error, or of its causes, goes through. */
export function userFrame(error: unknown, cwd: string): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    for (const line of (at.stack ?? '').split('\n')) {
      const [, place = ''] = /^\s+at (?:.*\()?((?:file:\/\/|\/|[A-Z]:\\)[^()]*:\d+:\d+)\)?$/.exec(line) ?? []
      const path = place.startsWith('file:') ? pathOf(place) : place
      if (path === '' || path.includes('node_modules') || path.startsWith(own)) continue
      const near = relative(cwd, path)
      return near.startsWith('..') ? path : near
    }
  }
  return undefined
}

/** Lines and columns stay at the end. */
function pathOf(place: string): string {
  const [, url = '', position = ''] = /^(.*?)((?::\d+)*)$/.exec(place) ?? []
  return fileURLToPath(url.replace(/[?#].*$/, '')) + position
}
