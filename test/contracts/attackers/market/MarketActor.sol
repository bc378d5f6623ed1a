// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title MarketActor
/// @notice A contract that does what a test tells it. It has no receiver hook and refuses native coin that comes without a call.
contract MarketActor {
    function act(address target, uint256 value, bytes calldata data) external payable returns (bytes memory returned) {
        bool succeeded;
        (succeeded, returned) = target.call{value: value}(data);
        if (!succeeded) {
            assembly ("memory-safe") {
                revert(add(returned, 0x20), mload(returned))
            }
        }
    }
}
