import type { ViteUserConfig } from 'vitest/config'
import { defineConfig } from 'vitest/config'

/** Set by continuous integration only: writes the results as JSON next to the ordinary output. */
const report = process.env['TIDEGATE_TEST_REPORT']

/** What every vitest run of the repository shares: everything runs from source, in processes of its own. */
export const shared = {
  ssr: { resolve: { conditions: ['tidegate-source', 'module', 'node', 'development|production'] } },
  test: {
    environment: 'node',
    pool: 'forks',
    testTimeout: 20_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    ...(report ? { reporters: ['default', ['json', { outputFile: report }]] } : {}),
  },
} satisfies ViteUserConfig

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: ['test/**/*.test.ts', 'plugins-official/*/test/**/*.test.ts', 'examples/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'test/pack/**'],
    coverage: {
      enabled: process.env['TIDEGATE_COVERAGE'] === '1',
      provider: 'v8', // Istanbul rewrites function text, and Arquero parses function text.
      include: ['src/**/*.ts', 'plugins-official/*/src/**/*.ts'],
      reporter: ['text', 'json-summary', 'html'],
      reportOnFailure: true,
      thresholds: {
        'src/kernel/**': { lines: 90 },
        'src/kernel/gate/**': { lines: 100 },
        'src/kernel/validate/**': { lines: 100 },
        'src/plugins/defaults/checks/**': { lines: 100 },
        'plugins-official/checks/src/**': { lines: 100 },
        'src/kernel/parts/**': { lines: 100 },
        'src/kernel/lineage/**': { lines: 100 },
      },
    },
  },
})
