import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ierc20Abi, iMarketAbi } from "isonomy/abis";
import type { OfferOnSale } from "isonomy/reading";
import { approvalCall, licenseIdsIn, purchaseCall, sharesOf } from "isonomy/viem";
import { Suspense, useState } from "react";
import { zeroAddress, type Address } from "viem";
import { readContract } from "viem/actions";
import { useConfig, useConnection } from "wagmi";
import { Link } from "wouter";

import { isZeroAddress } from "../../addresses";
import { usePlace } from "../../chain/context";
import type { ModelDetail } from "../../chain/source";
import { useWords } from "../../i18n";
import { isBusy, isDone } from "../../tx/machine";
import { TxStatus } from "../../tx/TxStatus";
import { useTx } from "../../tx/useTx";
import { Loading } from "../../ui/Loading";
import { moneyOf } from "../../ui/money";
import { FileSteps, type Pad } from "../files";

/** 2^40 - 1: an offer that does not expire. */
const NO_END = 2n ** 40n - 1n;

/** The terms of an offer in words, and the way to buy under them. */
export function OfferPanel({ on, detail }: { on: OfferOnSale; detail: ModelDetail }) {
  const words = useWords();
  const { t, duration, moment } = words;
  const { network } = usePlace();
  const { offer, sold, status } = on;
  const money = (amount: bigint, token = offer.payToken): string => moneyOf(network, words, token, amount);
  const version = detail.versions.find(({ versionId }) => versionId === offer.versionId);
  const delivers = offer.deliveryWindow !== 0n;
  // the last licence that is sold closes the offer, and who bought it still wants to know what follows
  const [bought, setBought] = useState(false);
  const terms = [
    offer.rights === 0n ? t("offer.once") : t("offer.rights", { index: String(offer.rights) }),
    ...(delivers
      ? [t("offer.withFile", { time: duration(Number(offer.deliveryWindow)) })]
      : version?.file === undefined
        ? []
        : [t("offer.licenceOnly")]),
    ...(offer.includesUpdates ? [t("offer.updates")] : []),
    t(offer.transferable ? "offer.transferable" : "offer.soulbound"),
    words.count("offer.left", Number(offer.supply - sold)),
    ...(offer.expiresAt === 0n || offer.expiresAt >= NO_END
      ? []
      : [t("offer.until", { time: moment(offer.expiresAt) })]),
    ...(BigInt(offer.policy) === 0n ? [] : [t("offer.policy")]),
    ...(offer.bond === 0n ? [] : [t("offer.bond", { amount: moneyOf(network, words, zeroAddress, offer.bond) })]),
  ];
  return (
    <li className="card" data-terms={on.termsHash}>
      <h3>
        {money(offer.price)}{" "}
        {version !== undefined && <small>{t("model.version", { version: String(version.number) })}</small>}
      </h3>
      <ul className="terms">
        {terms.map((term) => (
          <li key={term}>{term}</li>
        ))}
      </ul>
      {status !== "open" && !bought ? (
        <p>{t(`offer.status.${status}`)}</p>
      ) : delivers ? (
        <Suspense fallback={<Loading />}>
          <FileSteps on={on}>
            {(pad) => <Purchase {...{ on, money, pad }} delivers onBought={() => setBought(true)} />}
          </FileSteps>
        </Suspense>
      ) : (
        <Purchase {...{ on, money }} onBought={() => setBought(true)} />
      )}
    </li>
  );
}

interface PurchaseProps {
  readonly on: OfferOnSale;
  readonly money: (amount: bigint) => string;
  /** Whether a file comes with it: nothing is paid then before there is a pad. */
  readonly delivers?: boolean;
  readonly pad?: Pad | undefined;
  readonly onBought: () => void;
}

function Purchase({ on, money, delivers = false, pad, onBought }: PurchaseProps) {
  const { t, count } = useWords();
  const { network } = usePlace();
  const config = useConfig();
  const queries = useQueryClient();
  const { address, chainId } = useConnection();
  const approval = useTx();
  const purchase = useTx();
  const [licence, setLicence] = useState<bigint>();
  const { offer, termsHash } = on;
  const market = network.deployment.contracts.Market as Address;
  const inToken = !isZeroAddress(offer.payToken);

  const { data: fee } = useQuery({
    queryKey: ["protocolFee", market],
    queryFn: async () => {
      const terms = { abi: iMarketAbi, address: market, functionName: "config" } as const;
      const [, protocolFeeBps] = await readContract(config.getClient(), terms);
      return protocolFeeBps;
    },
  });
  const { data: allowance, refetch } = useQuery({
    queryKey: ["allowance", offer.payToken, address],
    enabled: inToken && address !== undefined,
    queryFn: () =>
      readContract(config.getClient(), {
        abi: ierc20Abi,
        address: offer.payToken as Address,
        functionName: "allowance",
        args: [address!, market],
      }),
  });
  const shares = fee === undefined ? undefined : sharesOf(offer.price, BigInt(fee), 0n);
  const needsAllowance = inToken && (allowance ?? 0n) < offer.price;

  const buy = async (account: Address): Promise<void> => {
    if (needsAllowance) {
      const call = approvalCall(network.deployment, offer)!;
      if ((await approval.run({ abi: ierc20Abi, ...call }, account)) === undefined) return;
      await refetch();
    }
    const call = purchaseCall(network.deployment, offer, account, pad === undefined ? {} : { key: pad });
    const receipt = await purchase.run({ abi: iMarketAbi, ...call }, account);
    if (receipt === undefined) return;
    onBought();
    const order = { termsHash: termsHash as Address, recipient: account };
    setLicence(licenseIdsIn(network.deployment, receipt, account, [order])[0]);
    await queries.invalidateQueries();
  };

  return (
    <div className="buy">
      <dl>
        <dt>{t("buy.pay")}</dt>
        <dd>{money(offer.price)}</dd>
        {shares !== undefined && (
          <>
            <dt>{t("buy.seller")}</dt>
            <dd>{money(shares.toPayee)}</dd>
            <dt>{t("buy.protocol")}</dt>
            <dd>{money(shares.toTreasury)}</dd>
          </>
        )}
      </dl>
      {address === undefined ? (
        <p>{t("buy.connect")}</p>
      ) : (
        <>
          <p>
            {count("buy.steps", needsAllowance ? 2 : 1)} {t(delivers ? "files.waitForKey" : "buy.next")}
          </p>
          {needsAllowance && <p>{t("buy.approve", { price: money(offer.price) })}</p>}
          <button
            className="primary"
            disabled={
              isBusy(approval.state) ||
              isBusy(purchase.state) ||
              chainId !== network.deployment.chainId ||
              (delivers && (pad === undefined || licence !== undefined)) ||
              (inToken && allowance === undefined)
            }
            onClick={() => void buy(address)}
          >
            {t("buy.button", { price: money(offer.price) })}
          </button>
        </>
      )}
      <TxStatus state={approval.state} />
      {!isDone(approval.state) || purchase.state.at !== "idle" ? <TxStatus state={purchase.state} /> : null}
      {licence !== undefined && (
        <p role="status" className="done" data-licence={String(licence)}>
          {t(delivers ? "files.bought" : "buy.done", { licence: String(licence) })}{" "}
          <Link href={delivers ? `/file/${licence}` : "/licences"}>{t(delivers ? "files.toFile" : "buy.see")}</Link>
        </p>
      )}
    </div>
  );
}
