import { defineTarget, type Place, type Target } from 'tidegate'
import { z } from 'zod'
import { escapeBeyond } from './encoding-write.ts'
import { createJsonWriter } from './json-write.ts'
import { textTargetShape } from './source-options.ts'
import { createTextTarget, type TextWriting } from './text-target.ts'

export const toJsonOptions = z.strictObject({
  /** With an extension (`out/daily.json`, `out/daily.ndjson.gz`, `.zst`, `.br`) one file, otherwise a folder. */
  path: z.string().min(1),
  ...textTargetShape,
})

/**
 * Publishes as a JSON array of objects, one a line; file or folder as `toCsv`. What the encoding cannot spell is escaped (`\\u20ac`).
 * @throws `TYPE_UNSUPPORTED` (binary, NaN, Infinity), `TARGET_FAILED`.
 */
export const toJson = defineTarget({
  name: 'toJson',
  options: toJsonOptions,
  create: ({ path, ...writing }, _needs, place) => createJsonTarget(path, place, writing),
})

/** Publishes as one JSON object a line; otherwise as `toJson`. */
export const toNdjson = defineTarget({
  name: 'toNdjson',
  options: toJsonOptions,
  create: ({ path, ...writing }, _needs, place) => createNdjsonTarget(path, place, writing),
})

type Writing = Omit<TextWriting, 'path'>

export function createJsonTarget(path: string, place: Pick<Place, 'folder'>, writing: Writing = {}): Target {
  return createTextTarget({ ...writing, path }, place, {
    extension: 'json',
    begin(schema) {
      const objects = createJsonWriter(schema)
      let before = ''
      return {
        head: '[\n',
        rows(batch) {
          if (batch.length === 0) return ''
          const text = before + objects(batch).join(',\n')
          before = ',\n'
          return escapeBeyond(text, writing.encoding)
        },
        tail: '\n]\n',
      }
    },
  })
}

export function createNdjsonTarget(path: string, place: Pick<Place, 'folder'>, writing: Writing = {}): Target {
  return createTextTarget({ ...writing, path }, place, {
    extension: 'ndjson',
    begin(schema) {
      const objects = createJsonWriter(schema)
      return {
        head: '',
        rows(batch) {
          const lines = objects(batch).map((text) => `${text}\n`)
          return escapeBeyond(lines.join(''), writing.encoding)
        },
        tail: '',
      }
    },
  })
}
