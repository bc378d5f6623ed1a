import { Suspense, lazy } from "react";
import { Link, Route, Router, Switch } from "wouter";
import { useHashLocation } from "wouter/use-hash-location";

import { HeadBanner } from "./chain/HeadBanner";
import { usePlace } from "./chain/context";
import { LANGUAGES, chooseLanguage, useWords, type Language } from "./i18n";
import { Loading } from "./ui/Loading";
import { WalletButton } from "./wallet/WalletButton";

const Home = lazy(() => import("./features/market/Home"));
const Models = lazy(() => import("./features/market/Models"));
const Model = lazy(() => import("./features/market/Model"));
const Licences = lazy(() => import("./features/licences/Licences"));
const Government = lazy(() => import("./features/governance"));
const DealPage = lazy(() => import("./features/files/DealPage"));
const NetworkPage = lazy(() => import("./features/network/NetworkPage"));

/** The path without what is asked for behind it. */
const usePath: typeof useHashLocation = (options) => {
  const [path, go] = useHashLocation(options);
  return [path.split("?")[0]!, go];
};
const hrefs = (href: string): string => `#${href}`;

export function App() {
  const { t, language } = useWords();
  const { network } = usePlace();
  return (
    <Router hook={usePath} hrefs={hrefs}>
      <a className="skip" href="#content" onClick={(event) => focusContent(event)}>
        {t("app.skip")}
      </a>
      {network.test && (
        <aside className="notice" aria-label={network.name}>
          {t("app.playMoney", { name: network.name })}
        </aside>
      )}
      <HeadBanner />
      <header>
        <Link href="/" className="brand">
          {t("app.title")}
        </Link>
        <nav aria-label={t("nav.label")}>
          <Link href="/models">{t("nav.models")}</Link>
          <Link href="/licences">{t("nav.licences")}</Link>
          <Link href="/dao">{t("governance.nav")}</Link>
          <Link href="/network">{t("nav.network")}</Link>
        </nav>
        <WalletButton />
      </header>
      <main id="content" tabIndex={-1}>
        <Suspense fallback={<Loading />}>
          <Switch>
            <Route path="/" component={Home} />
            <Route path="/models" component={Models} />
            <Route path="/model/:id" component={Model} />
            <Route path="/licences" component={Licences} />
            <Route path="/dao/*?" component={Government} />
            <Route path="/file/:licence" component={DealPage} />
            <Route path="/network" component={NetworkPage} />
            <Route>
              <h1>{t("error.lost")}</h1>
              <Link href="/">{t("error.home")}</Link>
            </Route>
          </Switch>
        </Suspense>
      </main>
      <footer>
        <label>
          {t("language")}{" "}
          <select value={language} onChange={({ target }) => chooseLanguage(target.value as Language)}>
            {LANGUAGES.map((one) => (
              <option key={one} value={one}>
                {t(`language.${one}`)}
              </option>
            ))}
          </select>
        </label>
      </footer>
    </Router>
  );
}

/** The hash belongs to the router: the link moves the focus instead. */
function focusContent(event: React.MouseEvent): void {
  event.preventDefault();
  document.getElementById("content")?.focus();
}
