import { AbiCoder, Signature, ZeroAddress, ZeroHash, id } from "ethers";
import { EAS_SCHEMA } from "../../sdk/src/reputation/metric";
import type { Chain } from "../lib/chain";
import type { Figures } from "../lib/types";

const ARTIFACTS = "@ethereum-attestation-service/eas-contracts/artifacts/contracts";
const MONTH = 30n * 86_400n;
const DEADLINE = 0xfffffffffn;

export type EasOperation = "attest" | "attestByDelegation" | "revoke";

const ATTEST_TYPES = {
  Attest: [
    { name: "attester", type: "address" },
    { name: "schema", type: "bytes32" },
    { name: "recipient", type: "address" },
    { name: "expirationTime", type: "uint64" },
    { name: "revocable", type: "bool" },
    { name: "refUID", type: "bytes32" },
    { name: "data", type: "bytes" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint64" },
  ],
};

/** The Ethereum Attestation Service: a metric of ours as an attestation, by its attester and by its signature. */
export async function eas(chain: Chain): Promise<Figures<EasOperation>> {
  const [owner, attester, submitter] = await chain.actors(3, "eas");
  const registry = await chain.deploy(`${ARTIFACTS}/SchemaRegistry.sol/SchemaRegistry.json`, owner!);
  const service = await chain.deploy(`${ARTIFACTS}/EAS.sol/EAS.json`, owner!, await registry.getAddress());
  const schema = String(await registry.getFunction("register").staticCall(EAS_SCHEMA, ZeroAddress, true));
  await chain.gas(owner!, registry, "register", [EAS_SCHEMA, ZeroAddress, true]);
  const domain = {
    name: String(await service.getFunction("getName")()),
    version: String(await service.getFunction("version")()),
    chainId: 31_337n,
    verifyingContract: await service.getAddress(),
  };
  const now = BigInt((await chain.ethers.provider.getBlock("latest"))!.timestamp);
  const types = EAS_SCHEMA.split(",").map((field) => field.split(" ")[0]!);
  const requestFor = (value: bigint) => ({
    ...{ recipient: ZeroAddress, expirationTime: now + MONTH, revocable: true, refUID: ZeroHash },
    data: AbiCoder.defaultAbiCoder().encode(types, [65_537n, id("data"), id("loss"), value, 4n, id("method"), now]),
    value: 0n,
  });

  let attest = 0;
  let delegated = 0;
  for (let i = 0n; i < 3n; i++) {
    attest = await chain.gas(attester!, service, "attest", [{ schema, data: requestFor(9_000n + i) }]);
    const data = requestFor(8_000n + i);
    const message = { ...data, schema, attester: attester!.address, nonce: i, deadline: DEADLINE };
    const { v, r, s } = Signature.from(await attester!.signTypedData(domain, ATTEST_TYPES, message));
    const request = { schema, data, signature: { v, r, s }, attester: attester!.address, deadline: DEADLINE };
    delegated = await chain.gas(submitter!, service, "attestByDelegation", [request]);
  }
  const data = requestFor(7_000n);
  const sent = await (service.connect(attester!) as typeof service).getFunction("attest")(
    { schema, data },
    chain.overrides(),
  );
  const { uid } = await chain.event(sent, service, "Attested");
  const revoke = await chain.gas(attester!, service, "revoke", [{ schema, data: { uid, value: 0n } }]);
  return { attest, attestByDelegation: delegated, revoke };
}
