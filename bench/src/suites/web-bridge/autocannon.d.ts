// What is used of autocannon, which comes without types.
declare module 'autocannon' {
  interface Options {
    readonly url: string
    readonly connections: number
    /** Seconds. */
    readonly duration: number
    readonly expectBody?: string
  }
  interface Result {
    readonly requests: { readonly total: number }
    /** Milliseconds. */
    readonly latency: { readonly p50: number; readonly p99: number }
    readonly errors: number
    readonly mismatches: number
    readonly non2xx: number
    /** Seconds. */
    readonly duration: number
  }
  // biome-ignore lint/style/noDefaultExport: it is how the package exports it
  export default function autocannon(options: Options): Promise<Result>
}
