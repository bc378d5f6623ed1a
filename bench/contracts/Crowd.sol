// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Crowd
/// @notice Makes many calls in one transaction, so that a busy chain can be set up in seconds. Anyone may call; it guards nothing.
contract Crowd {
    /// @notice Call `index` failed with `reason`.
    error Crowd_CallFailed(uint256 index, bytes reason);

    /// @notice Makes the calls one after the other, as this contract. All succeed or none.
    /// @param targets Whom to call.
    /// @param calls Calldata for each.
    function run(address[] calldata targets, bytes[] calldata calls) external payable {
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool done, bytes memory reason) = targets[i].call(calls[i]);
            require(done, Crowd_CallFailed(i, reason));
        }
    }

    /// @notice Accepts every ERC-721 token.
    function onERC721Received(address, address, uint256, bytes calldata) external pure returns (bytes4) {
        return this.onERC721Received.selector;
    }
}
