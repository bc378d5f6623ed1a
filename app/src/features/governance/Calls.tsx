import { useQuery } from "@tanstack/react-query";
import type { Abi } from "viem";

import { usePlace } from "../../chain/context";
import type { ProposalDetail } from "../../chain/government";
import { useWords } from "../../i18n";
import { Address } from "../../ui/Address";
import { Loading } from "../../ui/Loading";
import { moneyOf } from "../../ui/money";
import { argumentText, decodeCall, kindReasonOf, type DecodedCall } from "./calls";
import { sentenceOf } from "./sentences";

const NATIVE = "0x0000000000000000000000000000000000000000";
const NONE: Readonly<Record<string, Abi>> = {};

/** What a proposal would do, call by call, and what kind that makes it. */
export function Calls({ proposal }: { proposal: ProposalDetail }) {
  const { t } = useWords();
  const { network } = usePlace();
  const { data: abis, error } = useQuery({
    queryKey: ["contractAbis"],
    queryFn: async () => (await import("./abis")).contractAbis,
    staleTime: Infinity,
  });
  const known = abis ?? (error ? NONE : undefined);
  return (
    <section aria-labelledby="calls">
      <h2 id="calls">{t("governance.calls")}</h2>
      <p>
        {t("governance.kindIs", { kind: t(`governance.kind.${proposal.kind}`) })}{" "}
        {t(`governance.kindTakes.${proposal.kind}`)}
      </p>
      {known === undefined ? (
        <Loading />
      ) : (
        <ol className="plain">
          {proposal.calls.map((call, at) => (
            <Call key={at} decoded={decodeCall(call, network.deployment.contracts, known)} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Call({ decoded }: { decoded: DecodedCall }) {
  const words = useWords();
  const { t } = words;
  const { network } = usePlace();
  const { contracts } = network.deployment;
  const { call, contract, name, args } = decoded;
  const sentence = sentenceOf(decoded, words, network);
  return (
    <li className="card" data-call={name === undefined ? "" : `${contract}.${name}`}>
      <h3>{sentence ?? (name === undefined ? t("governance.callUnknown") : `${contract}: ${name}`)}</h3>
      <dl>
        <dt>{t("governance.contract")}</dt>
        <dd>
          {contract ?? t("governance.stranger")} <Address value={call.target} />
        </dd>
        {name !== undefined && (
          <>
            <dt>{t("governance.function")}</dt>
            <dd className="mono">{name}</dd>
          </>
        )}
        {args.map((arg, at) => (
          <div key={at} className="argument">
            <dt>
              <code>{arg.name || at}</code>
            </dt>
            <dd data-arg={arg.name}>{argumentText(arg, words, contracts)}</dd>
          </div>
        ))}
        {call.value > 0n && (
          <>
            <dt>{t("governance.value")}</dt>
            <dd>{moneyOf(network, words, NATIVE, call.value)}</dd>
          </>
        )}
      </dl>
      <p>{t(`governance.because.${kindReasonOf(decoded)}`)}</p>
      <details>
        <summary>{t("governance.raw")}</summary>
        <code>{call.data}</code>
      </details>
    </li>
  );
}
