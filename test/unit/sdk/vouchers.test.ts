import { expect } from "chai";
import { Signature, TypedDataEncoder, Wallet, verifyTypedData } from "ethers";

import { VOUCHER_TYPES, signVoucher, usageDomain, voucherSigner } from "../../../sdk/src/rights";

const USAGE = "0x8ba1f109551bD432803012645Ac136ddd64DBA72";
const DOMAIN = usageDomain(USAGE, 31_337n);
const ID = (7n << 200n) | (3n << 168n) | 1n;
const TERMS = { licenseId: ID, slot: 2, units: 1_250n, validUntil: 2_000_000_000 };
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const word = (value: bigint): string => `0x${value.toString(16).padStart(64, "0")}`;

describe("vouchers", () => {
  it("are signed in the short form, whatever the parity, and say who signed them", async () => {
    const parities = new Set<bigint>();
    for (let key = 1n; key <= 20n; key++) {
      const signer = new Wallet(word(key));
      const voucher = await signVoucher(signer, DOMAIN, TERMS);
      parities.add(BigInt(voucher.vs) >> 255n);
      expect(voucherSigner(DOMAIN, ID, voucher)).to.equal(signer.address);
      const { licenseId, slot, units, validUntil } = TERMS;
      expect(voucher).to.include({ slot, units, validUntil });
      const whole = Signature.from({ r: voucher.r, yParityAndS: voucher.vs });
      expect(verifyTypedData(DOMAIN, VOUCHER_TYPES, { licenseId, slot, units, validUntil }, whole)).to.equal(
        signer.address,
      );
    }
    expect(parities).to.deep.equal(new Set([0n, 1n]));
  });

  it("bind licence, slot, units, time, contract and chain", async () => {
    const signer = new Wallet(word(9n));
    const voucher = await signVoucher(signer, DOMAIN, TERMS);
    const others = [
      voucherSigner(DOMAIN, ID + 1n, voucher),
      voucherSigner(DOMAIN, ID, { ...voucher, slot: 3 }),
      voucherSigner(DOMAIN, ID, { ...voucher, units: 1_251n }),
      voucherSigner(DOMAIN, ID, { ...voucher, validUntil: 2_000_000_001 }),
      voucherSigner(usageDomain(USAGE, 1n), ID, voucher),
      voucherSigner(usageDomain("0x00000000000000000000000000000000000000AA", 31_337n), ID, voucher),
    ];
    for (const other of others) expect(other).to.be.a("string").that.does.not.equal(signer.address);
  });

  it("are of the type that the contract names", () => {
    expect(TypedDataEncoder.from(VOUCHER_TYPES).encodeType("Voucher")).to.equal(
      "Voucher(uint256 licenseId,uint16 slot,uint48 units,uint40 validUntil)",
    );
    expect(DOMAIN).to.deep.equal({
      ...{ name: "Isonomy Usage", version: "1", chainId: 31_337n },
      verifyingContract: USAGE,
    });
  });

  it("take a wallet's signature with an s in the upper half, and none of another length", async () => {
    const signer = new Wallet(word(9n));
    const voucher = await signVoucher(signer, DOMAIN, TERMS);
    const twin = {
      signTypedData: async (...given: Parameters<Wallet["signTypedData"]>) => {
        const { r, s, yParity } = Signature.from(await signer.signTypedData(...given));
        return r + word(ORDER - BigInt(s)).slice(2) + (yParity === 0 ? "1c" : "1b");
      },
    };
    expect(await signVoucher(twin, DOMAIN, TERMS)).to.deep.equal(voucher);
    const contract = { signTypedData: async () => "0x1234" };
    await expect(signVoucher(contract, DOMAIN, TERMS)).to.be.rejected.and.eventually.have.property(
      "code",
      "SIGNATURE_INVALID",
    );
  });

  it("have no signer when the signature is none that the contract takes", async () => {
    const signer = new Wallet(word(9n));
    const voucher = await signVoucher(signer, DOMAIN, TERMS);
    const s = BigInt.asUintN(255, BigInt(voucher.vs));
    const half = ORDER / 2n;
    const none = [
      { ...voucher, r: "0x1234" },
      { ...voucher, vs: voucher.vs.slice(0, -2) },
      { ...voucher, r: `${voucher.r}00` },
      { ...voucher, r: word(0n) },
      { ...voucher, r: word(ORDER) },
      // no point of the curve has this x
      { ...voucher, r: word(5n) },
      { ...voucher, vs: word(0n) },
      { ...voucher, vs: word(1n << 255n) },
      { ...voucher, vs: word(half + 1n) },
      { ...voucher, vs: word((1n << 255n) | (half + 1n)) },
    ];
    for (const bad of none) expect(voucherSigner(DOMAIN, ID, bad), `${bad.r} ${bad.vs}`).to.equal(null);
    expect(voucherSigner(DOMAIN, ID, { ...voucher, vs: word(half) })).to.be.a("string");
    // the highest bit of the mirrored s reads as the parity
    expect(voucherSigner(DOMAIN, ID, { ...voucher, vs: word(ORDER - s) })).not.to.equal(signer.address);
  });

  it("refuse what does not fit, before a wallet is asked", async () => {
    let asked = 0;
    const signer = {
      signTypedData: async () => {
        asked++;
        return "0x";
      },
    };
    const wrong = [
      { ...TERMS, slot: 65_536 },
      { ...TERMS, slot: -1 },
      { ...TERMS, slot: 1.5 },
      { ...TERMS, units: 1n << 48n },
      { ...TERMS, validUntil: 2 ** 40 },
      { ...TERMS, licenseId: 1n << 256n },
    ];
    for (const terms of wrong) {
      await expect(signVoucher(signer, DOMAIN, terms)).to.be.rejected.and.eventually.have.property(
        "code",
        "ARGUMENT_INVALID",
      );
      const { licenseId, ...rest } = terms;
      expect(() => voucherSigner(DOMAIN, licenseId, { ...rest, r: word(1n), vs: word(1n) }))
        .to.throw()
        .with.property("code", "ARGUMENT_INVALID");
    }
    expect(asked).to.equal(0);
    expect(() => usageDomain("0x12", 1n))
      .to.throw()
      .with.property("code", "ADDRESS_INVALID");
  });
});
