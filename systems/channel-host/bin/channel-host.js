#!/usr/bin/env node
// The command as npm links it: npm links at install, when the build has not made dist yet.
import '../dist/cli/main.js'
