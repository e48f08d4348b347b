// One run for all tests of the repository. `npx vitest run PATH` runs those of one folder or file.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      '{packages,systems,examples}/**/*.test.ts',
      '{bench,test}/**/*.test.ts',
      'scripts/**/*.test.mjs',
    ],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // Processes, not threads: tests change the umask, take signals and exit.
    pool: 'forks',
    // Ceilings, no measures: real programs start here (Neovim, mpv, Python), on machines that are busy
    // with other things.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000, interval: 20 } },
    // What a test prints is shown when it fails.
    silent: 'passed-only',
  },
})
