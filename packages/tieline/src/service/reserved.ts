// Method names that begin with `tieline.` are the toolkit's own; no contract may declare one.

export const RESERVED_PREFIX = 'tieline.'

/** Answers what the service offers, as plain JSON: one description for each contract served. */
export const DESCRIBE = 'tieline.describe'
