/** The page's only style sheet; its digest is in the page's Content-Security-Policy, so that no other one applies. */
export const STYLE = `
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --text: #1b2330; --quiet: #5d6878; --line: #dde1e8;
  --loaded: #2f7fd1; --rejects: #c77700; --failed: #d03b3b; --skipped: #98a1ae; --running: #6a54c8; --step: #c3cad4; --area: #2f7fd1; }
@media (prefers-color-scheme: dark) { :root { --page: #12161c; --card: #1b212a; --text: #e6eaf0; --quiet: #98a4b5; --line: #313a47;
  --loaded: #3d86cf; --rejects: #cf8a1d; --failed: #d9534f; --skipped: #697485; --running: #8672da; --step: #4a5565; --area: #5aa2e6; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px 20px 48px; max-width: 1140px; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
header { margin: 8px 0 16px; }
h1 { margin: 0; font-size: 26px; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 0 0 12px; font-size: 17px; }
h2 small, .note, footer, .facts { color: var(--quiet); font-size: 13px; font-weight: normal; }
.note { margin: 8px 0 0; }
.facts { margin: 4px 0 0; overflow-wrap: anywhere; }
.badge { display: inline-block; padding: 2px 10px; border-radius: 999px; font-size: 13px; font-weight: 600; line-height: 1.5;
  background: var(--line); color: var(--text); white-space: nowrap; }
h1 .badge { margin-left: 6px; vertical-align: 4px; }
.badge.complete { background: #1d7f45; color: #fff; }
.badge.failed { background: #c02f2f; color: #fff; }
.badge.loading, .badge.cataloguing, .badge.finishing { background: #6a54c8; color: #fff; }
.message { margin: 0 0 16px; padding: 10px 14px; border-left: 4px solid var(--line); background: var(--card); border-radius: 4px; overflow-wrap: anywhere; }
.message.failed { border-color: var(--failed); }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(132px, 1fr)); gap: 10px; margin: 0 0 16px; }
.numbers div { padding: 10px 12px; min-width: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.numbers dt { color: var(--quiet); font-size: 13px; }
.numbers dd { margin: 0; font-size: 18px; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.numbers .long dd { font-size: 15px; line-height: 27px; }
.numbers .bad dd { color: var(--failed); }
section { margin: 0 0 16px; padding: 16px; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.wide { overflow-x: auto; }
.chart { display: block; width: 100%; min-width: 640px; height: auto; }
.grid { stroke: var(--line); stroke-width: 1; fill: none; }
.tick { fill: var(--quiet); font-size: 11px; }
.label { fill: #fff; font-size: 11px; pointer-events: none; }
g:hover rect { opacity: .8; }
rect.loaded { fill: var(--loaded); } rect.rejects { fill: var(--rejects); } rect.failed { fill: var(--failed); }
rect.skipped { fill: var(--skipped); } rect.running { fill: var(--running); } rect.step { fill: var(--step); }
rect.step + .label { fill: var(--text); }
rect.target { fill: transparent; } rect.target:hover { fill: var(--line); fill-opacity: .5; }
.area { fill: var(--area); fill-opacity: .3; stroke: var(--area); stroke-width: 1.5; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 10px 0 0; padding: 0; list-style: none; color: var(--quiet); font-size: 13px; }
.legend svg { width: 11px; height: 11px; margin-right: 6px; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
th, td { padding: 6px 18px 6px 0; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--quiet); font-size: 13px; font-weight: 600; white-space: nowrap; }
td { overflow-wrap: break-word; min-width: 44px; max-width: 620px; }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.name, code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 13px; }
.name { overflow-wrap: anywhere; }
summary { padding-top: 8px; cursor: pointer; color: var(--quiet); }
@media (max-width: 600px) { body { padding: 12px 10px 32px; } section { padding: 12px; } h1 { font-size: 21px; } .chart { min-width: 860px; }
  .numbers { grid-template-columns: repeat(2, 1fr); } td { min-width: 88px; } td.number { min-width: 0; }
  .prose thead { display: none; } .prose tr { display: block; padding: 6px 0; border-top: 1px solid var(--line); }
  .prose td { display: block; padding: 1px 0; border: 0; text-align: left; } .prose td.number::before { content: attr(data-title) ": "; } }
@media print { body { background: none; } section { break-inside: avoid; } }
`;
