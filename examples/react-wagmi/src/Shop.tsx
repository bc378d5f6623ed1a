import { useQuery } from "@tanstack/react-query";
import { iLicenseTokenAbi, iMarketAbi } from "isonomy/abis";
import { decodeError } from "isonomy/errors";
import { hashOffer, orderFor, toOffer, type Hex } from "isonomy/market";
import { useState } from "react";
import {
  formatEther,
  isAddressEqual,
  parseEventLogs,
  zeroAddress,
  type Address,
  type GetContractEventsReturnType,
} from "viem";
import { useConnect, useConnection, useConnectors, usePublicClient, useReadContract, useWriteContract } from "wagmi";

/** Where one deployment is. */
export interface Place {
  readonly market: Address;
  readonly licenses: Address;
  readonly fromBlock: bigint;
}

type Listed = GetContractEventsReturnType<typeof iMarketAbi, "OfferListed", true>[number]["args"];
/** An offer, as the event announced it, and the hash of its terms, computed here. */
type Terms = { readonly offer: Listed["offer"]; readonly termsHash: Hex };

export function Shop({ place, versionId }: { place: Place; versionId: bigint }) {
  const { address: account } = useConnection();
  const { connect, error } = useConnect();
  const [wallet] = useConnectors();
  const offers = useOffers(place, versionId);

  if (offers.isPending) return <p>Reading the offers…</p>;
  if (offers.isError) return <Failure error={offers.error} />;
  return (
    <main>
      <h1>Licences to version {String(versionId)}</h1>
      {account === undefined ? (
        <button id="connect" onClick={() => wallet && connect({ connector: wallet })}>
          Connect a wallet
        </button>
      ) : (
        <p id="account">Buying as {account}</p>
      )}
      {error && <Failure error={error} />}
      <ul>
        {offers.data.map((terms) => (
          <OfferLine key={terms.termsHash} place={place} terms={terms} account={account} />
        ))}
      </ul>
    </main>
  );
}

/** The offers for native coin that were listed for a version. */
function useOffers({ market, fromBlock }: Place, versionId: bigint) {
  const client = usePublicClient()!;
  return useQuery({
    queryKey: ["offers", market, String(versionId)],
    queryFn: async (): Promise<Terms[]> => {
      const events = await client.getContractEvents({
        address: market,
        abi: iMarketAbi,
        eventName: "OfferListed",
        args: { versionId },
        fromBlock,
        strict: true,
      });
      return events
        .map(({ args: { offer } }) => ({ offer, termsHash: hashOffer(toOffer(offer)) }))
        .filter(({ offer }) => isAddressEqual(offer.payToken, zeroAddress) && offer.deliveryWindow === 0);
    },
  });
}

function OfferLine({ place, terms, account }: { place: Place; terms: Terms; account: Address | undefined }) {
  const { offer, termsHash } = terms;
  const client = usePublicClient()!;
  const { mutateAsync: write } = useWriteContract();
  const [failure, setFailure] = useState<unknown>();
  const [licenseId, setLicenseId] = useState<bigint>();
  const [busy, setBusy] = useState(false);

  const buy = async (buyer: Address): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    try {
      const call = {
        address: place.market,
        abi: iMarketAbi,
        functionName: "purchase",
        args: [offer, orderFor(toOffer(offer), buyer)],
        value: offer.price,
        account: buyer,
      } as const;
      // tried first, so that a purchase that would fail is explained and never signed
      await client.simulateContract(call);
      const hash = await write(call);
      const { logs } = await client.waitForTransactionReceipt({ hash });
      const [minted] = parseEventLogs({
        abi: iLicenseTokenAbi,
        eventName: "Transfer",
        logs: logs.filter(({ address }) => isAddressEqual(address, place.licenses)),
      });
      setLicenseId(minted?.args.tokenId);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <li data-terms={termsHash}>
      {formatEther(offer.price)} ETH{" "}
      <button disabled={account === undefined || busy} onClick={() => account && void buy(account)}>
        Buy
      </button>
      {licenseId !== undefined && account !== undefined && (
        <Licence place={place} licenseId={licenseId} account={account} />
      )}
      {failure !== undefined && <Failure error={failure} />}
    </li>
  );
}

/** What the chain says of a licence. */
function Licence({ place, licenseId, account }: { place: Place; licenseId: bigint; account: Address }) {
  const { data: usable } = useReadContract({
    address: place.licenses,
    abi: iLicenseTokenAbi,
    functionName: "isAuthorized",
    args: [licenseId, account],
  });
  return (
    <p className="licence" data-license={String(licenseId)}>
      Licence {String(licenseId)}: {usable === undefined ? "asking…" : usable ? "yours to use" : "not usable"}
    </p>
  );
}

/** Any failure, of the wallet, the node or a contract, as one sentence and what to do. */
function Failure({ error }: { error: unknown }) {
  const { code, message, fix } = decodeError(error);
  return (
    <p role="alert" data-code={code}>
      {message} {fix}
    </p>
  );
}
