import { copyFile, cp, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type Duck, openDuckDB } from '@tidegate/duckdb'
import { onTestFinished } from 'vitest'
import { type RunOutcome, runPipeline } from '../../src/kernel/run/run-pipeline.ts'
import { installAllBut, root, temporaryFolder, withKernel } from '../support/temporary-project.ts'

const data = join(root, 'node_modules/vega-datasets/data')
const flightsFile = 'flights-3m.parquet'

/** The showcase in a folder of its own, on all flights or on a sample of them, written as TypeScript or as YAML. */
export async function showcase(
  given: { readonly flights?: 'all' | 'sample'; readonly as?: 'ts' | 'yaml' } = {},
): Promise<string> {
  const { flights = 'sample', as = 'ts' } = given
  const folder = await temporaryFolder()
  const own = join(await installAllBut(folder, 'vega-datasets'), 'data')
  await mkdir(own)
  await copyFile(join(data, 'airports.csv'), join(own, 'airports.csv'))
  if (flights === 'all') await symlink(join(data, flightsFile), join(own, flightsFile))
  else await writeSample(join(own, flightsFile))
  if (as === 'ts') await copyFile(join(root, 'pipeline.config.ts'), join(folder, 'pipeline.config.ts'))
  else {
    await cp(join(root, 'test/showcase/pipeline.yaml'), join(folder, 'pipeline.config.yaml'))
    await cp(join(root, 'test/showcase/steps.ts'), join(folder, 'steps.ts'))
  }
  return folder
}

/** Every 60th flight, and all whose delay is out of range. */
async function writeSample(file: string): Promise<void> {
  const duck = await duckdb()
  const numbered = `SELECT *, file_row_number AS row FROM read_parquet('${join(data, flightsFile)}', file_row_number = true)`
  const chosen = `SELECT date, delay, distance, origin, destination FROM (${numbered}) WHERE row % 60 = 0 OR delay NOT BETWEEN -120 AND 1440 ORDER BY row`
  await duck.run(`COPY (${chosen}) TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 20000)`)
}

export async function duckdb(): Promise<Duck> {
  const duck = await openDuckDB()
  onTestFinished(() => duck.close())
  return duck
}

export function runShowcase(folder: string): Promise<RunOutcome> {
  return withKernel(folder, (kernel) => runPipeline(kernel, 'flights'))
}

/** All rows of what a run published, in the order of the files. */
export async function publishedRows(folder: string) {
  const duck = await duckdb()
  const rows = (name: string) => duck.rows(`SELECT * FROM read_parquet('${join(folder, 'out', name)}')`)
  return { daily: await rows('daily.parquet'), routes: await rows('top-routes.parquet') }
}
