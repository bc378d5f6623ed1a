import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Interface, Signature, TypedDataEncoder, Wallet, ZeroAddress, randomBytes, hexlify, type Signer } from "ethers";
import { network } from "hardhat";
import {
  createPublicClient,
  createWalletClient,
  custom,
  encodeFunctionData,
  hashTypedData,
  recoverTypedDataAddress,
  type Abi,
} from "viem";

import { ecdsaSignature } from "../../../sdk/src/market";
import {
  OFFER_TYPES,
  approvalCall,
  licenseIdsIn,
  offerDigest,
  offerTypedData,
  permitTypedData,
  purchaseCall,
  purchaseSignedCall,
  purchaseWithPermitCall,
  toOffer,
  viemOffer,
  type Offer,
} from "../../../sdk/src/market/viem";
import { IERC20__factory } from "../../../typechain-types/factories/@openzeppelin/contracts/token/ERC20/IERC20__factory";
import { IMarket__factory } from "../../../typechain-types/factories/contracts/market/IMarket__factory";
import type { OfferStruct } from "../../../typechain-types/contracts/market/Market";
import { PRICE, marketFixture } from "../../helpers/market";
import { domainOf } from "../../helpers/signing";
import { caught } from "../../support/caught";

const MARKET_ABI = IMarket__factory.abi as unknown as Abi;
const TOKEN_ABI = IERC20__factory.abi as unknown as Abi;
const CHAIN_ID = 31_337n;

interface Call {
  readonly address: string;
  readonly functionName: string;
  readonly args: readonly unknown[];
  readonly value?: bigint;
}

