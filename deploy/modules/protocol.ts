import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { id } from "ethers";
import type { ProtocolParameters } from "../lib/parameters";
import { PERMISSIONS, ROLES } from "../lib/roles";

const ANYONE = "0x0000000000000000000000000000000000000000";

/**
 * The whole protocol. The deployer is the Authority's admin only while the table of permissions is written; the last
 * steps make the timelock the admin and renounce.
 */
export function protocolModule(parameters: ProtocolParameters) {
  const { timelock, guardian, treasury, market, panel, metadata } = parameters;

  return buildModule("Isonomy", (m) => {
    const deployer = m.getAccount(0);
    const executors = timelock.executors.length === 0 ? [ANYONE] : timelock.executors;
    const Timelock = m.contract("Timelock", [timelock.minDelay, timelock.proposers, executors]);
    const Authority = m.contract("Authority", [deployer]);

    const ModelRegistry = m.contract("ModelRegistry", [Authority, metadata.titles]);
    const LicenseToken = m.contract("LicenseToken", [Authority, ModelRegistry, metadata.licenses]);
    const RevenueLedger = m.contract("RevenueLedger");
    const Escrow = m.contract("Escrow", [ModelRegistry, RevenueLedger]);
    const Panel = m.contract("Panel", [panel.arbiters, panel.threshold, BigInt(panel.feeWei), RevenueLedger]);
    const UpdateDesk = m.contract("UpdateDesk", [ModelRegistry, LicenseToken, Escrow]);
    const Exchange = m.contract("Exchange", [Authority, treasury]);
    const Forwarder = m.contract("Forwarder");
    const Market = m.contract("Market", [
      Authority,
      Forwarder,
      ModelRegistry,
      LicenseToken,
      RevenueLedger,
      Escrow,
      Exchange,
      treasury,
      market.protocolFeeBps,
    ]);
    const contracts = {
      Timelock,
      Authority,
      ModelRegistry,
      LicenseToken,
      RevenueLedger,
      Escrow,
      Panel,
      UpdateDesk,
      Exchange,
      Forwarder,
      Market,
    };

    const wiring = [
      m.call(LicenseToken, "setModule", [Market, true]),
      ...market.payTokens.map(({ token, risks }, i) =>
        m.call(Market, "setPayToken", [token, true, risks], { id: `payToken${i}` }),
      ),
      ...PERMISSIONS.filter(({ role }) => role !== "ADMIN").map(({ contract, signature, role }) =>
        m.call(
          Authority,
          "setTargetFunctionRole",
          [contracts[contract as keyof typeof contracts], [id(signature).slice(0, 10)], ROLES[role]],
          { id: `role_${contract}_${signature.split("(")[0]}` },
        ),
      ),
      m.call(Authority, "grantRole", [ROLES.GUARDIAN, guardian, 0], { id: "grantGuardian" }),
      m.call(Authority, "grantRole", [ROLES.PARAMETER, Timelock, 0], { id: "grantParameter" }),
    ];
    const admin = m.call(Authority, "grantRole", [ROLES.ADMIN, Timelock, 0], { id: "grantAdmin", after: wiring });
    m.call(Authority, "renounceRole", [ROLES.ADMIN, deployer], { id: "renounceAdmin", after: [admin] });

    return contracts;
  });
}
