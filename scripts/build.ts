/** Compiles the kernel and then each official plugin, in the order they need each other, to `dist`. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { packages, root } from './packages.ts'

const tsc = join(root, 'node_modules/typescript/bin/tsc')

for (const { name, folder } of packages()) {
  const dist = join(root, folder, 'dist')
  rmSync(dist, { recursive: true, force: true })
  const build = spawnSync(process.execPath, [tsc, '-p', join(root, folder, 'tsconfig.build.json')], {
    stdio: 'inherit',
  })
  if (build.status !== 0) fail(`${name} does not compile`)
  finishDeclarations(name, dist)
  if (folder === '.') makeExecutable(join(dist, 'cli/main.js'))
  console.log(`built ${name}`)
}

/**
 * The compiler rewrites `./x.ts` to `./x.js` in JavaScript only; declarations get it here (same length, so their maps stay right).
 * What a consumer's compiler reads may then point neither at sources nor out of the package.
 */
function finishDeclarations(name: string, dist: string): void {
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.d.ts')) continue
    const path = join(dist, file)
    const text = readFileSync(path, 'utf8').replace(/((?:from |import |import\()(['"])\.[^'"]*)\.ts\2/g, '$1.js$2')
    writeFileSync(path, text)
    for (const [, specifier = ''] of text.matchAll(/(?:from |import |import\()['"](\.[^'"]*)['"]/g)) {
      const target = resolve(dirname(path), specifier)
      if (relative(dist, target).startsWith('..'))
        fail(`${name}: ${file} names a type that no door exports ('${specifier}'): export it, or write the type down`)
      if (!existsSync(target)) fail(`${name}: ${file} names '${specifier}', which is not in dist`)
    }
  }
}

function makeExecutable(main: string): void {
  if (!existsSync(main)) return
  if (!readFileSync(main, 'utf8').startsWith('#!/usr/bin/env node\n'))
    fail('cli/main.js does not begin with #!/usr/bin/env node')
  chmodSync(main, 0o755)
}

function fail(why: string): never {
  console.error(`build: ${why}`)
  process.exit(1)
}
