// Where the version of this package is written.

/** From dist/cli to the package's root. */
export const manifest = new URL('../../package.json', import.meta.url)
