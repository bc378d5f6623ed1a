// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {StdConstants} from "forge-std/StdConstants.sol";

/// @notice Deploys contracts as Hardhat compiled them: campaigns attack the bytecode that goes to a network, and forge compiles what attacks only.
library Artifacts {
    /// @param folder Below `contracts/`.
    /// @param name Of the contract, and of its file.
    /// @param args Of the constructor, encoded. What does not decode there reverts.
    function deploy(string memory folder, string memory name, bytes memory args) internal returns (address payable) {
        string memory path = string.concat("artifacts/contracts/", folder, "/", name, ".sol/", name, ".json");
        return payable(StdConstants.VM.deployCode(path, args));
    }
}
