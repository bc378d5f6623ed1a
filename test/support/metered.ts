import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import type { Signer } from "ethers";

import { UsageClient, signVoucher, usageDomain } from "../../sdk/src/rights";
import { MemoryVouchers, VoucherBook, usageReader, type BookOptions } from "../../sdk/src/server";
import { voucherHeader } from "../../sdk/src/server/voucherBook";
import { NODE } from "../unit/rights/fixture";
import { KEY } from "../unit/rights/usageFixture";
import { CHAIN_ID, closeAll, meterFixture } from "../unit/server/fixture";

export const DAY = 86_400;
const books = new Set<VoucherBook<unknown>>();

/** Closes the books and the servers that a test left open. */
export async function closeBooks(): Promise<void> {
  await closeAll();
  for (const book of books) await book.close().catch(() => undefined);
  books.clear();
}

/** A chain with an open channel, and books and vouchers for it. */
export async function metered() {
  const protocol = await loadFixture(meterFixture);
  await protocol.reset();
  const usageAddress = await protocol.usage.getAddress();
  const { contracts } = protocol;
  const deployment = {
    chainId: CHAIN_ID,
    contracts: {
      UsageChannel: usageAddress,
      LicenseToken: await contracts.LicenseToken.getAddress(),
      Market: await contracts.Market.getAddress(),
    },
  };
  const usage = new UsageClient(deployment, protocol.actors.stranger);

  const domain = () => usageDomain(usageAddress, CHAIN_ID);
  function bookOf(differs: Partial<BookOptions<unknown>> = {}) {
    const book = new VoucherBook<unknown>({
      ...{ reader: usageReader(usage), store: new MemoryVouchers(), domain: domain(), node: NODE },
      ...{ now: protocol.now, recheckSeconds: 1, onFailure: (error: unknown) => void protocol.failures.push(error) },
      ...differs,
    });
    books.add(book);
    return book;
  }
  const visit = () => ({ licenseId: protocol.licenseId, user: protocol.actors.buyer.address });

  /** The header with a voucher of a key. */
  async function signed(
    units: bigint,
    {
      key = KEY as Pick<Signer, "signTypedData">,
      slot = 0,
      validUntil = protocol.now() + 7 * DAY,
      id = protocol.licenseId,
      at = domain(),
    } = {},
  ) {
    return voucherHeader(await signVoucher(key, at, { licenseId: id, slot, units, validUntil }));
  }

  return { protocol, usage, usageAddress, domain, bookOf, visit, signed };
}
export type Metered = Awaited<ReturnType<typeof metered>>;
