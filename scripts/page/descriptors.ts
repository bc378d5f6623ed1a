// Descriptors of calls (ERC-7730), by which hardware wallets show words and amounts in place of bytes.
import { Interface, ZeroAddress, type ParamType } from "ethers";

import type { ContractName, Deployment } from "../../sdk/src/addresses";
import { IEscrow__factory } from "../../typechain-types/factories/contracts/escrow/IEscrow.sol/IEscrow__factory";
import { IExchange__factory } from "../../typechain-types/factories/contracts/exchange/IExchange__factory";
import { GovernanceToken__factory } from "../../typechain-types/factories/contracts/governance/GovernanceToken__factory";
import { IsonomyGovernor__factory } from "../../typechain-types/factories/contracts/governance/IsonomyGovernor__factory";
import { IRevenueLedger__factory } from "../../typechain-types/factories/contracts/ledger/IRevenueLedger__factory";
import { IMarket__factory } from "../../typechain-types/factories/contracts/market/IMarket__factory";

/** One value of a call, as a wallet shows it. */
interface Field {
  readonly path: string;
  readonly label: string;
  readonly format: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** A call in words: what it is for, what is shown of it, and what is left out on purpose. */
interface Words {
  readonly intent: string;
  readonly fields: readonly Field[];
  readonly excluded: readonly string[];
}

/** A file of the registry of descriptors. */
export interface Descriptor {
  readonly $schema: string;
  readonly context: {
    readonly $id: string;
    readonly contract: {
      readonly abi: readonly unknown[];
      readonly deployments: readonly { readonly chainId: number; readonly address: string }[];
    };
  };
  readonly metadata: {
    readonly owner: string;
    readonly enums: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
  readonly display: {
    readonly formats: Readonly<
      Record<
        string,
        {
          readonly intent: string;
          readonly fields: readonly Field[];
          readonly required: readonly string[];
          readonly excluded: readonly string[];
        }
      >
    >;
  };
}

const SCHEMA = "https://eips.ethereum.org/assets/eip-7730/erc7730-v1.schema.json";
const OWNER = "Isonomy";
/** Characters that a small screen shows. */
const [INTENT, LABEL] = [30, 20];
const NATIVE = { nativeCurrencyAddress: [ZeroAddress] };
const ANSWER = { $ref: "$.metadata.enums.answer" };

const money = (path: string, label: string, tokenPath: string): Field => ({
  ...{ path, label, format: "tokenAmount" },
  params: { tokenPath, ...NATIVE },
});
const native = (path: string, label: string): Field => ({ path, label, format: "amount" });
const who = (path: string, label: string): Field => ({
  ...{ path, label, format: "addressName" },
  params: { types: ["wallet", "eoa", "contract"], sources: ["local", "ens"] },
});
const time = (path: string, label: string): Field => ({
  ...{ path, label, format: "date" },
  params: { encoding: "timestamp" },
});
const lasting = (path: string, label: string): Field => ({ path, label, format: "duration" });
const raw = (path: string, label: string): Field => ({ path, label, format: "raw" });
const answer = (path: string, label: string): Field => ({ path, label, format: "enum", params: ANSWER });

/** Terms that a seller promises; the hash in the order repeats all of them. */
const OFFER = [
  raw("offer.versionId", "Version"),
  money("offer.price", "Price", "offer.payToken"),
  who("offer.creator", "Seller"),
  lasting("offer.deliveryWindow", "Key delivered within"),
  answer("offer.transferable", "Can be given away"),
];
const OFFER_LEFT_OUT = [
  ...["supply", "expiresAt", "buyer", "referrerBps", "maxProtocolFeeBps", "includesUpdates", "complaintWindow"],
  ...["arbitrator", "bond", "epoch", "salt", "rights", "rightsTerms", "policy", "payToken"],
].map((name) => `offer.${name}`);
const ORDER = [
  money("order.maxPrice", "Pays at most", "offer.payToken"),
  who("order.recipient", "Licence goes to"),
  raw("order.quantity", "Times"),
];
const ORDER_LEFT_OUT = ["termsHash", "referrer", "buyerKey", "pad", "renews"].map((name) => `order.${name}`);
const PERMIT_LEFT_OUT = ["permit.value", "permit.deadline", "permit.v", "permit.r", "permit.s"];

const buying = (intent: string, fields: readonly Field[] = [], excluded: readonly string[] = []): Words => ({
  intent,
  fields: [...fields, ...ORDER, ...OFFER],
  excluded: [...OFFER_LEFT_OUT, ...ORDER_LEFT_OUT, ...excluded],
});

const DEAL = [
  raw("deal.versionId", "Version"),
  raw("deal.id", "Licence"),
  money("deal.price", "Price in escrow", "deal.payToken"),
];
const DEAL_LEFT_OUT = [
  ...["opener", "keyX", "termsHash", "payer", "recipient", "seller", "payee", "referrer", "treasury", "payToken"],
  ...["protocolFeeBps", "referrerBps", "deliverBy", "complaintWindow", "arbitrator", "bond", "buyerKey", "pad"],
  "complainBy",
].map((name) => `deal.${name}`);
const dealing = (
  intent: string,
  fields: readonly Field[] = [],
  excluded: readonly string[] = [],
  shown: readonly string[] = [],
): Words => ({
  intent,
  fields: [...fields, ...DEAL],
  excluded: [...DEAL_LEFT_OUT.filter((path) => !shown.includes(path)), ...excluded],
});

/** The main calls of people, in words. A function that is not here is shown as bytes. */
const CALLS: Readonly<
  Partial<Record<ContractName, { readonly abi: Interface; readonly words: Readonly<Record<string, Words>> }>>
> = {
  Market: {
    abi: IMarket__factory.createInterface(),
    words: {
      purchase: buying("Buy a licence"),
      purchaseSigned: buying("Buy a licence", [], ["signature"]),
      purchaseWithPermit: buying("Buy a licence", [], PERMIT_LEFT_OUT),
      createOffer: {
        intent: "Offer licences",
        fields: [
          ...OFFER.filter(({ path }) => path !== "offer.creator"),
          raw("offer.supply", "Licences"),
          native("@.value", "Bond posted"),
        ],
        excluded: [...OFFER_LEFT_OUT.filter((path) => path !== "offer.supply"), "offer.creator"],
      },
      revokeOffer: {
        intent: "Withdraw an offer",
        fields: [raw("offer.versionId", "Version"), money("offer.price", "Price", "offer.payToken")],
        excluded: [...OFFER_LEFT_OUT, "offer.creator", "offer.deliveryWindow", "offer.transferable"],
      },
      revokeAllSigned: { intent: "Withdraw all signed offers", fields: [], excluded: [] },
    },
  },
  Escrow: {
    abi: IEscrow__factory.createInterface(),
    words: {
      deliver: dealing("Deliver the key of a file", [], ["c"]),
      decline: dealing("Decline a sale and refund it"),
      accept: dealing("Accept: the seller is paid", [who("deal.payee", "Is paid")], [], ["deal.payee"]),
      settle: dealing("Settle: nobody complained"),
      refundUndelivered: dealing("Take the price back"),
      refundBySeller: dealing("Refund a sale"),
      dispute: dealing("Dispute a sale", [native("@.value", "Arbitration fee")]),
      concede: dealing("Concede a part of the price", [money("refund", "Buyer gets back", "deal.payToken")]),
      withdrawBond: {
        intent: "Take out a bond",
        fields: [native("amount", "Amount")],
        excluded: ["opener", "termsHash"],
      },
    },
  },
  GovernanceToken: {
    abi: GovernanceToken__factory.createInterface(),
    words: {
      delegate: { intent: "Delegate all votes", fields: [who("delegatee", "Votes go to")], excluded: [] },
    },
  },
  IsonomyGovernor: {
    abi: IsonomyGovernor__factory.createInterface(),
    words: {
      castVote: {
        intent: "Vote",
        fields: [
          raw("proposalId", "Proposal"),
          { ...answer("support", "Vote"), params: { $ref: "$.metadata.enums.vote" } },
        ],
        excluded: [],
      },
    },
  },
  RevenueLedger: {
    abi: IRevenueLedger__factory.createInterface(),
    words: {
      withdraw: { intent: "Withdraw income", fields: [who("token", "Token")], excluded: [] },
    },
  },
  Exchange: {
    abi: IExchange__factory.createInterface(),
    words: {
      swapExactIn: {
        intent: "Swap",
        fields: [
          money("amountIn", "Pays", "tokenIn"),
          raw("minAmountOut", "Least units received"),
          raw("hops.[]", "Token, fee of steps"),
          who("recipient", "Goes to"),
          time("deadline", "Until"),
        ],
        excluded: ["tokenIn"],
      },
      swapExactOut: {
        intent: "Swap",
        fields: [
          money("maxAmountIn", "Pays at most", "tokenIn"),
          raw("amountOut", "Units received"),
          raw("hops.[]", "Token, fee of steps"),
          who("recipient", "Goes to"),
          time("deadline", "Until"),
        ],
        excluded: ["tokenIn"],
      },
    },
  },
};

const typed = (one: ParamType): string =>
  one.isTuple()
    ? `(${one.components.map(typed).join(",")}) ${one.name}`
    : one.isArray()
      ? one.arrayChildren.isTuple()
        ? `(${one.arrayChildren.components.map(typed).join(",")})[] ${one.name}`
        : `${one.arrayChildren.type}[] ${one.name}`
      : `${one.type} ${one.name}`;

/** All values of a call, by their paths. */
export function pathsOf(inputs: readonly ParamType[], before = ""): string[] {
  return inputs.flatMap((one) => {
    const path = `${before}${one.name}`;
    if (one.isTuple()) return pathsOf(one.components, `${path}.`);
    if (one.isArray()) {
      return one.arrayChildren.isTuple() ? pathsOf(one.arrayChildren.components, `${path}.[].`) : [`${path}.[]`];
    }
    return [path];
  });
}

/** What is wrong with a descriptor's words of a call; empty for good ones. */
export function problemsOf(name: string, inputs: readonly ParamType[], { intent, fields, excluded }: Words): string[] {
  const [all, shown] = [pathsOf(inputs), fields.map(({ path }) => path)];
  const named = [...shown, ...excluded];
  const lengths = [
    ...(intent.length > INTENT ? [`${name}: the intent "${intent}" is longer than ${INTENT} characters.`] : []),
    ...fields
      .filter(({ label }) => label.length > LABEL)
      .map(({ label }) => `${name}: the label "${label}" is longer than ${LABEL} characters.`),
  ];
  const tokens = fields.flatMap(({ params }) => (params?.tokenPath === undefined ? [] : [params.tokenPath as string]));
  return [
    ...lengths,
    ...[...named, ...tokens]
      .filter((path) => !path.startsWith("@.") && !all.includes(path))
      .map((path) => `${name} has no ${path}.`),
    ...all
      .filter((path) => named.filter((one) => one === path).length !== 1)
      .map((path) => `${name}: ${path} is neither shown nor left out, or more than once.`),
  ];
}

/** The descriptors of a deployment, by the names of their files. */
export function descriptorsOf({
  chainId,
  contracts,
}: Pick<Deployment, "chainId" | "contracts">): Map<string, Descriptor> {
  return new Map(
    Object.entries(CALLS).map(([contract, { abi, words }]) => {
      const address = contracts[contract as ContractName];
      const formats = Object.entries(words).map(([name, one]) => {
        const { inputs } = abi.getFunction(name)!;
        const problems = problemsOf(`${contract}.${name}`, inputs, one);
        if (problems.length > 0) throw new Error(problems.join("\n"));
        const { intent, fields, excluded } = one;
        const required = fields.map(({ path }) => path);
        return [`${name}(${inputs.map(typed).join(",")})`, { intent, fields, required, excluded }];
      });
      const described = Object.keys(words).map((name) => JSON.parse(abi.getFunction(name)!.format("json")) as unknown);
      const descriptor: Descriptor = {
        $schema: SCHEMA,
        context: {
          $id: `${OWNER} ${contract}`,
          contract: { abi: described, deployments: [{ chainId, address }] },
        },
        metadata: {
          owner: OWNER,
          enums: { answer: { true: "yes", false: "no" }, vote: { 0: "against", 1: "for", 2: "abstain" } },
        },
        display: { formats: Object.fromEntries(formats) as Descriptor["display"]["formats"] },
      };
      return [`calldata-${OWNER}${contract}.json`, descriptor];
    }),
  );
}
