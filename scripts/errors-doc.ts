/** The errors page of the documentation, made from the table of codes. `--check` compares instead of writing. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { errorCodes } from '../src/kernel/errors.ts'
import { root } from './packages.ts'

const page = join(root, 'docs/errors.md')

export function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(([code, { exit, meaning }]) => {
    return `| \`${code}\` | ${exit} | ${meaning.replaceAll('|', '\\|')} |`
  })
  return `# Errors

<!-- Made by \`npx tsx scripts/errors-doc.ts\` from src/kernel/errors.ts: change it there. -->

Every failure is a \`TidegateError\`: a stable \`code\`, a message in your own names, a \`hint\` with the remedy, \`data\` for programs and the native
\`cause\`. The text may change, the codes do not. \`isTidegateError(error)\` tells them from others, also across two installed copies.

The command line ends with 0 when all is well, with 1 when the data or a run failed, and with 2 when the usage or the configuration is wrong; with
\`--json\` it also prints \`{ "error": { "code", "message", "hint" } }\`. A run in which several nodes failed ends with the highest of their codes.

| code | exit | meaning |
|---|---|---|
${rows.join('\n')}
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = errorsPage()
  if (!process.argv.includes('--check')) {
    writeFileSync(page, text)
    console.log(`wrote docs/errors.md: ${Object.keys(errorCodes).length} codes`)
  } else if (existsSync(page) && readFileSync(page, 'utf8').replaceAll('\r\n', '\n') === text) {
    console.log('docs/errors.md is up to date')
  } else {
    console.error('docs/errors.md differs from src/kernel/errors.ts: run npx tsx scripts/errors-doc.ts')
    process.exitCode = 1
  }
}
