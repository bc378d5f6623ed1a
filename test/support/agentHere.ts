import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { HDNodeWallet, Mnemonic, ZeroAddress, type Provider, type Signer } from "ethers";
import { ethers } from "hardhat";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { DealClient, type Keyring } from "../../sdk/src/deals";
import { portablePlatform, type StoredKey } from "../../sdk/src/fairexchange";
import { SellerAgent, StateFile, type JournalEntry, type LogLine, type SellerOptions } from "../../sdk/src/seller";
import type { OfferStruct } from "../../typechain-types/contracts/market/Market";
import { marketFixture } from "../helpers/market";

const PHRASE = "test test test test test test test test test test test junk";

export class MemoryKeyring implements Keyring {
  readonly keys = new Map<bigint, StoredKey>();
  /** Called before a secret is handed out. */
  onFind: () => Promise<void> = async () => undefined;

  async add(key: StoredKey): Promise<void> {
    this.keys.set(key.x, key);
  }

  async find(x: bigint): Promise<StoredKey> {
    await this.onFind();
    const key = this.keys.get(x);
    if (key === undefined) throw new Error("not kept");
    return key;
  }
}

/** A market on Hardhat's chain whose creator sells a file, with what an agent of the creator needs. */
export async function agentFixture() {
  const protocol = await loadFixture(marketFixture);
  const { contracts, actors, actions, files } = protocol;
  const { creator, buyer } = actors;
  const wallet = (await ethers.getSigners())
    .map((_, i) => HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(PHRASE), `m/44'/60'/0'/0/${i}`))
    .find(({ address }) => address === creator.address)!;
  const addresses = {
    ModelRegistry: await contracts.ModelRegistry.getAddress(),
    LicenseToken: await contracts.LicenseToken.getAddress(),
    RevenueLedger: await contracts.RevenueLedger.getAddress(),
    Market: await contracts.Market.getAddress(),
    Escrow: await contracts.Escrow.getAddress(),
    UpdateDesk: await contracts.UpdateDesk.getAddress(),
  };
  const deployment = { contracts: addresses };
  const escrow = addresses.Escrow;
  const [sellersKeys, buyersKeys] = [new MemoryKeyring(), new MemoryKeyring()];
  await sellersKeys.add({
    kind: "version",
    secret: files.file.key,
    x: BigInt(files.file.data.keyX as string),
    note: "the file",
  });
  const dealsOf = (signer: Signer, keyring: Keyring): DealClient =>
    new DealClient(deployment, signer, { platform: portablePlatform, keyring });

  /** Buys the file under an offer, as the buyer, with a pad that is honest or the one that is given. */
  async function buy(differs: Partial<OfferStruct> = {}, key?: { buyerKey: string; pad: string }) {
    const offer = actions.fileTerms(differs);
    await actions.list(offer);
    const pad = key ?? (await dealsOf(buyer, buyersKeys).newPad(BigInt(offer.versionId)));
    const order = await actions.orderFor(offer, pad);
    const value = offer.payToken === ZeroAddress ? offer.price : 0n;
    return actions.dealOf(await contracts.Market.connect(buyer).purchase(offer, order, { value }));
  }

  return { ...protocol, wallet, deployment, addresses, escrow, sellersKeys, buyersKeys, dealsOf, buy };
}

export type AgentFixture = Awaited<ReturnType<typeof agentFixture>>;

/** An agent in this process, and what it said. */
export async function agentHere(
  { wallet, escrow, dealsOf, sellersKeys }: AgentFixture,
  differs: Partial<SellerOptions> & { provider?: Provider } = {},
) {
  const folder = await mkdtemp(join(tmpdir(), "isonomy-agent-"));
  const state = differs.state ?? new StateFile(join(folder, "state.json"));
  const said: LogLine[] = [];
  const agent = new SellerAgent({
    provider: ethers.provider,
    wallet,
    chainId: 31_337n,
    escrow,
    fromBlock: 0,
    deals: (signer) => dealsOf(signer, sellersKeys),
    state,
    policy: { confirmations: 0, margin: 600n },
    pollIntervalMs: 10,
    maxBlocksPerRequest: 10_000,
    parallel: 4,
    alertBefore: 7_200n,
    silenceAlertMs: 300_000,
    transactions: { patience: 10_000, pollIntervalMs: 10, raiseAfter: 60_000 },
    log: (line) => said.push(line),
    ...differs,
  });
  await agent.start();
  return {
    agent,
    state,
    said,
    events: () => said.map(({ event }) => event).filter((event) => event !== "started"),
    look: () => agent.poll(),
    journal: async (): Promise<JournalEntry[]> => (await state.load())?.journal ?? [],
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** What waits in the pool for an account, by its numbers. */
export async function poolOf(account: string) {
  const pool = (await ethers.provider.send("eth_pendingTransactions", [])) as {
    from: string;
    to: string;
    nonce: string;
    input: string;
    maxFeePerGas: string;
    hash: string;
  }[];
  return pool
    .filter(({ from }) => from.toLowerCase() === account.toLowerCase())
    .map(({ nonce, maxFeePerGas, ...rest }) => ({ ...rest, nonce: Number(nonce), fee: BigInt(maxFeePerGas) }))
    .sort((a, b) => a.nonce - b.nonce);
}
