import { useQuery } from "@tanstack/react-query";
import { iLicenseTokenAbi, iMarketAbi } from "isonomy/abis";
import type { Deployment } from "isonomy/addresses";
import { decodeError } from "isonomy/errors";
import { hashOffer, licenseIdsIn, purchaseCall, toOffer, type Hex, type Offer } from "isonomy/viem";
import { useState } from "react";
import { formatEther, isAddressEqual, zeroAddress, type Address } from "viem";
import { useConnect, useConnection, useConnectors, usePublicClient, useReadContract, useWriteContract } from "wagmi";

/** The terms of an offer, and their hash, computed here. */
type Terms = { readonly offer: Offer; readonly termsHash: Hex };

export function Shop({ place, versionId }: { place: Deployment; versionId: bigint }) {
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
function useOffers({ contracts, block }: Deployment, versionId: bigint) {
  const client = usePublicClient()!;
  return useQuery({
    queryKey: ["offers", contracts.Market, String(versionId)],
    queryFn: async (): Promise<Terms[]> => {
      const events = await client.getContractEvents({
        address: contracts.Market as Address,
        abi: iMarketAbi,
        eventName: "OfferListed",
        args: { versionId },
        fromBlock: BigInt(block),
        strict: true,
      });
      return events
        .map(({ args }) => toOffer(args.offer))
        .filter((offer) => isAddressEqual(offer.payToken as Address, zeroAddress) && offer.deliveryWindow === 0n)
        .map((offer) => ({ offer, termsHash: hashOffer(offer) }));
    },
  });
}

function OfferLine({ place, terms, account }: { place: Deployment; terms: Terms; account: Address | undefined }) {
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
      const call = { abi: iMarketAbi, account: buyer, ...purchaseCall(place, offer, buyer) };
      // tried first, so that a purchase that would fail is explained and never signed
      await client.simulateContract(call);
      const hash = await write(call);
      const receipt = await client.waitForTransactionReceipt({ hash });
      setLicenseId(licenseIdsIn(place, receipt, buyer, [call.args[1]])[0]);
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
function Licence({ place, licenseId, account }: { place: Deployment; licenseId: bigint; account: Address }) {
  const { data: usable } = useReadContract({
    address: place.contracts.LicenseToken as Address,
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
export function Failure({ error }: { error: unknown }) {
  const { code, message, fix } = decodeError(error);
  return (
    <p role="alert" data-code={code}>
      {message} {fix}
    </p>
  );
}
