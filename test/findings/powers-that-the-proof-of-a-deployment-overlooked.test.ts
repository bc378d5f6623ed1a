import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { type BaseContract, encodeBytes32String } from "ethers";
import { ethers } from "hardhat";

import { comparePowers, readPowers } from "../../deploy/engine/powers";
import type { RpcRequest } from "../../deploy/engine/rpc";
import { protocol as system } from "../../deploy/protocol";
import { protocolFixture } from "../helpers/fixture";

describe("The proof of a deployment overlooked powers that its deployer gave away before it renounced", () => {
  async function read() {
    const protocol = await protocolFixture();
    const { contracts, actions } = protocol;
    const addresses: Record<string, { address: string }> = {};
    for (const [name, contract] of Object.entries(contracts)) {
      addresses[name] = { address: await (contract as BaseContract).getAddress() };
    }
    const reader = {
      request: <T>({ method, params }: RpcRequest) =>
        ethers.provider.send(method, (params ?? []) as unknown[]) as Promise<T>,
    };
    const powers = () => readPowers(reader, { contracts: addresses, fromBlock: 0, events: system.powers });
    // the admin of the Authority while the deployment lasts
    return { ...protocol, powers, before: await powers(), admin: await actions.asAdmin() };
  }

  // claim(attacks#deployment): a registry, module, issuer, treasury or pay token that a stolen deployer's key named
  //   before the hand-over
  it("finds a further module, issuer of citizens, registry, treasury, pay token and entry of the directory", async () => {
    const { contracts, actors, admin, powers, before } = await loadFixture(read);
    const { LicenseToken, CitizenRegistry, GovernanceToken, Market, Exchange, Directory, Authority } = contracts;
    const thief = actors.stranger.address;
    const registry = await ethers.deployContract("CitizenRegistry", [Authority, GovernanceToken]);
    const token = await ethers.deployContract("TestToken", ["Thief's Dollar", "TUSD", 6]);
    await LicenseToken.connect(admin).setModule(token, true);
    await CitizenRegistry.connect(admin).appointIssuer(thief, encodeBytes32String("persons"), false);
    await GovernanceToken.connect(admin).setRegistry(registry);
    await Market.connect(admin).setTreasury(thief);
    await Exchange.connect(admin).setTreasury(thief);
    await Market.connect(admin).setPayToken(token, true, 0);
    await Directory.connect(admin).set(encodeBytes32String("Treasury"), token);
    const unreadable = `0x${"ff".repeat(32)}`;
    await Directory.connect(admin).set(unreadable, token);

    const { missing, unexpected } = comparePowers(before, await powers());
    expect(unexpected).to.deep.equal(
      [
        `LicenseToken: ${await token.getAddress()} may issue licences`,
        `CitizenRegistry: issuer 1 is ${thief}`,
        `GovernanceToken: the registry of citizens is ${await registry.getAddress()}`,
        `Market: the treasury is ${thief}`,
        `Exchange: the treasury is ${thief}`,
        `Market: ${await token.getAddress()} is a pay token`,
        `Directory: Treasury is ${await token.getAddress()}`,
        `Directory: ${unreadable} is ${await token.getAddress()}`,
      ].sort(),
    );
    expect(missing).to.deep.equal(
      [
        "GovernanceToken: the registry of citizens is CitizenRegistry",
        "Market: the treasury is Treasury",
        "Exchange: the treasury is Treasury",
        "Directory: Treasury is Treasury",
      ].sort(),
    );
  });

  it("finds nothing new once all of it is taken back", async () => {
    const { contracts, actors, token, admin, powers, before } = await loadFixture(read);
    const { LicenseToken, Market, Treasury } = contracts;
    await LicenseToken.connect(admin).setModule(token, true);
    await LicenseToken.connect(admin).setModule(token, false);
    await Market.connect(admin).setPayToken(token, false, 0);
    await Market.connect(admin).setTreasury(actors.stranger);
    await Market.connect(admin).setTreasury(Treasury);
    expect(comparePowers(before, await powers())).to.deep.equal({
      missing: [`Market: ${await token.getAddress()} is a pay token`],
      unexpected: [],
    });
    await Market.connect(admin).setPayToken(token, true, 3);
    expect(comparePowers(before, await powers())).to.deep.equal({ missing: [], unexpected: [] });
  });
});
