import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const words = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** A Chromium of this machine; undefined where there is none, which CI does not tolerate. */
export const browser: string | undefined = words.find((word) => spawnSync(word, ['--version']).status === 0)
if (browser === undefined && process.env['TIDEGATE_REQUIRE_BROWSER'] === '1')
  throw new Error(`none of ${words.join(', ')} is installed`)

/** What a page looks like in a window of this size, as PNG. The browser reaches no network. */
export async function screenshot(file: string, width: number, height: number): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-page-'))
  try {
    const picture = join(folder, 'page.png')
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--proxy-server=127.0.0.1:9']
    await promisify(execFile)(
      browser as string,
      [
        ...flags,
        `--user-data-dir=${join(folder, 'user')}`,
        `--window-size=${width},${height}`,
        `--screenshot=${picture}`,
        pathToFileURL(file).href,
      ],
      { timeout: 60_000 },
    )
    return await readFile(picture)
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Width and height that a PNG says it has. */
export function pictureSize(png: Buffer): readonly [number, number] {
  return [png.readUInt32BE(16), png.readUInt32BE(20)]
}
