/** For screens of any width, light and dark, and for paper. */
export const styles = `
:root { color-scheme: light dark; --text: #1c2128; --soft: #57606a; --line: #d0d7de; --ground: #fff; --card: #f6f8fa; --bar: #0969da; --good: #116329; --bad: #cf222e; --odd: #7d4e00 }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --soft: #9da7b3; --line: #3d444d; --ground: #0d1117; --card: #161b22; --bar: #58a6ff; --good: #3fb950; --bad: #ff7b72; --odd: #d29922 } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1rem; max-width: 76rem; background: var(--ground); color: var(--text); font: 15px/1.45 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.2rem; margin: 0 } h3 { font-size: 1rem; margin: 1rem 0 .3rem }
small, .soft { color: var(--soft); font-weight: normal } p { margin: .3rem 0 }
.verdict { font-size: 1.05rem; font-weight: 600; border-left: .3rem solid var(--good); padding: .4rem .8rem; background: var(--card); margin: .8rem 0 } .verdict.bad { border-color: var(--bad) } .verdict.odd { border-color: var(--odd) }
.good { color: var(--good) } .bad { color: var(--bad) } .odd { color: var(--odd) } .mark { font-weight: 600; white-space: nowrap }
.wide { overflow-x: auto; margin: .8rem 0 }
table { border-collapse: collapse; width: 100%; font-size: .9rem } caption { text-align: left; font-weight: 600; padding-bottom: .3rem }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: normal } .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
td, tbody th { max-width: 26rem; overflow-wrap: break-word } tbody th { font-weight: 500 } a { color: inherit }
.samples td, .samples th { font: 12px/1.4 ui-monospace, monospace; max-width: 24rem; white-space: nowrap; overflow: hidden; text-overflow: ellipsis } .samples caption { font: 600 .85rem/1.4 system-ui, sans-serif } .samples { margin: .2rem 0 1rem; padding-left: .8rem; border-left: 2px solid var(--line) }
.node { border-top: 2px solid var(--line); padding: 1rem 0; margin-top: 1rem }
details > summary { cursor: pointer; font-weight: 600; margin: .6rem 0 }
.lines { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .6rem 1.2rem } figure { margin: 0; break-inside: avoid } figcaption { display: flex; justify-content: space-between; gap: .6rem; font-size: .85rem }
figcaption b { white-space: nowrap } svg { display: block; width: 100%; height: auto } path { fill: none; stroke: var(--bar); stroke-width: 1.5; vector-effect: non-scaling-stroke } circle { fill: var(--bar) }
dl { margin: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .4rem 1.5rem } dt { font-size: .8rem; color: var(--soft) } dd { margin: 0 }
rect { fill: var(--bar) } .column { border-top: 1px solid var(--line); padding: .8rem 0; break-inside: avoid } .column figure { max-width: 30rem; margin-bottom: .6rem } .column svg { height: 4rem; border-bottom: 1px solid var(--line) }
@media print { :root { color-scheme: light; --text: #000; --soft: #444; --line: #bbb; --ground: #fff; --card: #fff; --bar: #555; --good: #000; --bad: #000; --odd: #000 } body { max-width: none; padding: 0; font-size: 11px } .wide { overflow: visible } .samples td, .samples th { white-space: normal; overflow-wrap: anywhere } a { text-decoration: none } tr { break-inside: avoid } }
`
