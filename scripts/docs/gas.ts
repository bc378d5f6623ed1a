// Writes `docs/gas.md` and its pictures from `bench/results.json` and the bars of `bench/bars.ts`. With CHECK=true it writes nothing and fails
// when one of them is stale.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { BARS } from "../../bench/bars";
import { judge, number } from "../../bench/lib/report";
import type { Entry, Verdict } from "../../bench/lib/types";
import { barChart, type Group } from "./lib/barChart";
import { generate, keep } from "./lib/keep";

const RESULTS = join(__dirname, "../../bench/results.json");
const COMMAND = "docs:gas";

interface Section {
  readonly name: string;
  readonly title: string;
  readonly text: string;
  /** What each measurement is, by its id, in the order of the page. */
  readonly words: Readonly<Record<string, string>>;
}

const SECTIONS: readonly Section[] = [
  {
    name: "market",
    title: "Selling and buying",
    text: "A purchase counts the offer, moves the price, credits creator, referrer and treasury, and issues the licence.",
    words: {
      "market.publish": "a model with its first version and an offer",
      "market.buyInstant": "a licence at once, in a token, with a referrer",
      "market.buyInstant@10000": "the same after 10,000 others were sold",
      "market.buyNative": "a licence in native coin",
      "market.buySigned": "a licence of an offer that was signed and never listed",
      "market.buyPermit": "a licence with a permit in place of an allowance",
      "market.buyCart5": "one licence of a cart of five",
      "ledger.withdraw": "withdrawing income",
    },
  },
  {
    name: "escrow",
    title: "A file and its key",
    text: "The price waits in the escrow; the delivered key is checked on chain.",
    words: {
      "market.buyEscrow": "a licence with a file: the price goes to the escrow",
      "market.buyEscrow.bonded": "the same with an arbitrator and a bond",
      "escrow.deliver": "delivering the key, verified",
      "escrow.settle": "the buyer accepts, the seller is paid",
      "escrow.settle.timeout": "the seller is paid after the window for complaints",
      "escrow.complainContent": "proving one wrong chunk of a file of 1 GiB",
    },
  },
  {
    name: "rights",
    title: "Rights and shares",
    text: "Subscriptions, licences by the unit, seats, offers with a policy, and a model whose income is shared with eight others.",
    words: {
      "market.subscribe": "a subscription, without a referrer",
      "market.renew": "renewing it",
      "market.renewCart5": "one renewal of a cart of five",
      "subscriptions.release": "paying out what a subscription earned",
      "subscriptions.cancel": "ending a subscription, with what is left of it",
      "market.buyMetered": "a licence by the unit: a channel with all of its money",
      "usage.redeem": "redeeming a voucher of a channel",
      "usage.redeemShared": "the same where the node that serves has a share",
      "usage.redeemFirst": "redeeming the first voucher of a channel",
      "usage.redeemBatch50": "one voucher of fifty that are redeemed at once",
      "usage.redeemBatch50First": "the same, each the first of its channel",
      "usage.topUp": "buying more units for a channel",
      "usage.settleShares": "paying out fee and referrer of a channel",
      "usage.close": "closing a channel",
      "usage.finish": "finishing it: what is left returns",
      "license.isAuthorized@2": "whether a user with a seat may use a licence, with 2 seats given",
      "license.isAuthorized@200": "the same with 200 seats given",
      "market.buyPolicy": "a licence under a policy, by a buyer who was cleared",
      "market.buyPolicy.added": "what the policy adds to the purchase",
      "market.buyDerivative8": "a licence of a model with eight parents",
      "market.buyDerivative8.added": "what the parents add to the purchase",
      "lineage.settle8": "sharing the income of that model",
    },
  },
  {
    name: "resale",
    title: "Resale",
    text: "A holder sells a licence to somebody new; Seaport sells the same licence with the same split of the price.",
    words: {
      "market.resale": "a sale at once: payee, treasury and seller are credited",
      "resale.open": "a sale with a new delivery of the key: the licence and the price wait",
      "resale.accept": "the buyer accepts the delivery",
      "resale.claim": "the licence goes to the buyer",
    },
  },
  {
    name: "reputation",
    title: "Reviews and metrics",
    text: "A review weighs the fee of its licence. A metric is kept in an event, an attestation of EAS in storage.",
    words: {
      "reviews.review": "writing a review",
      "reviews.reviewFirst": "the first of a model",
      "reviews.edit": "changing its stars",
      "reviews.erase": "erasing it",
      "metrics.submit": "submitting a metric that its evaluator signed",
      "metrics.submitOwn": "the evaluator submits it",
      "metrics.submitNewer": "one that takes an older one's place",
      "metrics.revoke": "taking a metric back",
    },
  },
  {
    name: "exchange",
    title: "The exchange",
    text: "In steady state: pools that were used before, allowances in place.",
    words: {
      "exchange.swap1": "a swap through one pool",
      "exchange.swap2": "through two pools",
      "exchange.swap3": "through three pools",
      "exchange.swapNative": "a swap of native coin",
      "exchange.swap1FirstOfPeriod": "the first swap of five minutes, which writes the oracle",
      "exchange.swap1WithProtocolShare": "a swap with a share for the protocol",
      "exchange.swap1@10000": "a swap beside 10,000 other pools",
      "exchange.createPool": "making a pool",
      "exchange.addNew": "a provider's first deposit, the second of the pool",
      "exchange.addNewLater": "a provider's first deposit in an older pool",
      "exchange.addAgain": "a provider's next deposit",
      "exchange.remove": "a withdrawal of a part",
      "exchange.flashLoan": "a flash loan",
    },
  },
  {
    name: "government",
    title: "The government",
    text: "A vote here counts in two houses; the governors beside it count in one, and two ballots are what two houses cost otherwise.",
    words: {
      "gov.propose": "a proposal",
      "gov.vote": "a vote",
      "gov.vote@10000": "a vote after 10,000 others",
      "gov.voteFirst": "the first vote of a proposal, which fixes the quorum",
      "gov.queue": "queueing",
      "gov.execute": "executing",
      "token.transfer": "a transfer of tokens that nobody delegated",
      "token.transferDelegated": "a transfer between two who delegate",
      "token.transferCitizens": "a transfer between two citizens",
      "token.delegate": "delegating",
    },
  },
  {
    name: "tools",
    title: "Beside the chain",
    text: "Times are of the machine that measured; compare them with the peer's, which ran there too.",
    words: {
      "deploy.gas": "the whole protocol by its command",
      "deploy.seconds": "how long that takes on a local node",
      "sdk.prepare": "sealing a file of 1 GiB",
      "sdk.prepare.memory": "the memory it takes",
      "sdk.size": "a page that buys, gzipped",
      "sdk.size.own": "the part of it that is this package",
      "sdk.size.errors": "what it loads when it first meets an error of a node or a contract",
      "sdk.size.viem": "a page that buys with viem and no ethers, gzipped",
      "sdk.size.viem.own": "the part of it that is this package",
      "cli.start": "`isonomy --help`, from start to end",
    },
  },
];

