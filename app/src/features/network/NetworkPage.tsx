import { useQuery } from "@tanstack/react-query";
import { keccak256, type Address as ViemAddress } from "viem";
import { getBlock, getCode } from "viem/actions";
import { useConfig } from "wagmi";

import { usePlace } from "../../chain/context";
import { useWords } from "../../i18n";
import { hostOf, ownPlaces, setOwnPlaces } from "../../network";
import { Failure } from "../../tx/Failure";
import { Address } from "../../ui/Address";
import { Kept } from "./Kept";

/** What the page trusts and asks: chain, nodes, stores, contracts, and what it keeps in the browser. */
export default function NetworkPage() {
  const { t, duration } = useWords();
  const { network } = usePlace();
  const config = useConfig();
  const { data: head, error } = useQuery({
    queryKey: ["head"],
    queryFn: () => getBlock(config.getClient()),
    refetchInterval: 4_000,
  });
  return (
    <>
      <h1>{t("network.title")}</h1>
      <dl>
        <dt>{t("network.chain")}</dt>
        <dd>
          {network.name} ({network.deployment.chainId})
        </dd>
        <dt>{t("network.head")}</dt>
        <dd>
          {head !== undefined &&
            `${head.number}, ${t("network.ago", {
              time: duration(Math.max(0, Math.floor(Date.now() / 1_000) - Number(head.timestamp))),
            })}`}
        </dd>
        <dt>{t("network.rpc")}</dt>
        <dd>
          {network.rpcUrls.map((url) => (
            <div key={url}>{hostOf(url)}</div>
          ))}
          <small>{t("network.rpcNote")}</small>
        </dd>
        <dt>{t("network.stores")}</dt>
        <dd>
          {network.stores.map((url) => (
            <div key={url}>{hostOf(url)}</div>
          ))}
        </dd>
      </dl>
      {error && <Failure error={error} />}
      <OwnPlaces />
      <Contracts />
      <Kept />
    </>
  );
}

function OwnPlaces() {
  const { t } = useWords();
  const own = ownPlaces();
  const save = (form: FormData): void => {
    const lines = (name: string): string[] =>
      String(form.get(name))
        .split(/\s+/)
        .filter((line) => /^https?:\/\//.test(line));
    setOwnPlaces({ rpcUrls: lines("rpc"), stores: lines("stores") });
    location.reload();
  };
  return (
    <form action={save} className="filters">
      <label className="grow">
        {t("network.rpc")} ({t("network.own")})
        <textarea name="rpc" rows={2} defaultValue={own.rpcUrls.join("\n")} />
      </label>
      <label className="grow">
        {t("network.stores")} ({t("network.own")})
        <textarea name="stores" rows={2} defaultValue={own.stores.join("\n")} />
      </label>
      <button>{t("network.save")}</button>
    </form>
  );
}

function Contracts() {
  const { t } = useWords();
  const { network } = usePlace();
  const { contracts } = network.deployment;
  return (
    <section>
      <h2>{t("network.contracts")}</h2>
      <div className="scroll">
        <table>
          <thead>
            <tr>
              <th>{t("network.contract")}</th>
              <th>{t("network.code")}</th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(contracts).map(([name, address]) => (
              <tr key={name}>
                <td>
                  {name}
                  <br />
                  <Address value={address} />
                </td>
                <td>
                  <Code name={name} address={address as ViemAddress} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Whether the code at an address is what the deployment published. */
function Code({ name, address }: { name: string; address: ViemAddress }) {
  const { t } = useWords();
  const { network } = usePlace();
  const config = useConfig();
  const { data } = useQuery({
    queryKey: ["code", address],
    staleTime: Infinity,
    queryFn: async () => keccak256((await getCode(config.getClient(), { address })) ?? "0x"),
  });
  if (data === undefined) return t("network.checking");
  const same = data === network.deployment.codeHashes[name as keyof typeof network.deployment.codeHashes];
  return (
    <span className={same ? "badge good" : "badge bad"}>{t(same ? "network.codeSame" : "network.codeOther")}</span>
  );
}
