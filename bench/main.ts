import { spawn } from 'node:child_process'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'

/** `npm run bench [-- section ...] [--quick]`. Each section runs in a process of its own, one after the other. */
const sections: Readonly<Record<string, string>> = {
  showcase: 'three million flights end to end, against one DuckDB script',
  memory: 'peak memory, one part against twenty',
  overhead: 'what a node costs besides its work',
  threads: 'row-local work on two threads, against one',
  bridge: 'DuckDB to columns and back',
  csv: 'CSV to columns, against DuckDB',
  convert: 'CSV of ten times the memory limit to Parquet, against DuckDB COPY',
  profile: 'a million rows of ten columns described, against DuckDB SUMMARIZE',
  quality: '16 and 226 rules in memory, against DuckDB SQL, zod, Arquero, Great Expectations and Pandera',
  'quality-files': 'sixteen rules on a Parquet and a CSV file, against DuckDB SQL',
  joins: 'left joins of observed tables, against plain Arquero',
  tables: 'verbs of observed tables, against plain Arquero',
}

const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'))
const unknown = named.filter((name) => sections[name] === undefined)
if (unknown.length > 0) {
  console.error(`no section ${unknown.join(', ')}; there are: ${Object.keys(sections).join(', ')}`)
  process.exit(2)
}
const chosen =
  named.length > 0 ? named : flags.includes('--quick') ? ['showcase', 'memory', 'overhead'] : Object.keys(sections)

console.log(`${cpus()[0]?.model ?? 'unknown processor'} x ${cpus().length}, Node ${process.version}`)
for (const name of chosen) {
  console.log(`\n${name}: ${sections[name]}`)
  const code = await new Promise<number | null>((resolve) => {
    const script = fileURLToPath(new URL(`${name}.ts`, import.meta.url))
    spawn(process.execPath, ['--import', 'tsx', '-C', 'tidegate-source', script, ...flags], { stdio: 'inherit' }).on(
      'exit',
      resolve,
    )
  })
  if (code !== 0) process.exitCode = 1
}