function read(): Entry[] {
  const entries = JSON.parse(readFileSync(RESULTS, "utf8")) as Entry[];
  const known = new Set(SECTIONS.flatMap(({ words }) => Object.keys(words)));
  const nameless = [...entries, ...BARS].map(({ id }) => id).filter((id) => !known.has(id));
  if (nameless.length > 0) {
    throw new Error(`scripts/docs/gas.ts has no words for ${[...new Set(nameless)].join(", ")}.`);
  }
  return entries;
}

const withUnit = (value: number | null, unit: string): string =>
  value === null ? "" : unit === "gas" ? number(value) : `${number(value)} ${unit}`;

/** A line for each peer of a measurement, or one where it has none. */
function rows(id: string, words: string, entries: readonly Entry[], verdicts: readonly Verdict[]): string[] {
  const measured = entries.filter((entry) => entry.id === id);
  const bars = verdicts.filter((verdict) => verdict.id === id);
  if (measured.length === 0) {
    return bars.length === 0
      ? []
      : [`| \`${id}\` | ${words} | not measured | | | | ${bars.map(limit).join("; ")} | no |`];
  }
  return measured.map(({ unit, ours, peer, peerValue, ratio }, i) => {
    const own = bars.filter((bar) => (bar.peer === undefined ? i === 0 : bar.peer === peer));
    const met = own.length === 0 ? "no bar" : own.every((bar) => bar.met) ? "yes" : "**no**";
    return [
      "",
      i === 0 ? `\`${id}\`` : "",
      i === 0 ? words : "",
      i === 0 ? withUnit(ours, unit) : "",
      peer ?? "",
      withUnit(peerValue, unit),
      ratio === null ? "" : ratio.toFixed(2),
      own.map(limit).join("; "),
      met,
      "",
    ]
      .join(" | ")
      .trim();
  });
}

