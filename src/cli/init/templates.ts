/** The files of a new project, by path. `version` is that of the Tidegate that makes it. */
export function projectFiles(name: string, version: string): ReadonlyMap<string, string> {
  return new Map([
    ['package.json', packageJson(name, version)],
    ['pipeline.config.ts', config],
    ['data/weather.csv', weather],
    ['README.md', readme(name)],
    ['.gitignore', 'node_modules/\nout/\n.tidegate/\n'],
  ])
}

function packageJson(name: string, version: string): string {
  // Newer releases of flechette need a package that npm cannot find everywhere; an override reaches it wherever it is used.
  const content = {
    name,
    private: true,
    type: 'module',
    engines: { node: '>=20.19' },
    scripts: { start: 'tidegate run', tidegate: 'tidegate' },
    dependencies: { '@tidegate/files': `^${version}`, tidegate: `^${version}`, zod: '^4.6.7' },
    overrides: { '@uwdata/flechette': '~2.6.0' },
  }
  return `${JSON.stringify(content, null, 2)}\n`
}

const config = `import { csv, toCsv } from '@tidegate/files'
import { between, count, defineConfig, each, max, mean, notNull, pipeline, rollup } from 'tidegate'
import { z } from 'zod'

const Weather = z.object({ date: z.iso.date(), city: z.string(), high: z.number().nullable(), rain: z.number() })

// A source reads files: one part per file, so that only changed files are read again.
const weather = csv({ path: 'data/*.csv', schema: Weather })

// A step is plain Arquero. Rows that fail a check are set aside, each with its reasons.
const clean = each({
  from: weather,
  run: (rows) => rows.derive({ wet: (d) => d.rain > 1 }),
  expect: [notNull('high'), between('high', -60, 60)],
  otherwise: 'quarantine',
})

const cities = rollup({
  from: clean,
  by: { city: 'city' },
  measure: { days: count(), high: mean('high'), hottest: max('high') },
})

const report = toCsv({ from: cities, path: 'out/cities.csv' })

export default defineConfig(() => ({
  pipelines: { weather: pipeline({ weather, clean, cities, report }) },
}))
`

const weather = `date,city,high,rain
2026-01-01,Bergen,4.5,12.4
2026-01-02,Bergen,5.1,8.9
2026-01-03,Bergen,,3.0
2026-01-01,Cairo,19.8,0
2026-01-02,Cairo,20.3,0
2026-01-03,Cairo,203,0
2026-01-01,Lima,27.1,0
2026-01-02,Lima,26.8,0.2
2026-01-03,Lima,27.4,0
`

function readme(name: string): string {
  return `# ${name}

A pipeline with [Tidegate](https://www.npmjs.com/package/tidegate): \`data/*.csv\` is read, checked, rolled up per city and published as \`out/cities.csv\`.

    npm install
    npm start

Two rows of the data are bad on purpose: the gate of \`clean\` sets them aside.

    npx tidegate quarantine show clean
    npx tidegate show cities
    npx tidegate lineage cities.high

Run it again and it says that everything is up to date. Change a file in \`data\`, or the code of a step in \`pipeline.config.ts\`, and
\`npx tidegate plan\` says what would run and why.
`
}