describe("isonomy/viem", () => {
  /** A market with one offer in native coin and one in a token, and a payer with both. */
  async function shopFixture() {
    const protocol = await loadFixture(marketFixture);
    const { contracts, token, actors, actions } = protocol;
    const payer = actors.recipient;
    await token.mint(payer.address, 10n * PRICE);
    const deployment = {
      contracts: {
        Market: await contracts.Market.getAddress(),
        LicenseToken: await contracts.LicenseToken.getAddress(),
      },
    };
    const listed = async (terms: Partial<OfferStruct>): Promise<Offer> => {
      const offer = actions.terms(terms);
      await actions.list(offer);
      return toOffer(offer);
    };
    const inToken = await listed({ salt: 1n });
    const inCoin = await listed({ salt: 2n, payToken: ZeroAddress });
    return { ...protocol, payer, deployment, inToken, inCoin, licenses: contracts.LicenseToken };
  }

  /** Sends a call as viem encodes it, and returns the receipt in viem's words. */
  async function send(signer: Signer, { address, value = 0n, ...call }: Call, abi = MARKET_ABI) {
    const data = encodeFunctionData({ abi, ...call } as never);
    const receipt = (await (await signer.sendTransaction({ to: address, data, value })).wait())!;
    return { logs: receipt.logs, transactionHash: receipt.hash };
  }

  it("buys for native coin with one call, whose receipt names the licence", async () => {
    const { payer, deployment, inCoin, licenses } = await loadFixture(shopFixture);
    const call = purchaseCall(deployment, inCoin, payer.address);
    expect(call.value).to.equal(PRICE);
    const [licenseId] = licenseIdsIn(deployment, await send(payer, call), payer.address, [call.args[1]]);
    expect(await licenses.ownerOf(licenseId!)).to.equal(payer.address);
  });

  it("buys for a token after the allowance of its price, for somebody else", async () => {
    const { payer, deployment, inToken, licenses, token, actors } = await loadFixture(shopFixture);
    const approval = approvalCall(deployment, inToken)!;
    await send(payer, approval, TOKEN_ABI);
    expect(await token.allowance(payer, deployment.contracts.Market)).to.equal(PRICE);
    const recipient = actors.stranger.address;
    const call = purchaseCall(deployment, inToken, payer.address, { recipient });
    expect(call.value).to.equal(0n);
    const [licenseId] = licenseIdsIn(deployment, await send(payer, call), payer.address, [call.args[1]]);
    expect(await licenses.ownerOf(licenseId!)).to.equal(recipient);
    expect(await token.allowance(payer, deployment.contracts.Market)).to.equal(0n);
  });

  it("asks for no allowance of native coin", async () => {
    const { deployment, inCoin } = await loadFixture(shopFixture);
    expect(approvalCall(deployment, inCoin)).to.equal(undefined);
  });

  it("buys with a permit that the payer signed of its typed data", async () => {
    const { payer, deployment, inToken, licenses, token } = await loadFixture(shopFixture);
    const domain = (await domainOf(token)) as never;
    const deadline = BigInt(await time.latest()) + 600n;
    const permit = { domain, nonce: await token.nonces(payer), deadline };
    const data = permitTypedData(deployment, inToken, payer.address, permit);
    const signature = await payer.signTypedData(data.domain, data.types as never, data.message);
    const signed = { deadline, signature };
    const call = purchaseWithPermitCall(deployment, inToken, payer.address, signed);
    const [licenseId] = licenseIdsIn(deployment, await send(payer, call), payer.address, [call.args[1]]);
    expect(await licenses.ownerOf(licenseId!)).to.equal(payer.address);
    expect(await recoverTypedDataAddress({ ...data, signature } as never)).to.equal(payer.address);
  });

  it("buys with a permit of the domain that viem reads and signs, which tells a salt of zeros", async () => {
    const { payer, deployment, inToken, licenses, token } = await loadFixture(shopFixture);
    const transport = custom(network.provider);
    const address = viemOffer(inToken).payToken;
    const { domain } = await createPublicClient({ transport }).getEip712Domain({ address });
    expect(domain.salt).to.match(/^0x0{64}$/);
    const deadline = BigInt(await time.latest()) + 600n;
    const permit = { domain, nonce: await token.nonces(payer), deadline };
    const data = permitTypedData(deployment, inToken, payer.address, permit);
    const account = payer.address as `0x${string}`;
    const signature = await createWalletClient({ transport }).signTypedData({ account, ...data });
    const call = purchaseWithPermitCall(deployment, inToken, payer.address, { deadline, signature });
    const [licenseId] = licenseIdsIn(deployment, await send(payer, call), payer.address, [call.args[1]]);
    expect(await licenses.ownerOf(licenseId!)).to.equal(payer.address);
  });

  it("keeps a salt that a token has", async () => {
    const { payer, deployment, inToken } = await loadFixture(shopFixture);
    const salt = `0x${"01".padStart(64, "0")}` as const;
    const domain = { name: "Token", verifyingContract: viemOffer(inToken).payToken, salt };
    const data = permitTypedData(deployment, inToken, payer.address, { domain, nonce: 0n, deadline: 1n });
    expect(data.domain).to.deep.equal(domain);
  });

  it("buys under an offer that its creator signed of its typed data", async () => {
    const { payer, deployment, actors, actions, licenses } = await loadFixture(shopFixture);
    const offer = toOffer(actions.terms({ salt: 9n, payToken: ZeroAddress }));
    const data = offerTypedData(deployment, CHAIN_ID, offer);
    const digest = offerDigest(deployment.contracts.Market, CHAIN_ID, offer);
    expect(hashTypedData(data as never)).to.equal(digest);
    const signature = await actors.creator.signTypedData(data.domain, data.types as never, data.message);
    const call = purchaseSignedCall(deployment, offer, payer.address, signature);
    const [licenseId] = licenseIdsIn(deployment, await send(payer, call), payer.address, [call.args[1]]);
    expect(await licenses.ownerOf(licenseId!)).to.equal(payer.address);
  });

  it("signs no permit of another contract's domain, and none for native coin", async () => {
    const { payer, deployment, inToken, inCoin } = await loadFixture(shopFixture);
    for (const [offer, verifyingContract] of [
      [inToken, deployment.contracts.Market],
      [inToken, undefined],
      [inCoin, ZeroAddress],
    ] as const) {
      const domain = { name: "Token", chainId: CHAIN_ID, verifyingContract } as never;
      await caught(() => permitTypedData(deployment, offer, payer.address, { domain, nonce: 0n, deadline: 1n }));
    }
  });

  it("finds no licence in a receipt of other terms, another payer or another contract", async () => {
    const { payer, deployment, inCoin, inToken, actors } = await loadFixture(shopFixture);
    const call = purchaseCall(deployment, inCoin, payer.address);
    const [, order] = call.args;
    const receipt = await send(payer, call);
    const other = purchaseCall(deployment, inToken, payer.address).args[1];
    const elsewhere = { contracts: { ...deployment.contracts, Market: deployment.contracts.LicenseToken } };
    for (const [place, account, orders] of [
      [deployment, payer.address, [other]],
      [deployment, actors.buyer.address, [order]],
      [deployment, payer.address, [{ ...order, recipient: actors.buyer.address as never }]],
      // one licence was bought, and not two
      [deployment, payer.address, [order, order]],
      [elsewhere, payer.address, [order]],
    ] as const) {
      await caught(() => licenseIdsIn(place, receipt, account, orders), "EVENT_MISSING");
    }
    expect(licenseIdsIn(deployment, receipt, payer.address, [order])).to.have.length(1);
  });

  it("gives an offer the types that viem's have", async () => {
    const { inToken } = await loadFixture(shopFixture);
    const abi = new Interface(IMarket__factory.abi);
    const inputs = abi.getFunction("hashOffer")!.inputs[0]!.components!;
    const offer = viemOffer(inToken) as unknown as Record<string, unknown>;
    expect(Object.keys(offer).sort()).to.deep.equal(inputs.map(({ name }) => name).sort());
    for (const { name, type } of inputs) {
      const bits = Number(/^uint(\d+)$/.exec(type)?.[1] ?? 0);
      const expected = bits === 0 ? (type === "bool" ? "boolean" : "string") : bits <= 48 ? "number" : "bigint";
      expect(typeof offer[name], name).to.equal(expected);
    }
  });

  it("takes a key's signature in each form that ethers knows, and makes of it what ethers makes", async () => {
    const wallet = Wallet.createRandom();
    for (let i = 0; i < 100; i++) {
      const signature = wallet.signingKey.sign(hexlify(randomBytes(32)));
      const { r, s, yParity, serialized, compactSerialized } = signature;
      for (const form of [
        serialized,
        compactSerialized,
        `${serialized.slice(0, -2)}0${yParity}`,
        serialized.slice(2),
      ]) {
        expect(ecdsaSignature(form)).to.equal(Signature.from({ r, s, yParity }).serialized);
      }
    }
    const zeros = "00".repeat(32);
    for (const none of [
      `0x${zeros}${"11".repeat(32)}1b`,
      `0x${"11".repeat(32)}${zeros}1b`,
      `0x${"ff".repeat(64)}1b`,
      "0x1b",
    ]) {
      await caught(() => ecdsaSignature(none), "SIGNATURE_INVALID");
    }
  });

  it("hashes no value that does not fit its type, where ethers refuses it too", async () => {
    const { inToken } = await loadFixture(shopFixture);
    const wrong: Partial<Record<keyof Offer, unknown>>[] = [
      { price: -1n },
      { price: 1n << 128n },
      { supply: 1n << 32n },
      { supply: 0.5 },
      { versionId: "nonsense" },
      { policy: "0x12" },
      { rights: 1n << 32n },
      { expiresAt: undefined },
    ];
    for (const differs of wrong) {
      const offer = { ...inToken, ...differs } as Offer;
      expect(
        () => TypedDataEncoder.hashStruct("Offer", OFFER_TYPES, offer),
        JSON.stringify(Object.keys(differs)),
      ).to.throw();
      await caught(() => offerDigest(ZeroAddress, 1n, offer), "ARGUMENT_INVALID");
    }
  });
});
