import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { holdMatrix } from '../../plugins-official/files/test/matrix-run.ts'
import { matrixPage, packagedFormats } from '../../scripts/matrix-doc.ts'

holdMatrix(packagedFormats)

it('the page shows the matrix that the tests hold', () => {
  const page = fileURLToPath(new URL('../../docs/formats/matrix.md', import.meta.url))
  expect(readFileSync(page, 'utf8')).toBe(matrixPage())
})
