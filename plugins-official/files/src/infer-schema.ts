import type { PartRef } from 'tidegate'
import { createCsvSource, csvSourceOptions } from './csv.ts'
import type { Inference, InferringSource } from './inference.ts'
import { createJsonOptionsSource, createNdjsonOptionsSource, jsonOptions, ndjsonOptions } from './json.ts'

/**
 * The types of files of text from their values, with the evidence for each column: what a source of these options without a schema is pinned to.
 * `options` as for `csv`, `json` or `ndjson`; `folder` is where relative paths start.
 * @throws what reading throws, and the error of zod for options that are none.
 */
export async function inferSchema(
  kind: 'csv' | 'json' | 'ndjson',
  options: Readonly<Record<string, unknown>>,
  folder: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<Inference> {
  const source = sourceOf(kind, options, folder)
  const parts: PartRef[] = []
  for await (const part of source.discover({ known: new Map(), signal })) parts.push(part)
  return source.infer(parts, signal)
}

function sourceOf(kind: 'csv' | 'json' | 'ndjson', options: unknown, folder: string): InferringSource {
  if (kind === 'csv') return createCsvSource(csvSourceOptions.parse(options), { folder })
  if (kind === 'json') return createJsonOptionsSource(jsonOptions.parse(options), { folder })
  return createNdjsonOptionsSource(ndjsonOptions.parse(options), { folder })
}
