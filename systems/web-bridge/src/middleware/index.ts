// The layers that come with the bridge, and how a layer is for some requests only.
export { type AuthOptions, auth, SUBJECT, type Verdict } from './auth.js'
export { type LoggingOptions, logging } from './logging.js'
export { type RateLimitOptions, rateLimit } from './rate-limit.js'
export { type TimingOptions, timing } from './timing.js'
export { when } from './when.js'
