// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title Messenger
/// @notice Passes coin on while it is created, so that the coin comes from an address that nobody named. For tests only.
contract Messenger {
    constructor(address to) payable {
        Address.sendValue(payable(to), msg.value);
    }
}
