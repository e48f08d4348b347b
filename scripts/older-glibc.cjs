// Lets Jazzer's native part load where the C library is older than 2.38, as on Debian 12: of what is
// newer there it needs three names, and nothing else. For scripts/fuzz.mjs.
//
// A copy of the file, under node_modules/.cache, does not insist on those versions of the C and C++
// libraries, and a library of a few lines, which the system's C compiler makes, has the names.
const { execFileSync } = require('node:child_process')
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs')
const { basename, join } = require('node:path')

const CACHE = join(__dirname, '../node_modules/.cache/fuzz-native')
const NAMES = `
#include <stdlib.h>
long __isoc23_strtol(const char *text, char **end, int base) { return strtol(text, end, base); }
unsigned long __isoc23_strtoul(const char *text, char **end, int base) {
  return strtoul(text, end, base);
}
/* Starts C++ streams, which the older library does by itself. */
void _ZSt21ios_base_library_initv(void) {}
`
/** An ELF file's need of a version: its name hashed, then flags. Bit 1: it may be missing. */
const NEEDS = [
  Buffer.from([0xb8, 0x91, 0x96, 0x06]), // GLIBC_2.38
  Buffer.from([0x42, 0xf8, 0x97, 0x02]), // GLIBCXX_3.4.32
]
const MAY_BE_MISSING = 2

/** The library to be loaded before all others, for LD_PRELOAD. Undefined where none is needed. */
function preload() {
  if (process.platform !== 'linux') return undefined
  const version = process.report.getReport().header.glibcVersionRuntime
  const [major, minor] = (version ?? '').split('.').map(Number)
  if (major !== 2 || minor >= 38) return undefined
  const library = join(CACHE, 'names.so')
  if (!existsSync(library)) {
    mkdirSync(CACHE, { recursive: true })
    const source = join(CACHE, 'names.c')
    writeFileSync(source, NAMES)
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source], { stdio: 'inherit' })
  }
  return library
}

/** Loads the copy wherever the file itself is asked for. */
function redirect() {
  const { dlopen } = process
  process.dlopen = (module, path, ...rest) => {
    if (!/^fuzzer-linux-.*\.node$/.test(basename(path))) return dlopen(module, path, ...rest)
    const copy = join(CACHE, basename(path))
    const bytes = readFileSync(path)
    for (const need of NEEDS) {
      const at = bytes.indexOf(need)
      if (at >= 0) bytes.writeUInt16LE(MAY_BE_MISSING, at + need.length)
    }
    writeFileSync(copy, bytes)
    return dlopen(module, copy, ...rest)
  }
}

module.exports = { preload }
if (process.env.LD_PRELOAD?.startsWith(CACHE)) redirect()
