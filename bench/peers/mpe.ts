import { type Contract, Signature, type Wallet, getBytes, id, solidityPackedKeccak256 } from "ethers";
import { peerParts } from "../lib/artifacts";
import { type Chain, FAR_DEADLINE } from "../lib/chain";
import type { Figures } from "../lib/types";

const PACKAGE = "singularitynet-platform-contracts";
const VALUE = 10n ** 18n;
const CLAIM = 10n ** 15n;
const BATCH = 50;

export type MpeOperation = "open" | "claimFirst" | "claim" | "multiClaimFirst" | "multiClaim" | "addFunds";

interface Channel {
  readonly id: bigint;
  readonly signer: Wallet;
  readonly gas: number;
}

/**
 * SingularityNET's MultiPartyEscrow: prepaid channels with off-chain claims, in one token, without a licence, a fee or a second payee. A
 * claim moves a balance inside the contract, and needs a signature of its own.
 */
export async function mpe(chain: Chain): Promise<Figures<MpeOperation>> {
  const [owner, recipient] = await chain.actors(2, "mpe");
  const token = await chain.token(owner);
  const artifact = peerParts("MultiPartyEscrow", PACKAGE);
  const escrow = await chain.deploy(artifact, owner, await token.getAddress());
  const nonces = new Map<bigint, bigint>();
  let opened = 0n;

  async function open(): Promise<Channel> {
    const [sender, signer] = await chain.actors(2, "mpe.sender");
    await chain.fund(token, owner, sender!, 100n * VALUE, escrow);
    const args = [signer!.address, recipient!.address, id("group"), VALUE, FAR_DEADLINE];
    const gas = await chain.gas(sender!, escrow, "depositAndOpenChannel", args);
    return { id: opened++, signer: signer!, gas };
  }

  /** The signed word of a channel's signer that the recipient may claim, for the channel's nonce. */
  async function sign({ id: channelId, signer }: Channel): Promise<Signature> {
    const nonce = nonces.get(channelId) ?? 0n;
    nonces.set(channelId, nonce + 1n);
    const types = ["string", "address", "uint256", "uint256", "uint256"];
    const values = ["__MPE_claim_message", await escrow.getAddress(), channelId, nonce, CLAIM];
    return Signature.from(await signer.signMessage(getBytes(solidityPackedKeccak256(types, values))));
  }

  async function claim(channel: Channel): Promise<number> {
    const { v, r, s } = await sign(channel);
    return chain.gas(recipient!, escrow as Contract, "channelClaim", [channel.id, CLAIM, CLAIM, v, r, s, false]);
  }

  async function multiClaim(channels: readonly Channel[]): Promise<number> {
    const signed = await Promise.all(channels.map(sign));
    const same = <T>(value: T) => channels.map(() => value);
    const gas = await chain.gas(recipient!, escrow as Contract, "multiChannelClaim", [
      ...[channels.map((one) => one.id), same(CLAIM), same(CLAIM), same(false)],
      ...[signed.map(({ v }) => v), signed.map(({ r }) => r), signed.map(({ s }) => s)],
    ]);
    return Math.round(gas / channels.length);
  }

  for (let i = 0; i < 2; i++) await claim(await open());
  const channel = await open();
  const claimFirst = await claim(channel);
  await claim(channel);
  const claimed = await claim(channel);
  const channels: Channel[] = [];
  for (let i = 0; i < BATCH; i++) channels.push(await open());
  const multiClaimFirst = await multiClaim(channels);
  const multi = await multiClaim(channels);
  await chain.fund(token, owner, recipient!, 100n * VALUE, escrow);
  await chain.gas(recipient!, escrow, "channelAddFunds", [channel.id, CLAIM]);
  const addFunds = await chain.gas(recipient!, escrow, "channelAddFunds", [channel.id, CLAIM]);
  return { open: channel.gas, claimFirst, claim: claimed, multiClaimFirst, multiClaim: multi, addFunds };
}
