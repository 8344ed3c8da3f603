import { createToken } from '../token.ts'

/** Knows every secret value that was resolved in one kernel, and blots it out of text that leaves it: logs, events, errors. */
export interface Redactor {
  /** Of a URL the password is learnt as well. Values of fewer than 4 characters are not blotted out: they would be found in any text. */
  learn(name: string, value: string): void
  /** The text with every known value (also as JSON, a URL or HTML would write it) replaced by `[secret NAME]`. */
  redact(text: string): string
}

export const Redactor = createToken<Redactor>('tidegate/Redactor')

const shortest = 4

export function createRedactor(): Redactor {
  const names = new Map<string, string>()
  let pattern: RegExp | undefined
  return {
    learn(name, value) {
      for (const text of [value, ...passwordsOf(value)]) {
        if (text.length < shortest) continue
        for (const form of formsOf(text)) if (!names.has(form)) names.set(form, name)
      }
      if (names.size === 0) return
      // Longest first: of two secrets where one contains the other, none must leave a rest behind.
      const longestFirst = [...names.keys()].sort((a, b) => b.length - a.length || (a < b ? -1 : 1))
      pattern = new RegExp(longestFirst.map(escaped).join('|'), 'g')
    },
    redact(text) {
      return pattern === undefined ? text : text.replace(pattern, (found) => `[secret ${names.get(found)}]`)
    },
  }
}

/** Of a URL: drivers show it on its own. */
function passwordsOf(value: string): readonly string[] {
  const password = URL.canParse(value) ? new URL(value).password : ''
  return [password, decoded(password)]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // A percent sign that stands for itself.
  }
}

function formsOf(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1)
  const plain = [value, json, JSON.stringify(json).slice(1, -1), encodeURIComponent(value.toWellFormed())]
  return [...plain, asHtml(value), asHtml(json)]
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function asHtml(text: string): string {
  return text.toWellFormed().replace(/[&<>"']/g, (found) => entities[found] as string)
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