function limit({ peer, as, limit: value }: Verdict): string {
  if (peer !== undefined) return `${value} of the peer`;
  return as === undefined ? number(value) : `as \`${as}\``;
}

/** What has a peer, as bars. */
function groupsOf({ words }: Section, entries: readonly Entry[]): Group[] {
  return Object.entries(words).flatMap(([id, label]) => {
    const beside = entries.filter((entry) => entry.id === id && entry.peerValue !== null);
    if (beside.length === 0) return [];
    const { ours, unit } = beside[0]!;
    return [
      {
        label: label.replaceAll("`", ""),
        bars: [
          { name: "Isonomy", value: ours, text: withUnit(ours, unit), ours: true },
          ...beside.map(({ peer, peerValue }) => ({
            name: peer!,
            value: peerValue!,
            text: withUnit(peerValue, unit),
            ours: false,
          })),
        ],
      },
    ];
  });
}

function page(entries: readonly Entry[], pictures: ReadonlySet<string>): string {
  const verdicts = judge(BARS, entries);
  const missed = verdicts.filter(({ met }) => !met);
  const withPeer = entries.filter(({ ratio }) => ratio !== null);
  const cheaper = withPeer.filter(({ ratio }) => ratio! < 1);
  return [
    `<!-- Generated by \`npm run ${COMMAND}\`. -->`,
    "# What it costs",
    "",
    "Figures without a unit are gas, of whole transactions, on a chain with the rules of Cancun. The peers are the contracts that others run, deployed",
    "on the same chain from the artifacts in their own packages, doing the same job with the same tokens. `npm run bench` measures all of it again.",
    "",
    "A bar is the most that a measurement may cost, in its own unit or as a part of what the peer costs; the benchmark fails above it.",
    "",
    `${withPeer.length} comparisons, ${cheaper.length} of them in our favour; ${verdicts.length} bars, ${verdicts.length - missed.length} met.`,
    missed.length === 0 ? "" : `Not met or not measured: ${missed.map(({ id }) => `\`${id}\``).join(", ")}.`,
    "",
    ...SECTIONS.flatMap((section) => [
      `## ${section.title}`,
      "",
      section.text,
      "",
      ...(pictures.has(section.name)
        ? [`![${section.title}: ours beside the peers](images/gas-${section.name}.svg)`, ""]
        : []),
      "| id | what | ours | peer | the peer's | ratio | bar | met |",
      "| --- | --- | ---: | --- | ---: | ---: | --- | --- |",
      ...Object.entries(section.words).flatMap(([id, words]) => rows(id, words, entries, verdicts)),
      "",
    ]),
    "In each picture the bars of a group have one scale, and the longest bar costs most; scales differ between groups.",
    "",
  ].join("\n");
}

generate(async () => {
  const entries = read();
  const drawn = SECTIONS.map((section) => [section.name, groupsOf(section, entries)] as const).filter(
    ([, groups]) => groups.length > 0,
  );
  const images = drawn.map(([name, groups]) => [`docs/images/gas-${name}.svg`, barChart(groups)] as const);
  const text = page(entries, new Set(drawn.map(([name]) => name)));
  await keep({ ...Object.fromEntries(images), "docs/gas.md": text }, COMMAND);
});
