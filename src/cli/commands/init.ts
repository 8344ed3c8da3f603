import { relative, resolve } from 'node:path'
import { scaffold } from '../init/scaffold.ts'
import type { Invocation } from '../invocation.ts'
import { ownVersion } from '../version.ts'

export async function initCommand(
  [folder = '.']: readonly string[],
  _: object,
  { output, cwd }: Invocation,
): Promise<number> {
  const target = resolve(cwd, folder)
  const files = await scaffold(target, ownVersion())
  if (output.json) {
    output.record({ folder: target, files })
    return 0
  }
  const { paint } = output
  const short = relative(cwd, target)
  const place = short === '' || short.startsWith('..') ? target : short
  output.lines(
    `${paint.green('Made a project')} in ${target}`,
    ...files.map((file) => paint.dim(`  ${file}`)),
    '',
    paint.bold('Next'),
    ...(target === cwd ? [] : [`  cd ${/^[\w./-]+$/.test(place) ? place : JSON.stringify(place)}`]),
    '  npm install',
    '  npm start',
  )
  return 0
}
