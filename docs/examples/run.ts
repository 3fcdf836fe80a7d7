// Runs M07 and saves the bundle's files. Takes PROMPTFORGE_SERVER and PROMPTFORGE_KEY; needs Node.js 22 (22.6 and newer run it as it is) or any bundler.
import { writeFile } from "node:fs/promises";

const { PROMPTFORGE_SERVER: server, PROMPTFORGE_KEY: key } = process.env;
const headers = { Authorization: `Bearer ${key}` };

const answer = await fetch(`${server}/api/run/M07`, {
  method: "POST",
  headers: { ...headers, "Content-Type": "application/json", "Idempotency-Key": "acme-offer-42" },
  body: JSON.stringify({
    seven_d: { domain: "fintech", urgency: "crisis" },
    type: "generation",
    formats: ["md", "json"],
    inputs: { price: "25000 EUR", perceived_risk: "delivery uncertainty", proofs: ["audit 2025", "case study"], guarantees: ["milestone refunds"] },
  }),
});
const run = await answer.json();
if (!answer.ok) throw new Error(`${run.code}: ${run.detail}`);

console.log(run.score.verdict, run.score.total, run.bundle.checksum);
for (const file of run.bundle.files) {
  const content = await fetch(`${server}${file.url}`, { headers });
  await writeFile(file.name, Buffer.from(await content.arrayBuffer()));
}
