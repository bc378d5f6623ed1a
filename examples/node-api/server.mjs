// node server.mjs VERSION: GET /challenge?account=0x..&license=N, then POST /answer {message, signature, question}
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { JsonRpcProvider, getAddress, isAddress } from "ethers";
import { MarketClient, decodeError } from "isonomy";
import { deploymentOn } from "isonomy/addresses";

import { LicenseGuard, Refused } from "./guard.mjs";

// a setting that is empty is not set
const { RPC_URL, DEPLOYMENT_FILE, PORT } = process.env;
const MAX_BODY = 16_384;

const provider = new JsonRpcProvider(RPC_URL || "http://127.0.0.1:8545", undefined, { staticNetwork: true });
const { chainId, market } = await connect().catch((error) => {
  const known = decodeError(error);
  console.error(known.code === "UNEXPECTED" ? error.message : known.explain());
  process.exit(1);
});

async function connect() {
  const { chainId } = await provider.getNetwork();
  const file = DEPLOYMENT_FILE ? { path: DEPLOYMENT_FILE, text: readFileSync(DEPLOYMENT_FILE, "utf8") } : undefined;
  return { chainId, market: new MarketClient(deploymentOn(chainId, file), provider) };
}

let guard;
const server = createServer(async (request, response) => {
  const reply = (status, body) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  try {
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    if (request.method === "GET" && pathname === "/challenge") {
      const [account, license] = [searchParams.get("account"), searchParams.get("license")];
      if (!isAddress(account) || !/^\d{1,78}$/.test(license)) throw new Refused(400, "Give an account and a license.");
      return reply(200, { message: guard.challenge(getAddress(account), license) });
    }
    if (request.method === "POST" && pathname === "/answer") {
      const { message, signature, question } = await bodyOf(request);
      const { licenseId } = await guard.admit(message, signature);
      return reply(200, { licenseId: String(licenseId), answer: answer(String(question)) });
    }
    throw new Refused(404, "There is nothing here.");
  } catch (error) {
    reply(error instanceof Refused ? error.status : 500, { error: error.message });
  }
});

/** Where a model would be asked. */
function answer(question) {
  return `${question.split(/\s+/).filter(Boolean).length} words`;
}

async function bodyOf(request) {
  let text = "";
  for await (const piece of request) {
    text += piece;
    if (text.length > MAX_BODY) throw new Refused(413, "The request is too long.");
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused(400, "The request is not JSON.");
  }
}

server.listen(Number(PORT || 8080), "127.0.0.1", () => {
  const origin = `http://127.0.0.1:${server.address().port}`;
  guard = new LicenseGuard({ market, provider, origin, chainId, versionId: BigInt(process.argv[2]) });
  console.log(JSON.stringify({ origin }));
});
