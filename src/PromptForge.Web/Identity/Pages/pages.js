const form = document.getElementById("form");
const say = document.getElementById("say");
const { page, done, broken, away, first, with: signInWith } = form.dataset;
const kept = "promptforge.invitation";

// What the link carries must not stay in the address or the history.
const fragment = location.hash.slice(1);
const given = new URLSearchParams(fragment);
if (fragment && page !== "sign-in") history.replaceState(null, "", location.pathname);
if (page === "invitation" && fragment) sessionStorage.setItem(kept, fragment);

const jobs = {
  "confirm": () => ["/api/auth/confirm", { user_id: given.get("user_id"), code: given.get("code") }],
  "email": () => ["/api/auth/email/confirm", { user_id: given.get("user_id"), new_email: given.get("new_email"), code: given.get("code") }],
  "reset": () => ["/api/auth/password/reset", { user_id: given.get("user_id"), code: given.get("code"), new_password: form.new_password.value }],
  "invitation": () => ["/api/invitations/accept", { token: sessionStorage.getItem(kept) }],
  "sign-in": () => ["/api/auth/login?use_cookies=true", { email: form.email.value, password: form.password.value, ...(form.two_factor_code.value ? { two_factor_code: form.two_factor_code.value, remember_machine: form.remember_machine.checked } : {}) }],
};

const post = (path, body) => fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

function tell(text, bad) {
  say.textContent = text;
  say.className = bad ? "bad" : "";
}

form.addEventListener("submit", async event => {
  event.preventDefault();
  const [path, body] = jobs[page]();
  if (Object.values(body).some(value => value === null)) return tell(broken, true);
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await post(path, body);
    if (answer.ok) {
      tell(done, false);
      if (page === "invitation") sessionStorage.removeItem(kept);
      if (page === "sign-in" && sessionStorage.getItem(kept)) location.assign("/invitation");
      else button.hidden = true;
      return;
    }
    const problem = await answer.json();
    tell(page === "invitation" && answer.status === 401 ? first : (problem.errors ?? []).map(e => e.detail).join(" ") || problem.detail, true);
  } catch {
    tell(away, true);
  }
  button.disabled = false;
});

if (page === "invitation" && sessionStorage.getItem(kept)) {
  const answer = await post("/api/invitations/preview", { token: sessionStorage.getItem(kept) });
  const found = await answer.json();
  document.getElementById("what").textContent = answer.ok ? `${found.org_name}: ${found.role}, ${found.email}` : found.detail;
}

if (page === "sign-in") {
  const answer = await fetch("/api/auth/oidc");
  for (const issuer of answer.ok ? (await answer.json()).items ?? [] : []) {
    const link = document.createElement("a");
    link.href = issuer.start;
    link.textContent = `${signInWith} ${issuer.name}`;
    document.getElementById("issuers").append(link, " ");
  }
}
