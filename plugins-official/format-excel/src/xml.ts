import { SaxesParser } from 'saxes'
import { asCorrupt, corrupt } from './faults.ts'

export interface XmlHandlers {
  /** Names without their prefix. */
  open(name: string, attributes: Readonly<Record<string, string>>): void
  close(name: string): void
  text?(text: string): void
}

const deepest = 64
const longestQuiet = 8 << 20

/**
 * Parses as the bytes come and yields after each chunk, so that what the handlers collected can be handed on. Entities are never expanded: a
 * document type is refused. Nothing may be nested deeper than 64 levels or be longer than 8 MiB without a tag.
 */
export async function* parseXml(
  bytes: AsyncIterable<Uint8Array>,
  shown: string,
  name: string,
  handlers: XmlHandlers,
): AsyncIterable<void> {
  const parser = new SaxesParser()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let depth = 0
  let quiet = 0
  parser.on('doctype', () => {
    throw corrupt(shown, `declares a document type in "${name}", which no workbook does`)
  })
  parser.on('opentag', (tag) => {
    quiet = 0
    if (++depth > deepest) throw corrupt(shown, `nests "${name}" deeper than ${deepest} levels`)
    handlers.open(local(tag.name), tag.attributes as Readonly<Record<string, string>>)
  })
  parser.on('closetag', (tag) => {
    quiet = 0
    depth--
    handlers.close(local(tag.name))
  })
  const { text } = handlers
  if (text !== undefined) {
    parser.on('text', (piece) => text(piece))
    parser.on('cdata', (piece) => text(piece))
  }
  parser.on('error', (error) => {
    throw corrupt(shown, `is damaged: "${name}" is not well-formed XML (${error.message})`, undefined, error)
  })
  try {
    for await (const chunk of bytes) {
      quiet += chunk.length
      if (quiet > longestQuiet + chunk.length) throw corrupt(shown, `holds more than 8 MiB without a tag in "${name}"`)
      parser.write(decoder.decode(chunk, { stream: true }))
      yield
    }
    parser.write(decoder.decode()).close()
    yield
  } catch (cause) {
    throw asCorrupt(shown, cause)
  }
}

/** The whole document at once. */
export async function readXml(
  bytes: AsyncIterable<Uint8Array>,
  shown: string,
  name: string,
  handlers: XmlHandlers,
): Promise<void> {
  for await (const _ of parseXml(bytes, shown, name, handlers));
}

function local(name: string): string {
  const colon = name.indexOf(':')
  return colon < 0 ? name : name.slice(colon + 1)
}

/** An attribute whatever its prefix. */
export function attribute(attributes: Readonly<Record<string, string>>, name: string): string | undefined {
  const own = attributes[name]
  if (own !== undefined) return own
  for (const [key, value] of Object.entries(attributes)) if (key.endsWith(`:${name}`)) return value
  return undefined
}
