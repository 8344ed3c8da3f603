import { defineTarget, type Place, type Target } from 'tidegate'
import { z } from 'zod'
import { createJsonWriter } from './json-write.ts'
import { createTextTarget } from './text-target.ts'

const options = z.strictObject({
  /** With an extension (`out/daily.json`, `out/daily.ndjson.gz`) one file, otherwise a folder. */
  path: z.string().min(1),
})

/** Publishes as a JSON array of objects, one a line; file or folder as `toCsv`. @throws `TYPE_UNSUPPORTED` (binary, NaN, Infinity), `TARGET_FAILED`. */
export const toJson = defineTarget({
  name: 'toJson',
  options,
  create: ({ path }, _needs, place) => createJsonTarget(path, place),
})

/** Publishes as one JSON object a line; otherwise as `toJson`. */
export const toNdjson = defineTarget({
  name: 'toNdjson',
  options,
  create: ({ path }, _needs, place) => createNdjsonTarget(path, place),
})

export function createJsonTarget(path: string, place: Pick<Place, 'folder'>): Target {
  return createTextTarget(path, place, {
    extension: 'json',
    encoding: 'utf8',
    begin(schema) {
      const objects = createJsonWriter(schema)
      let before = ''
      return {
        head: '[\n',
        rows(batch) {
          if (batch.length === 0) return ''
          const text = before + objects(batch).join(',\n')
          before = ',\n'
          return text
        },
        tail: '\n]\n',
      }
    },
  })
}

export function createNdjsonTarget(path: string, place: Pick<Place, 'folder'>): Target {
  return createTextTarget(path, place, {
    extension: 'ndjson',
    encoding: 'utf8',
    begin(schema) {
      const objects = createJsonWriter(schema)
      return {
        head: '',
        rows: (batch) =>
          objects(batch)
            .map((text) => `${text}\n`)
            .join(''),
        tail: '',
      }
    },
  })
}
