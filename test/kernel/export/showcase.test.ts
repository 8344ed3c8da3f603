import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { exportConfig } from '../../../src/kernel/export/export-config.ts'
import { publishedRows, runShowcase, showcase } from '../../showcase/showcase-project.ts'
import { root, withKernel } from '../../support/temporary-project.ts'

/** The showcase with its code in a module, as it has to be for a document to refer to it. */
async function withSteps(): Promise<string> {
  const folder = await showcase({ as: 'ts' })
  await copyFile(join(root, 'test/showcase/steps.ts'), join(folder, 'steps.ts'))
  const text = (await readFile(join(folder, 'pipeline.config.ts'), 'utf8'))
    .replace(/run: \(batch\) => batch\.derive\([^\n]*\),/, 'run: late,')
    .replace(/run: \(batch, \{ airports \}\) =>[\s\S]*?'destination'\),\n {2}expect/, 'run: enrich,\n  expect')
    .replace(/run: \(t\) => t\.orderby[^\n]*,/, 'run: busiest as never,')
  await writeFile(join(folder, 'pipeline.config.ts'), `import { busiest, enrich, late } from './steps.ts'\n${text}`)
  return folder
}

test.each(['yaml', 'json'])(
  'the showcase, exported as %s and loaded back, gives the same content',
  async (format) => {
    const ts = await withSteps()
    const document = await withKernel(ts, ({ config, file, folder }) => exportConfig(config, { file, folder }))
    const text = format === 'yaml' ? stringify(document) : JSON.stringify(document)
    expect(parse(text)).toEqual(document)

    const again = await showcase({ as: 'yaml' })
    await writeFile(join(again, 'pipeline.config.yaml'), text)
    const written = await readFile(join(root, 'test/showcase/pipeline.yaml'), 'utf8')
    // What people wrote by hand says the same.
    expect(document).toEqual(parse(written))

    const [left, right] = [await runShowcase(ts), await runShowcase(again)]
    expect([left.errors, right.errors]).toEqual([[], []])
    const facts = ({ states }: typeof left) =>
      [...states.values()].map(({ node, section, kept }) => ({
        node: node.name,
        kept,
        inputs: node.inputs,
        schema: section?.schema,
        checks: section?.checks,
        counts: section?.counts,
        content: section?.parts.map(({ record }) => record.data?.content),
      }))
    expect(facts(right)).toEqual(facts(left))
    const hashes = facts(left).find(({ node }) => node === 'daily')?.content
    expect(hashes?.length).toBeGreaterThan(0)
    expect(hashes?.every((hash) => /^[0-9a-f]+$/.test(hash ?? ''))).toBe(true)
    expect(await publishedRows(again)).toEqual(await publishedRows(ts))
  },
  120_000,
)
