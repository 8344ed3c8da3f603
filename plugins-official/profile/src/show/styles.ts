/** For screens of any width, light and dark, and for paper. */
export const styles = `
:root { color-scheme: light dark; --text: #1c2128; --soft: #57606a; --line: #d0d7de; --ground: #ffffff; --bar: #0969da }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --soft: #9da7b3; --line: #3d444d; --ground: #0d1117; --bar: #58a6ff } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1rem; max-width: 72rem; background: var(--ground); color: var(--text); font: 15px/1.45 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.1rem; margin: 0 0 .5rem } small, header p, dt, figcaption { color: var(--soft); font-weight: normal }
.wide { overflow-x: auto; margin: 1.5rem 0 }
table { border-collapse: collapse; width: 100%; font-size: .9rem }
caption { text-align: left; font-weight: 600; font-size: 1.1rem; padding-bottom: .4rem }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: normal }
td, tbody th { max-width: 20rem; overflow-wrap: break-word; min-width: 4rem }
tbody th { font-weight: 500 } a { color: inherit }
.column { border-top: 1px solid var(--line); padding: 1rem 0; break-inside: avoid }
figure { margin: 0 0 .75rem; max-width: 30rem } svg { display: block; width: 100%; height: 5rem; border-bottom: 1px solid var(--line) } rect { fill: var(--bar) }
figcaption { display: flex; justify-content: space-between; gap: 1rem; font-size: .8rem }
dl { margin: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .4rem 1.5rem } dt { font-size: .8rem } dd { margin: 0 }
@media print { :root { color-scheme: light; --text: #000; --soft: #444; --line: #bbb; --ground: #fff; --bar: #555 } body { max-width: none; padding: 0; font-size: 11px } .wide { overflow: visible } a { text-decoration: none } }
`
