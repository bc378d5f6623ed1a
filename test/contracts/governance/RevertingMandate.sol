// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @notice A member of the guardian's role that reverts when asked for its mandate, each time with another number.
contract RevertingMandate {
    uint256 private _calls;

    function forward(address target, bytes calldata data) external {
        ++_calls;
        Address.functionCall(target, data);
    }

    function mandate() external view returns (bytes32) {
        uint256 made = _calls;
        // a revert with bare bytes is made in no other way
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(0, made)
            revert(0, 32)
        }
    }
}
