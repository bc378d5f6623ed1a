// A server that keeps vouchers in a folder: takes the vouchers of the input, one a line, charges 10 units each, and says when it has.
import { createInterface } from "node:readline";

import { usageDomain } from "../../sdk/src/rights";
import { VoucherBook, type ChannelReader } from "../../sdk/src/server";
import { VoucherFolder } from "../../sdk/src/server/voucherFolder";

const [folder, settings] = [process.argv[2]!, JSON.parse(process.argv[3]!) as Record<string, string>];
const { licenseId, user, signer, node, usage, now } = settings as Record<string, string>;

async function main(): Promise<void> {
  const key = { signer: signer!, cap: 10_000n, redeemed: 0n, until: 0 };
  const view = { channel: {}, node: node!, bought: 1_000n, redeemed: 0n, grace: 86_400, closesAt: 0, key };
  const reader: ChannelReader = { viewOf: async () => view };
  const domain = usageDomain(usage!, 31_337n);
  const store = await VoucherFolder.open(folder);
  const book = new VoucherBook({ reader, store, domain, node: node!, now: () => Number(now), saveSeconds: 3_600 });
  process.stdout.write("ready\n");
  for await (const line of createInterface({ input: process.stdin })) {
    const { used } = await book.charge({ licenseId: BigInt(licenseId!), user: user! }, 10n, line);
    process.stdout.write(`${used}\n`);
  }
}

main().catch((error: { code?: string }) => {
  process.stdout.write(`${error.code ?? String(error)}\n`);
  process.exitCode = 1;
});
