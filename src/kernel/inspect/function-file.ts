import { Session } from 'node:inspector'
import { fileURLToPath } from 'node:url'

/** Answers, for functions, which file they were declared in. */
export interface FunctionFiles {
  // biome-ignore lint/complexity/noBannedTypes: any function at all
  fileOf(fn: Function): string | undefined
  close(): void
}

const shelf = Symbol.for('tidegate/function-files')

/** Asks the engine's own debugger interface, so that nobody has to say where a plugin comes from. Close it when done. */
export function openFunctionFiles(): FunctionFiles {
  const debug = new Session()
  debug.connect()
  const urls = new Map<string, string>()
  debug.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url))
  debug.post('Debugger.enable')
  const holder = globalThis as { [shelf]?: unknown }
  return {
    fileOf(fn) {
      holder[shelf] = fn
      try {
        return located(debug, urls)
      } finally {
        delete holder[shelf]
      }
    },
    close: () => debug.disconnect(),
  }
}

/** Posted messages of a session in the same thread are answered before `post` returns. */
function located(debug: Session, urls: ReadonlyMap<string, string>): string | undefined {
  let objectId: string | undefined
  debug.post(
    'Runtime.evaluate',
    { expression: `globalThis[Symbol.for(${JSON.stringify(Symbol.keyFor(shelf))})]` },
    (_, answer) => {
      objectId = answer?.result.objectId
    },
  )
  if (objectId === undefined) return undefined
  let url: string | undefined
  debug.post('Runtime.getProperties', { objectId, ownProperties: true }, (_, answer) => {
    const place = answer?.internalProperties?.find(({ name }) => name === '[[FunctionLocation]]')?.value?.value as
      | { readonly scriptId: string }
      | undefined
    url = place === undefined ? undefined : urls.get(place.scriptId)
  })
  if (url === undefined || url === '') return undefined
  return url.startsWith('file:') ? fileURLToPath(url) : url
}
