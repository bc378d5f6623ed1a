import { useRef, useState } from "react";
import { useConnect, useConnection, useConnectors, useDisconnect, useSwitchChain, type Connector } from "wagmi";

import { usePlace } from "../chain/context";
import { useWords } from "../i18n";
import { Failure } from "../tx/Failure";
import { shortAddress } from "../ui/Address";
import { BURNER } from "./config";

/** The wallet's account, or the way to connect one. */
export function WalletButton() {
  const { t } = useWords();
  const { network } = usePlace();
  const { address, chainId } = useConnection();
  const { mutate: disconnect } = useDisconnect();
  const { mutate: switchChain, error } = useSwitchChain();
  const dialog = useRef<HTMLDialogElement>(null);

  if (address === undefined) {
    return (
      <>
        <button className="primary" id="connect" onClick={() => dialog.current?.showModal()}>
          {t("wallet.connect")}
        </button>
        <Wallets dialog={dialog} />
      </>
    );
  }
  return (
    <div className="row">
      {chainId !== network.deployment.chainId && (
        <p role="alert" className="warning">
          {t("wallet.wrongChain")}{" "}
          <button onClick={() => switchChain({ chainId: network.deployment.chainId })}>
            {t("wallet.switch", { name: network.name })}
          </button>
          {error && <Failure error={error} />}
        </p>
      )}
      <span id="account" title={address}>
        {shortAddress(address)}
      </span>
      <button id="disconnect" onClick={() => disconnect({})}>
        {t("wallet.disconnect")}
      </button>
    </div>
  );
}

function Wallets({ dialog }: { dialog: React.RefObject<HTMLDialogElement | null> }) {
  const { t } = useWords();
  const { mutateAsync: connect, isPending } = useConnect();
  const [error, setError] = useState<unknown>();
  const connectors = useConnectors();
  // one that is announced says where it comes from; what only sits in window.ethereum is asked where none is
  const announced = connectors.filter(({ id, type }) => id === BURNER || type === "injected");

  const choose = async (connector: Connector): Promise<void> => {
    setError(undefined);
    try {
      await connect({ connector });
      dialog.current?.close();
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <dialog ref={dialog} aria-labelledby="choose-wallet">
      <h2 id="choose-wallet">{t("wallet.choose")}</h2>
      {announced.length === 0 && <p>{t("wallet.none")}</p>}
      <ul className="plain">
        {announced.map((connector) => (
          <li key={connector.uid}>
            <button className="wide" data-wallet={connector.id} onClick={() => void choose(connector)}>
              {connector.icon?.startsWith("data:") && <img src={connector.icon} alt="" width="24" height="24" />}
              {connector.id === BURNER ? t("wallet.burner") : connector.name}
            </button>
            {connector.id === BURNER && <small>{t("wallet.burnerHint")}</small>}
          </li>
        ))}
      </ul>
      {isPending && <p role="status">{t("wallet.waiting")}</p>}
      {error !== undefined && <Failure error={error} />}
      <button onClick={() => dialog.current?.close()}>{t("close")}</button>
    </dialog>
  );
}
