// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC2771Forwarder} from "@openzeppelin/contracts/metatx/ERC2771Forwarder.sol";

/// @title Forwarder
/// @notice Sends what a person signed to the market and pays the gas for it. It can drop a request, never change one.
/// @dev OpenZeppelin's ERC2771Forwarder, unchanged.
contract Forwarder is ERC2771Forwarder {
    constructor() ERC2771Forwarder("Isonomy Forwarder") {}
}
