// node ask.mjs ORIGIN LICENSE QUESTION: signs the server's challenge and asks.
import { Wallet } from "ethers";
import { SiweMessage } from "siwe";

const [origin, license, question] = process.argv.slice(2);
const { PRIVATE_KEY } = process.env;
if (!PRIVATE_KEY) throw new Error("PRIVATE_KEY is not set: the account that holds the licence.");
const wallet = new Wallet(PRIVATE_KEY);

const asked = await fetch(`${origin}/challenge?account=${wallet.address}&license=${license}`);
const { message } = await asked.json();
// a server could pass on the challenge of another, to be served there in our name
const { uri, requestId } = new SiweMessage(message);
if (uri !== origin || requestId !== license) throw new Error(`The challenge is for ${uri}, licence ${requestId}.`);

const answered = await fetch(`${origin}/answer`, {
  method: "POST",
  body: JSON.stringify({ message, signature: await wallet.signMessage(message), question }),
});
const body = await answered.json();
if (answered.ok) {
  console.log(JSON.stringify(body));
} else {
  console.error(`${answered.status}: ${body.error}`);
  process.exitCode = 1;
}
