// A plain render of the same prompt by liquidjs: one line in two holds a value, as the words of a module, an axis or an input would.
// Reads the text on standard input; then answers each line "go" with "<renders a second, template parsed before> <with parsing>".
import { Liquid } from 'liquidjs'
import { createInterface } from 'node:readline'

const lines = createInterface({ input: process.stdin })
const text = []
let measure = null
for await (const line of lines) {
  if (measure) {
    process.stdout.write(measure() + '\n')
  } else if (line === '\u0004') {
    measure = prepare(text)
    process.stdout.write('ready\n')
  } else {
    text.push(line)
  }
}

function prepare(prompt) {
  const values = {}
  const template = prompt.map((line, i) => {
    if (i % 2 || line.length < 12) return line
    const name = `v${i}`
    const at = line.lastIndexOf(' ')
    values[name] = line.slice(at + 1)
    return `${line.slice(0, at + 1)}{{ ${name} }}`
  }).join('\n')
  const engine = new Liquid()
  const parsed = engine.parse(template)
  if (engine.renderSync(parsed, values) !== prompt.join('\n')) throw new Error('the template does not give the prompt back')
  return () => `${rate(() => engine.renderSync(parsed, values))} ${rate(() => engine.parseAndRenderSync(template, values))}`
}

function rate(render) {
  const end = process.hrtime.bigint() + 700_000_000n
  const began = process.hrtime.bigint()
  let n = 0
  while (process.hrtime.bigint() < end) { render(); n++ }
  return Math.round(n / (Number(process.hrtime.bigint() - began) / 1e9))
}
