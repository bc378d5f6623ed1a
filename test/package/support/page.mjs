// Opens a built page in a DOM, with a wallet that signs with an account of the local node, and does what a visitor does.
// node page.mjs FOLDER RPC_URL ACCOUNT INSTRUCTIONS: prints what each instruction found, one JSON line each.
import { GlobalRegistrator } from "@happy-dom/global-registrator";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, rpcUrl, account, instructions] = process.argv.slice(2);
const WAIT_MS = 30_000;
const network = { fetch, Response, Request, Headers, AbortController, AbortSignal };

GlobalRegistrator.register({ url: "http://shop.example/", settings: { disableJavaScriptFileLoading: true } });
// the page talks to the node as a page that the node allows would
Object.assign(globalThis, network);

let declines = false;
const listeners = new Set();
const wallet = {
  isMetaMask: true,
  async request({ method, params = [] }) {
    if (method === "eth_requestAccounts" || method === "eth_accounts") return [account];
    if (method === "eth_sendTransaction" && declines) {
      throw Object.assign(new Error("User rejected the request."), { code: 4001 });
    }
    const response = await network.fetch(rpcUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    const { result, error } = await response.json();
    if (error) throw Object.assign(new Error(error.message), error);
    return result;
  },
  on: (_event, listener) => listeners.add(listener),
  removeListener: (_event, listener) => listeners.delete(listener),
};
window.ethereum = wallet;

document.body.innerHTML = /<body>(.*?)<\/body>/s.exec(readFileSync(join(folder, "index.html"), "utf8"))[1];
const [bundle] = readdirSync(join(folder, "assets")).filter((file) => /^index.*\.js$/.test(file));
await import(pathToFileURL(join(folder, "assets", bundle)).href);

async function found(selector) {
  const until = Date.now() + WAIT_MS;
  for (;;) {
    const element = document.querySelector(selector);
    if (element !== null) return element;
    if (Date.now() > until) throw new Error(`No ${selector} in: ${document.body.innerHTML}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

for (const [what, argument] of JSON.parse(instructions)) {
  if (what === "decline") declines = argument;
  else if (what === "click") (await found(argument)).click();
  else if (what === "read") {
    const element = await found(argument);
    console.log(JSON.stringify({ text: element.textContent.trim(), ...element.dataset }));
  } else throw new Error(`Unknown instruction ${what}.`);
}
process.exit(0);
