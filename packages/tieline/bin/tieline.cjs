#!/usr/bin/env node
// The command as npm links it: npm links at install, when the build has not made dist yet. CommonJS and
// in few files (scripts/bundle.mjs), for Node to start it sooner.
require('../dist/bin/tieline.cjs')
