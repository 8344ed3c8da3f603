/** `npm run check`: everything that can be told without running the pipeline. Runs all of it, then says what failed. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './packages.ts'

const tsx = ['--import', 'tsx', '-C', 'tidegate-source']
const stages: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['lint', ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.']],
  ['structure', [...tsx, 'scripts/check-structure.ts']],
  ['types', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--pretty']],
  ['api', [...tsx, 'scripts/api-report.ts', '--check']],
  ['errors', [...tsx, 'scripts/errors-doc.ts', '--check']],
]

const failed: string[] = []
for (const [name, args] of stages) {
  const script = args.find((arg) => arg.startsWith('scripts/'))
  if (script && !existsSync(join(root, script))) continue
  console.log(`\n--- ${name}`)
  if (spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status !== 0) failed.push(name)
}
console.log(failed.length > 0 ? `\ncheck: failed: ${failed.join(', ')}` : '\ncheck: clean')
process.exitCode = failed.length > 0 ? 1 : 0
