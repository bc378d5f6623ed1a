// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";

/// @notice A receiver of licences that tries to buy again, and to take what lies in the ledger, before its own purchase is over.
contract Greedy is IERC721Receiver {
    address private immutable _MARKET;
    bytes private _purchase;

    uint256 public received;
    bool public reentered;

    constructor(address market) {
        _MARKET = market;
    }

    function prepare(bytes calldata purchase) external {
        _purchase = purchase;
    }

    function onERC721Received(address, address, uint256, bytes calldata) external returns (bytes4) {
        ++received;
        (bool ok, ) = _MARKET.call(_purchase);
        if (ok) reentered = true;
        return this.onERC721Received.selector;
    }
}
