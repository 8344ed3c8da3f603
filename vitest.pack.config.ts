import { defineConfig } from 'vitest/config'
import { shared } from './vitest.config.ts'

/** The slow tests over packed tarballs: `npm run test:pack`. */
export default defineConfig({
  ...shared,
  test: { ...shared.test, include: ['test/pack/**/*.test.ts'], testTimeout: 300_000, hookTimeout: 600_000 },
})
