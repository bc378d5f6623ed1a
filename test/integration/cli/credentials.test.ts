import { expect } from "chai";
import { ContractFactory, ZeroHash, id } from "ethers";
import { artifacts } from "hardhat";
import { readFile, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";

import { CitizenClient } from "../../../sdk/src/governance";
import { localTime } from "../../../sdk/src/text/time";
import { CitizenRegistry__factory, type CitizenRegistry } from "../../../typechain-types";
import { json, localWallet, person, refusal, runHere } from "../../support/cli";
import { appointIssuer, registryAs } from "../../support/issuers";
import { separateNode, type SeparateNode } from "../../support/separate-node";
import { proofOf } from "../../unit/identity/fixture";

type Person = Awaited<ReturnType<typeof person>>;
type Shown = Record<"account" | "state" | "since" | "validUntil" | "seasonedAt" | "endsAt" | "nonce", string> & {
  readonly issuerId: number;
  readonly isCitizen: boolean;
  readonly counted: boolean;
  readonly change?: { readonly issuerId: number; readonly possibleAt: string };
  readonly citizens: string;
  readonly phase: number;
};

const DAY = 86_400n;
const [ALICE, BOB] = [id("Alice"), id("Bob")];

describe("isonomy citizens, for one credential", function () {
  this.timeout(120_000);
  let chain: SeparateNode;
  let registry: CitizenRegistry;
  /** Issuers 1 and 2 sign, of one domain; 3 is an adapter of another. */
  let first: Person;
  let second: Person;
  let holder: Person;
  let other: Person;
  let snapshot: string;
  let files = 0;

  before(async function () {
    this.timeout(180_000);
    chain = await separateNode();
    const at = { rpc: chain.node.url, addresses: join(chain.folder, "deployment.json") };
    [first, second, holder, other] = (await Promise.all(
      [5, 6, 10, 11].map((index) => person(chain.folder, `person${index}`, at, localWallet(index))),
    )) as [Person, Person, Person, Person];
    registry = CitizenRegistry__factory.connect(chain.addresses.CitizenRegistry!, chain.provider);
    await appoint(first.address);
    await appoint(second.address);
    await appointIssuer(chain, await deployed("OpenAdapter"), { adapter: true, domain: id("elsewhere") });
  });

  after(() => chain.close());

  beforeEach(async () => {
    snapshot = (await chain.provider.send("evm_snapshot", [])) as string;
  });
  afterEach(() => chain.provider.send("evm_revert", [snapshot]));

  const as = (name: "Timelock" | "GuardianDesk"): Promise<CitizenRegistry> => registryAs(chain, name);
  const appoint = (signer: string): Promise<void> => appointIssuer(chain, signer);

  async function deployed(name: string, ...parameters: unknown[]): Promise<string> {
    const { abi, bytecode } = await artifacts.readArtifact(name);
    const made = await new ContractFactory(abi, bytecode, await chain.provider.getSigner(0)).deploy(...parameters);
    return (await made.waitForDeployment()).getAddress();
  }

  async function later(days: bigint): Promise<void> {
    await chain.provider.send("evm_increaseTime", [Number(days * DAY)]);
    await chain.provider.send("evm_mine", []);
  }

  const fresh = (): string => join(chain.folder, `attestation ${files++}.json`);
  const sent = () =>
    Promise.all([first, second, holder, other].map(({ address }) => chain.provider.getTransactionCount(address)));
  const show = (account: Person) => json<Shown>(["citizens", "show", account.address], other.env);

  interface Terms {
    readonly issuer?: number;
    readonly by?: Person;
    readonly nullifier?: string;
    readonly valid?: string;
    readonly deadline?: string;
    readonly path?: string;
  }
  function attesting(account: Person, { issuer = 1, nullifier = ALICE, valid = "365d", deadline, path }: Terms = {}) {
    const options = ["--issuer", String(issuer), "--nullifier", nullifier, "--claim", id("salted"), "--valid", valid];
    const more = deadline === undefined ? [] : ["--deadline", deadline];
    return ["citizens", "attest", account.address, path ?? fresh(), ...options, ...more];
  }
  /** Attests, and returns the file. */
  async function attested(account: Person, terms: Terms = {}): Promise<string> {
    const issuer = terms.by ?? (terms.issuer === 2 ? second : first);
    return (await json<{ out: string }>(attesting(account, terms), issuer.env)).out;
  }
  const present = (account: Person, file: string) =>
    json<Record<string, unknown>>(["citizens", "present", file], account.env);
  const issue = async (account: Person, terms: Terms = {}) => present(account, await attested(account, terms));

  it("shows an account without a credential, by default the keystore's, which stays closed", async () => {
    const locked = { ...holder.env, ISONOMY_PASSWORD: "wrong" };
    const shown = await json<Shown>(["citizens", "show"], locked);
    expect(shown).to.include({ account: holder.address, state: "none", isCitizen: false, counted: false, nonce: "0" });
    expect(shown).to.include({ issuerId: 0, citizens: "0", phase: 0 }).and.not.have.property("change");
    const { out } = await runHere(["citizens", "show", holder.address], other.env);
    expect(out).to.match(
      /^account +0x\w+\ncredential +none, and there never was one\nnext nonce +0\ncitizens +0 counted\nphase +0 of 2\n$/,
    );
    const none = Object.fromEntries(Object.entries(holder.env).filter(([name]) => name !== "ISONOMY_KEYSTORE"));
    expect(await refusal(["citizens", "show"], none)).to.equal("KEYSTORE_MISSING");
    expect(await refusal(["citizens", "show", "me"], other.env)).to.equal("VALUE_INVALID");
  });

  it("is said to make no citizen where it ends before it has seasoned: when it is signed, when it is presented, and when it is shown", async () => {
    const path = fresh();
    const signed = await runHere(attesting(holder, { path, valid: "20d" }), first.env);
    expect(signed.code, signed.err).to.equal(0);
    expect(signed.err).to.match(/WARNING: The credential will make no citizen: it ends at .*, before it has seasoned/);
    const { out } = await runHere(["citizens", "present", path], holder.env);
    expect(out).to.match(
      /\nIt makes no citizen: it ends at .*, before it has seasoned, at .*: its issuer has to renew it/,
    );
    const { out: shown } = await runHere(["citizens", "show"], holder.env);
    expect(shown).to.match(/no: it ends at .*, before it has seasoned/);
    // a renewal keeps the time that has passed
    const renewed = await runHere(attesting(holder, { path: fresh(), valid: "31d" }), first.env);
    expect([renewed.code, renewed.err]).to.deep.equal([0, "- Sign the attestation\n"]);
  });

  it("is attested into a file, presented, seasons for 30 days and is counted", async () => {
    const path = fresh();
    const before = await sent();
    const { code, out, err } = await runHere(attesting(holder, { path }), first.env);
    expect(code, err).to.equal(0);
    expect(await sent()).to.deep.equal(before);
    const { attestation, ...head } = JSON.parse(await readFile(path, "utf8")) as Record<string, Record<string, string>>;
    expect(head).to.include({
      format: "isonomy.attestation.v1",
      chainId: "31337",
      registry: await registry.getAddress(),
    });
    const { validUntil, deadline, ...rest } = attestation!;
    expect(rest).to.deep.equal({
      ...{ account: holder.address, issuerId: "1", nullifier: ALICE, claimHash: id("salted"), nonce: "0" },
    });
    expect(BigInt(validUntil!) - BigInt(deadline!)).to.equal((365n - 7n) * DAY);
    expect(out).to.equal(
      `Issuer 1 attests ${holder.address} until ${localTime(BigInt(validUntil!))}: signed into ${path}; nothing was sent.\n` +
        `Give the file to that account, which can present it until ${localTime(BigInt(deadline!))}: isonomy citizens present '${path}'\n`,
    );

    const issued = await runHere(["citizens", "present", path], holder.env);
    const held = await registry.credentialOf(holder.address);
    const seasonedAt = held.since + 30n * DAY;
    expect(issued.out).to.equal(
      `Issuer 1 issued a credential to ${holder.address}, until ${localTime(BigInt(validUntil!))}.\n` +
        `It makes a citizen from ${localTime(seasonedAt)} on. Then anyone can count it: isonomy citizens reweigh ${holder.address}\n`,
    );
    expect([held.issuerId, held.nullifier, held.validUntil]).to.deep.equal([1n, ALICE, BigInt(validUntil!)]);

    const reweigh = `isonomy citizens reweigh ${holder.address}`;
    expect(await show(holder)).to.include({
      state: "seasoning",
      seasonedAt: String(seasonedAt),
      isCitizen: false,
      nonce: "1",
    });
    const young = (await runHere(["citizens", "show"], holder.env)).out;
    expect(young).to.match(/^issuer +1$/m);
    expect(young).to.contain(
      `not yet: it seasons until ${localTime(seasonedAt)}; then add it to the count: ${reweigh}\n`,
    );
    await later(31n);
    expect(await show(holder)).to.include({ state: "citizen", counted: false, isCitizen: true, citizens: "0" });
    expect((await runHere(["citizens", "show"], holder.env)).out).to.contain(
      `yes, but the count of citizens does not have it yet: ${reweigh}\n`,
    );
    await json(["citizens", "reweigh", holder.address], other.env);
    expect(await show(holder)).to.include({ state: "citizen", counted: true, isCitizen: true, citizens: "1" });
    expect((await runHere(["citizens", "show"], holder.env)).out).to.match(/^counts +yes$/m);
    await later(340n);
    expect(await show(holder)).to.include({ state: "expired", counted: true, isCitizen: false, endsAt: validUntil! });
    expect((await runHere(["citizens", "show"], holder.env)).out).to.contain(
      `no: it ended by itself at ${localTime(BigInt(validUntil!))}; the count of citizens still has it: ${reweigh}\n`,
    );
  });

  it("is shown as the registry judges it, to the second", async () => {
    await issue(holder);
    const client = new CitizenClient(chain.deployment, chain.provider);
    const { seasonedAt, validUntil } = await client.credential(holder.address);
    for (const [second, state] of [
      ...[[seasonedAt - 1n, "seasoning"] as const, [seasonedAt, "citizen"] as const],
      ...[[validUntil - 1n, "citizen"] as const, [validUntil, "expired"] as const],
    ]) {
      await chain.provider.send("evm_setNextBlockTimestamp", [`0x${second.toString(16)}`]);
      await chain.provider.send("evm_mine", []);
      const block = await chain.provider.getBlockNumber();
      expect((await client.credential(holder.address)).state).to.equal(state);
      expect(await registry.isCitizen(holder.address, { blockTag: block }), state).to.equal(state === "citizen");
    }
  });

  it("is not attested where the registry would refuse it: nothing is written or sent", async () => {
    await appoint(localWallet(12).address);
    await appoint(localWallet(13).address);
    await (await (await as("Timelock")).retireIssuer(4)).wait();
    await (await (await as("Timelock")).disavowIssuer(5)).wait();
    await issue(holder);
    const before = await sent();
    const path = fresh();
    const refused: [string, string[], Person][] = [
      ["ISSUER_NOT_ISSUING", attesting(other, { issuer: 9, nullifier: BOB, path }), first],
      ["ISSUER_NOT_ISSUING", attesting(other, { issuer: 4, nullifier: BOB, path }), first],
      ["ISSUER_NOT_ISSUING", attesting(other, { issuer: 5, nullifier: BOB, path }), first],
      ["ISSUER_IS_ADAPTER", attesting(other, { issuer: 3, nullifier: BOB, path }), first],
      ["ISSUER_OF_ANOTHER", attesting(other, { issuer: 2, nullifier: BOB, path }), first],
      ["VALIDITY_OUT_OF_BOUNDS", attesting(other, { nullifier: BOB, valid: "731d", path }), first],
      ["VALIDITY_OUT_OF_BOUNDS", attesting(other, { nullifier: BOB, valid: "0", path }), first],
      ["DEADLINE_PASSED", attesting(other, { nullifier: BOB, deadline: "0", path }), first],
      // one person, one credential; one account, one person
      ["CitizenRegistry_NullifierInUse", attesting(other, { path }), first],
      ["CitizenRegistry_AccountInUse", attesting(holder, { nullifier: BOB, path }), first],
      ["VALUE_INVALID", attesting(other, { nullifier: "0x12", path }), first],
      ["VALUE_INVALID", attesting(other, { issuer: 0, path }), first],
      ["VALUE_INVALID", attesting(other, { valid: "a year", path }), first],
      ["USAGE", ["citizens", "attest", other.address, path, "--issuer", "1", "--valid", "1d"], first],
    ];
    for (const [code, parameters, by] of refused) {
      expect(await refusal(parameters, by.env), parameters.join(" ")).to.equal(code);
      expect(existsSync(path), parameters.join(" ")).to.equal(false);
    }
    await writeFile(path, "mine");
    expect(await refusal(attesting(other, { nullifier: BOB, path }), first.env)).to.equal("FILE_EXISTS");
    expect(await readFile(path, "utf8")).to.equal("mine");
    expect(await sent()).to.deep.equal(before);

    const said = async (issuer: number) => (await runHere(attesting(other, { issuer, nullifier: BOB }), first.env)).err;
    const at = async (which: "retiredAt" | "disavowedAt", issuer: number) =>
      localTime((await registry.issuer(issuer))[which]);
    expect(await said(9)).to.contain("Issuer 9 issues nothing: none was appointed under this number.");
    expect(await said(4)).to.contain(`Issuer 4 issues nothing: it was retired at ${await at("retiredAt", 4)}.`);
    expect(await said(5)).to.contain(`Issuer 5 issues nothing: it was disavowed at ${await at("disavowedAt", 5)}.`);
  });

  it("is attested by a key whose signature the issuer's own contract accepts, and by no other", async () => {
    await appoint(await deployed("SigningWallet", first.address));
    const path = fresh();
    expect(await refusal(attesting(holder, { issuer: 4, path }), second.env)).to.equal(
      "CitizenRegistry_WrongSignature",
    );
    expect(existsSync(path)).to.equal(false);
    await issue(holder, { issuer: 4, by: first });
    expect((await registry.credentialOf(holder.address)).issuerId).to.equal(4n);
  });

  it("is attested with a warning while nobody new is issued one", async () => {
    await (await (await as("GuardianDesk")).pauseIssuance()).wait();
    const path = fresh();
    const { code, out, err } = await runHere([...attesting(holder, { path, deadline: "9d" }), "--json"], first.env);
    expect({ code, refused: (JSON.parse(out) as { refusedNow: string }).refusedNow }).to.deep.equal({
      code: 0,
      refused: "CitizenRegistry_IssuancePaused",
    });
    const until = localTime(await registry.pausedUntil());
    expect(JSON.parse(err)).to.include({ level: "warning", event: "refused-now" });
    expect(err).to.contain(`It cannot be presented at this moment: Nobody new is issued a credential until ${until}.`);
    expect(await refusal(["citizens", "present", path], holder.env)).to.equal("CitizenRegistry_IssuancePaused");
    await later(8n);
    expect(await present(holder, path)).to.include({ outcome: "issued" });
  });

  it("is not presented for another account, chain or registry, too late or twice", async () => {
    const path = await attested(holder);
    const changed = async (change: Record<string, string>, attestation: Record<string, string> = {}) => {
      const file = JSON.parse(await readFile(path, "utf8")) as { attestation: object };
      const copy = fresh();
      await writeFile(
        copy,
        JSON.stringify({ ...file, ...change, attestation: { ...file.attestation, ...attestation } }),
      );
      return copy;
    };
    const before = await sent();
    const refused: [string, string, Person][] = [
      ["ATTESTATION_OF_ANOTHER", path, other],
      ["WRONG_NETWORK", await changed({ chainId: "1" }), holder],
      ["ATTESTATION_OF_ANOTHER_REGISTRY", await changed({ registry: other.address }), holder],
      ["FILE_UNREADABLE", join(chain.folder, "none.json"), holder],
    ];
    // a wrong password: none of them asks for it
    const locked = (one: Person) => ({ ...one.env, ISONOMY_PASSWORD: "wrong" });
    for (const [code, file, by] of refused) {
      expect(await refusal(["citizens", "present", file], locked(by)), file).to.equal(code);
    }
    expect(await sent()).to.deep.equal(before);

    await later(8n);
    expect(await refusal(["citizens", "present", path], holder.env)).to.equal("CitizenRegistry_AttestationExpired");
    expect(await sent()).to.deep.equal(before);
    const [one, two] = [await attested(holder), await attested(holder, { valid: "100d" })];
    await present(holder, one);
    const after = await sent();
    for (const used of [one, two]) {
      expect(await refusal(["citizens", "present", used], locked(holder))).to.equal("ATTESTATION_USED");
    }
    const { err } = await runHere(["citizens", "present", two], holder.env);
    expect(err).to.contain(`has nonce 0, and the next one of ${holder.address} has to have nonce 1.`);
    expect(await sent()).to.deep.equal(after);
  });

  // claim(attacks#command-line-package-and-sellers-agent): an attestation that a stranger altered on its way, or made up
  it("is not presented by a file that a stranger altered, and its text moves no cursor", async () => {
    const path = await attested(holder);
    const text = await readFile(path, "utf8");
    const file = JSON.parse(text) as { attestation: Record<string, string>; signature: string };
    const before = await sent();
    const altered = async (what: string, code: string, change: object, attestation: Record<string, unknown> = {}) => {
      const copy = fresh();
      await writeFile(
        copy,
        JSON.stringify({ ...file, ...change, attestation: { ...file.attestation, ...attestation } }),
      );
      expect(await refusal(["citizens", "present", copy], holder.env), what).to.equal(code);
    };
    const year = String(BigInt(file.attestation.validUntil!) + 1n);
    const wrong = "CitizenRegistry_WrongSignature";
    await altered("an end", wrong, {}, { validUntil: year });
    await altered("a deadline", wrong, {}, { deadline: String(BigInt(file.attestation.deadline!) + 1n) });
    await altered("an issuer", wrong, {}, { issuerId: "2" });
    await altered("a person", wrong, {}, { nullifier: BOB });
    await altered("a claim", wrong, {}, { claimHash: ZeroHash });
    await altered("a signature", wrong, { signature: `0x${"11".repeat(65)}` });
    await altered("an account", "ATTESTATION_OF_ANOTHER", {}, { account: other.address });
    await altered("a nonce", "ATTESTATION_USED", {}, { nonce: "1" });
    await altered("no issuer", "FILE_INVALID", {}, { issuerId: "4294967296" });
    await altered("no time", "FILE_INVALID", {}, { validUntil: String(2n ** 48n) });
    await altered("no number", "FILE_INVALID", {}, { nonce: "-1" });
    await altered("a long number", "FILE_INVALID", {}, { nonce: "9".repeat(100_000) });
    await altered("no hash", "FILE_INVALID", {}, { nullifier: "0x12" });
    await altered("no address", "FILE_INVALID", {}, { account: "me" });
    await altered("no signature", "FILE_INVALID", { signature: "signed" });
    await altered("another format", "FILE_INVALID", { format: "isonomy.offer.v1" });
    await altered("no attestation", "FILE_INVALID", { attestation: null }, { account: undefined });
    await altered("an object for a number", "FILE_INVALID", {}, { nonce: { toString: "x" } });

    const copy = fresh();
    await writeFile(copy, JSON.stringify({ ...file, registry: "\u001b[2J\u202eevil" }));
    const { code, err } = await runHere(["citizens", "present", copy], holder.env);
    expect(code).to.equal(1);
    expect(err)
      .to.contain("evil")
      .and.not.match(/[\u001b\u202e]/);
    expect(await sent()).to.deep.equal(before);
    expect((await registry.credentialOf(holder.address)).issuerId).to.equal(0n);
  });

  it("is renewed by its issuer, and keeps its seasoning", async () => {
    await issue(holder);
    await later(31n);
    const { since, validUntil } = await registry.credentialOf(holder.address);
    const { code, out, err } = await runHere(
      ["citizens", "present", await attested(holder, { valid: "700d" })],
      holder.env,
    );
    expect(code, err).to.equal(0);
    const held = await registry.credentialOf(holder.address);
    expect(held.since).to.equal(since);
    expect(out).to.equal(
      `Issuer 1 renewed the credential of ${holder.address}, until ${localTime(held.validUntil)}; before, it ran until ${localTime(validUntil)}.\n`,
    );
    expect(await show(holder)).to.include({ state: "citizen", validUntil: String(held.validUntil), nonce: "2" });
  });

  it("changes its issuer in two visits, and says until when nothing changes", async () => {
    await issue(holder, { valid: "80d" });
    const visit = async () => runHere(["citizens", "present", await attested(holder, { issuer: 2 })], holder.env);
    const begun = await visit();
    const [event] = await registry.queryFilter(registry.filters.ChangeOfIssuerBegun(holder.address));
    const possible = localTime(event!.args.possibleAt);
    const { validUntil } = await registry.credentialOf(holder.address);
    expect(begun.out).to.equal(
      `The change to issuer 2 has begun: from ${possible} on, present another attestation or proof of it to complete the change.\n` +
        `Until then issuer 1 vouches for ${holder.address}.\n` +
        `The credential ends before that, at ${localTime(validUntil)}: have issuer 1 renew it first.\n`,
    );
    expect((await registry.credentialOf(holder.address)).issuerId).to.equal(1n);
    await issue(holder, { valid: "365d" });
    const again = await visit();
    expect(again.out).to.equal(
      `The change to issuer 2 had begun before, and nothing changed: from ${possible} on, present another attestation or proof of it to complete the change.\n` +
        `Until then issuer 1 vouches for ${holder.address}.\n`,
    );
    const shown = await show(holder);
    expect(shown.change).to.deep.equal({ issuerId: 2, possibleAt: String(event!.args.possibleAt) });
    expect((await runHere(["citizens", "show"], holder.env)).out).to.match(
      /^change +to issuer 2, from \S+ \S+ \S+ on: /m,
    );

    await later(91n);
    const file = await attested(holder, { issuer: 2 });
    expect(await present(holder, file)).to.include({ outcome: "changed", issuerId: 2 });
    expect((await registry.credentialOf(holder.address)).issuerId).to.equal(2n);
    expect(await show(holder))
      .to.include({ state: "citizen", issuerId: 2 })
      .and.not.have.property("change");
  });

  it("forgets a change that was begun before the credential was issued", async () => {
    await issue(holder);
    await issue(holder, { issuer: 2 });
    expect(await show(holder)).to.have.property("change");
    await json(["citizens", "renounce", "--yes"], holder.env);
    expect(await show(holder))
      .to.include({ state: "revoked" })
      .and.not.have.property("change");
    await issue(holder);
    expect(await show(holder))
      .to.include({ state: "seasoning", issuerId: 1 })
      .and.not.have.property("change");
  });

  it("is claimed by a proof of an issuer that is an adapter, and of no other", async () => {
    const now = BigInt((await chain.provider.getBlock("latest"))!.timestamp);
    const proof = proofOf(ALICE, now + 100n * DAY);
    const before = await sent();
    expect(await refusal(["citizens", "claim", "1", proof], holder.env)).to.equal("ISSUER_SIGNS");
    expect(await refusal(["citizens", "claim", "9", proof], holder.env)).to.equal("ISSUER_NOT_ISSUING");
    for (const wrong of ["proof", "0x1", "0xzz"]) {
      expect(await refusal(["citizens", "claim", "3", wrong], holder.env), wrong).to.equal("VALUE_INVALID");
    }
    expect(await refusal(["citizens", "claim", "0", proof], holder.env)).to.equal("VALUE_INVALID");
    const long = proofOf(ALICE, now + 800n * DAY);
    expect(await refusal(["citizens", "claim", "3", long], holder.env)).to.equal("CitizenRegistry_BadValidity");
    expect(await sent()).to.deep.equal(before);
    const issued = await json(["citizens", "claim", "3", proof], holder.env);
    expect(issued).to.include({ outcome: "issued", issuerId: 3, validUntil: String(now + 100n * DAY) });
    expect((await registry.credentialOf(holder.address)).issuerId).to.equal(3n);
    expect(await refusal(["citizens", "claim", "3", proof], other.env)).to.equal("CitizenRegistry_NullifierInUse");
  });

  it("says whose credential ended where an issuer gave its place to another account", async () => {
    await issue(holder);
    await json(["citizens", "renounce", "--yes"], holder.env);
    await issue(other);
    expect(await issue(first, { issuer: 2 })).to.include({ outcome: "issued", takenFrom: other.address });
    expect(await show(other)).to.include({ state: "revoked" });
  });

  it("is given up after a yes, and not where there is nothing to give up", async () => {
    // refused before anybody is asked
    expect(await refusal(["citizens", "renounce"], holder.env)).to.equal("CitizenRegistry_NoCredential");
    await issue(holder);
    const before = await sent();
    expect(await refusal(["citizens", "renounce"], holder.env)).to.equal("NOT_CONFIRMED");
    expect((await runHere(["citizens", "renounce"], holder.env)).err).to.contain(
      "run `isonomy citizens renounce --yes`",
    );
    const no = await runHere(["citizens", "renounce"], holder.env, { onQuestion: () => false });
    expect(no.err)
      .to.contain(`Give up the credential of ${holder.address} for good? The account stops being a citizen at once`)
      .and.contain("this was not agreed to");
    expect(await sent()).to.deep.equal(before);
    expect((await registry.credentialOf(holder.address)).revokedAt).to.equal(0n);

    await json(["citizens", "renounce", "--yes"], holder.env);
    const { revokedAt } = await registry.credentialOf(holder.address);
    expect(revokedAt).to.not.equal(0n);
    expect(await show(holder)).to.include({ state: "revoked", endsAt: String(revokedAt), isCitizen: false });
    expect((await runHere(["citizens", "show"], holder.env)).out).to.contain(
      `no: its holder gave it up or its issuer revoked it at ${localTime(revokedAt)}\n`,
    );
    expect(await refusal(["citizens", "renounce", "--yes"], holder.env)).to.equal("CitizenRegistry_NoCredential");
  });

  it("is revoked by its issuer after a yes, and by nobody else", async () => {
    const revoke = ["citizens", "revoke", holder.address];
    // refused before anybody is asked
    expect(await refusal(revoke, first.env)).to.equal("CitizenRegistry_NoCredential");
    await issue(holder);
    const before = await sent();
    expect(await refusal(revoke, second.env)).to.equal("CitizenRegistry_NotTheIssuer");
    expect(await refusal([...revoke, "--yes"], holder.env)).to.equal("CitizenRegistry_NotTheIssuer");
    expect(await refusal(revoke, first.env)).to.equal("NOT_CONFIRMED");
    expect(await refusal(["citizens", "revoke", "me"], first.env)).to.equal("VALUE_INVALID");
    const no = await runHere(revoke, first.env, { onQuestion: () => false });
    expect(no.err)
      .to.contain(`End the credential of ${holder.address} for good?`)
      .and.contain("this was not agreed to");
    expect(await sent()).to.deep.equal(before);
    expect((await registry.credentialOf(holder.address)).revokedAt).to.equal(0n);
    expect(await json([...revoke, "--yes"], first.env)).to.include({ account: holder.address, revoked: true });
    expect((await registry.credentialOf(holder.address)).revokedAt).to.not.equal(0n);
  });

  it("ends with the issuer that the DAO disavows, and says so", async () => {
    await issue(holder);
    await later(31n);
    await json(["citizens", "reweigh", holder.address], other.env);
    await (await (await as("Timelock")).disavowIssuer(1)).wait();
    const { disavowedAt } = await registry.issuer(1);
    expect(await show(holder)).to.include({
      state: "disavowed",
      endsAt: String(disavowedAt),
      counted: false,
      citizens: "0",
    });
    expect((await runHere(["citizens", "show"], holder.env)).out).to.contain(
      `no: the DAO disavowed issuer 1 at ${localTime(disavowedAt)}\n`,
    );
  });
});
