// A person from the sign-up mail to the session, in a real browser. Arguments: the address, and a folder for pictures.
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [base, pictures] = process.argv.slice(2);
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const email = `browser${Date.now()}@example.test`;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const context = await browser.newContext({ locale: process.env.LOCALE ?? "en-GB", viewport: { width: 900, height: 700 }, bypassCSP: false });
const page = await context.newPage();
const broken = [];
page.on("pageerror", error => broken.push(String(error)));
page.on("console", message => message.type() === "error" && message.text().includes("Content Security Policy") && broken.push(message.text()));

async function look(name) {
  await page.screenshot({ path: `${pictures}/${name}.png` });
  // Through the debugger, because the pages allow no script but their own.
  const session = await context.newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: axe });
  const { result } = await session.send("Runtime.evaluate", { expression: "axe.run().then(r => JSON.stringify(r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' '))))", awaitPromise: true, returnByValue: true });
  const violations = JSON.parse(result.value);
  if (violations.length) broken.push(`${name}: ${violations.join("; ")}`);
}

async function said(expected) {
  await page.waitForFunction(text => document.getElementById("say").textContent.includes(text), expected, { timeout: 20000 });
}

async function letter(subject) {
  for (let tries = 0; tries < 200; tries++) {
    const mails = await (await context.request.get(`${base}/dev/inbox?format=json&to=${encodeURIComponent(email)}`)).json();
    const found = mails.find(mail => mail.text.includes(subject));
    if (found) return found.text.match(/http\S+/)[0];
    await page.waitForTimeout(100);
  }
  throw new Error(`No letter leads to ${subject}.`);
}

const post = (path, body) => page.evaluate(async ([path, body]) => {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  return answer.status === 204 ? null : answer.json();
}, [path, body]);

// What an authenticator app shows (RFC 6238), so many half minutes from now.
function code(secret, ahead) {
  const bits = [...secret].map(letter => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const step = Buffer.alloc(8);
  step.writeBigInt64BE(BigInt(Math.floor(Date.now() / 30000) + ahead));
  const hash = createHmac("sha1", Buffer.from(bits.match(/.{8}/g).map(byte => parseInt(byte, 2)))).update(step).digest();
  return String((hash.readUInt32BE(hash[19] & 15) & 0x7fffffff) % 1000000).padStart(6, "0");
}

async function signIn(password, digits) {
  await page.goto(`${base}/account/sign-in`);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  if (digits) {
    await page.getByLabel("Code of your authenticator").fill(digits);
    await page.getByLabel("Ask for no code on this machine").check();
    await look("sign-in-code");
  }
  await page.getByRole("button").click();
}

await context.request.post(`${base}/api/auth/register`, { data: { email, password: "correct horse battery staple" } });
await page.goto((await letter("/account/confirm")).replace(/^https?:\/\/[^/]+/, base));
if (page.url().includes("code=")) broken.push("The code stays in the address.");
await look("confirm");
await page.getByRole("button").click();
await said("confirmed");

await context.request.post(`${base}/api/auth/password/forgot`, { data: { email } });
await page.goto((await letter("/account/reset")).replace(/^https?:\/\/[^/]+/, base));
await page.getByLabel("New password").fill("short");
await page.getByRole("button").click();
await page.waitForSelector("#say.bad");
await look("reset");
await page.getByLabel("New password").fill("another long and easy sentence");
await page.getByRole("button").click();
await said("password is set");

await page.goto(`${base}/account/sign-in`);
await page.getByLabel("E-mail").fill(email);
await page.getByLabel("Password").fill("wrong wrong wrong wrong");
await page.getByRole("button").click();
await page.waitForSelector("#say.bad");
await page.getByLabel("Password").fill("another long and easy sentence");
await page.getByRole("button").click();
await said("signed in");
await look("sign-in");
const me = await context.request.get(`${base}/api/auth/me`);
if ((await me.json()).email !== email) broken.push("The session is not the account's.");

const { secret } = await post("/api/auth/2fa/enrol", { password: "another long and easy sentence" });
await post("/api/auth/2fa/enable", { code: code(secret, 0) });
await post("/api/auth/logout");
await signIn("another long and easy sentence");
await page.waitForSelector("#say.bad");
await signIn("another long and easy sentence", code(secret, 1));
await said("signed in");
await post("/api/auth/logout");
await signIn("another long and easy sentence");
await said("signed in");
await post("/api/auth/logout-everywhere");
await signIn("another long and easy sentence");
await page.waitForSelector("#say.bad");

await page.goto(`${base}/account/confirm`);
await page.getByRole("button").click();
await said("not whole");
await page.goto(base);
await look("home");
await page.goto(`${base}/docs/errors/SLUG_TAKEN`);
await look("error");
await page.goto(`${base}/dev/inbox`);
await look("inbox");
await browser.close();
if (broken.length) {
  console.error(broken.join("\n"));
  process.exit(1);
}
