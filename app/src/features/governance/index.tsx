import "../../styles/governance.css";

import { lazy } from "react";
import { Link, Route, Switch } from "wouter";

import { useWords } from "../../i18n";
import Dao from "./Dao";

const ProposalPage = lazy(() => import("./ProposalPage"));
const Delegate = lazy(() => import("./Delegate"));
const ConcentrationPage = lazy(() => import("./ConcentrationPage"));

/** The screens of the government, below one list of them. */
export default function Government() {
  const { t } = useWords();
  return (
    <>
      <nav aria-label={t("governance.nav")}>
        <Link href="/dao">{t("governance.nav.proposals")}</Link>
        <Link href="/dao/delegate">{t("governance.nav.delegate")}</Link>
        <Link href="/dao/concentration">{t("governance.nav.concentration")}</Link>
      </nav>
      <Switch>
        <Route path="/dao" component={Dao} />
        <Route path="/dao/proposal/:id" component={ProposalPage} />
        <Route path="/dao/delegate" component={Delegate} />
        <Route path="/dao/concentration" component={ConcentrationPage} />
        <Route>
          <h1>{t("error.lost")}</h1>
        </Route>
      </Switch>
    </>
  );
}
