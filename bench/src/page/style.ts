// The page's style: two sets of colours, one for each wish of the reader's system.

export const style = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf8; --card: #ffffff; --ink: #1c1b19; --soft: #6b6862; --line: #e4e0d9;
  --ours: #d9480f; --peer: #8ea3b5; --floor: #b9b3a8; --mark: #1c1b1966;
  --good: #2b8a3e; --bad: #c92a2a; --heat: 217 72 15; --cold: 78 108 138;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16171a; --card: #1e2024; --ink: #e9e7e2; --soft: #9a978f; --line: #33363c;
    --ours: #ff7a3d; --peer: #60778c; --floor: #57544e; --mark: #ffffff80;
    --good: #69db7c; --bad: #ff8787; --heat: 255 122 61; --cold: 108 142 176;
  }
}
* { box-sizing: border-box }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main, header { max-width: 1360px; margin: 0 auto; padding: 0 24px }
header { padding-top: 40px }
h1 { font-size: 34px; line-height: 1.15; letter-spacing: -.02em; margin: 0 0 6px }
h2 { font-size: 24px; letter-spacing: -.01em; margin: 56px 0 4px; scroll-margin-top: 16px }
h3 { font-size: 15px; margin: 0 }
p { margin: 0 0 8px }
.soft, .notes { color: var(--soft); font-size: 13.5px }
.notes p { margin: 0 }
nav { display: flex; flex-wrap: wrap; gap: 8px; margin: 18px 0 0 }
nav a {
  color: var(--ink); text-decoration: none; border: 1px solid var(--line); border-radius: 99px;
  padding: 3px 12px; background: var(--card); font-size: 13.5px;
}
nav a:hover { border-color: var(--ours) }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); gap: 14px; margin: 22px 0 0 }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 14px 18px }
.tile b { display: block; font-size: 30px; line-height: 1.2; letter-spacing: -.02em; color: var(--ours); font-weight: 650 }
.tile span { color: var(--soft); font-size: 13px; display: block; line-height: 1.35 }
.grid-of { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 560px), 1fr)); gap: 18px; margin-top: 18px }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 16px 18px; overflow-x: auto }
.card > .soft { margin-bottom: 10px }
.chart { width: 100%; height: auto; display: block; font-size: 12px; font-variant-numeric: tabular-nums }
.chart text { fill: var(--ink) }
.chart .tick { fill: var(--soft); font-size: 10.5px }
.chart .figure { fill: var(--soft) }
.chart .ratio { font-weight: 600 }
.chart .ours .name { font-weight: 650 }
.chart .floor .name { fill: var(--soft) }
.chart .hit { fill: transparent }
.chart .row:hover .hit { fill: var(--line); opacity: .5 }
.bar.ours { fill: var(--ours) } .bar.peer { fill: var(--peer) } .bar.floor { fill: var(--floor) }
.spread { stroke: var(--mark); stroke-width: 2 }
.grid { stroke: var(--line); stroke-width: 1 }
.base { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 3 2 }
details { margin-top: 10px; font-size: 13px }
summary { cursor: pointer; color: var(--soft) }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; width: 100% }
th { text-align: right; color: var(--soft); font-weight: 500; padding: 3px 8px; border-bottom: 1px solid var(--line); vertical-align: bottom }
td { text-align: right; padding: 3px 8px; border-bottom: 1px solid var(--line); white-space: nowrap }
th:first-child, td:first-child { text-align: left; padding-left: 0 }
tr.ours td:first-child { font-weight: 650 }
tr.floor td { color: var(--soft) }
td.why { text-align: left; color: var(--soft); white-space: normal; min-width: 140px }
.matrix td, .matrix th { text-align: center; padding: 5px 6px }
.matrix td:first-child, .matrix th:first-child { text-align: left }
.matrix td[title] { cursor: default }
.verdict { border-radius: 99px; padding: 1px 9px; font-size: 12px; border: 1px solid currentColor; white-space: nowrap }
.met { color: var(--good) } .missed { color: var(--bad) } .open { color: var(--soft) }
.bullet { width: 160px; height: 16px; display: block; margin: 0 auto }
.bullet .good { stroke: var(--good); stroke-width: 2 } .bullet .bad { stroke: var(--bad); stroke-width: 2 }
.bullet circle.good { fill: var(--good) } .bullet circle.bad { fill: var(--bad) }
.bars td:first-child { white-space: normal; min-width: 220px }
.fault { color: var(--bad) }
.keyed { white-space: nowrap; margin-left: 9px }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 5px }
.key.ours { background: var(--ours) } .key.peer { background: var(--peer) } .key.floor { background: var(--floor) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 14px; margin: 10px 0 0; font-size: 13px }
dt { font-weight: 600 } dd { margin: 0; color: var(--soft) }
footer { color: var(--soft); font-size: 13px; padding: 40px 0 60px }
@media (max-width: 640px) {
  main, header { padding: 0 14px } header { padding-top: 24px } dl { grid-template-columns: 1fr } dd { margin-bottom: 6px }
  .tiles { grid-template-columns: repeat(auto-fill, minmax(140px, 1fr)) }
  /* Its letters stay readable; the card scrolls. */
  .chart { min-width: 540px } td.why { min-width: 320px }
}
@media print { .card { break-inside: avoid } }
`
