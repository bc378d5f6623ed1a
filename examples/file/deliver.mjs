// node deliver.mjs: delivers the key of each sale until Ctrl-C. It can be stopped anywhere: what is due is read from the chain.
// For a business run `npx isonomy seller --watch`: it survives reorganisations, raises fees and warns of deadlines.
import { setTimeout as sleep } from "node:timers/promises";
import { SAFE_DELIVERY, decodeError, formatLicenseId } from "isonomy";

import { connect, run, sentence, setting } from "./settings.mjs";

await run(async () => {
  const { account, deals } = await connect();
  const confirmations = Number(setting("CONFIRMATIONS", SAFE_DELIVERY.confirmations));
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  console.log(`delivers for ${account.address}`);

  const told = new Set();
  while (!stop.signal.aborted) {
    try {
      for (const deal of await deals.toDeliver(account.address)) await deliver(deal);
    } catch (error) {
      // the node is away: the next look asks again
      console.error(sentence(error));
    }
    await sleep(1_000, undefined, { signal: stop.signal }).catch(() => undefined);
  }

  async function deliver(deal) {
    try {
      await deals.deliver(deal, { ...SAFE_DELIVERY, confirmations });
      console.log(`delivered the key of licence ${formatLicenseId(deal.id)}`);
    } catch (error) {
      // too young to be final: later; any other refusal is told once
      if (decodeError(error).code === "DEAL_NOT_FINAL" || told.has(deal.id)) return;
      told.add(deal.id);
      console.error(`licence ${formatLicenseId(deal.id)}: ${sentence(error)}`);
    }
  }
});
