// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";

import {MarketActor} from "./MarketActor.sol";

/// @title HookedReceiver
/// @notice Receives ERC-721 tokens and native coin, and makes a call of the attacker's choice when either arrives.
contract HookedReceiver is MarketActor, IERC721Receiver {
    bytes4 public reply = IERC721Receiver.onERC721Received.selector;
    bool public reverting;
    address public target;
    uint256 public value;
    bytes public data;

    uint256 public calls;
    bool public succeeded;
    bytes public returned;

    error HookedReceiver_No();

    receive() external payable {
        _call();
    }

    function setReply(bytes4 reply_, bool reverting_) external {
        (reply, reverting) = (reply_, reverting_);
    }

    function setHook(address target_, uint256 value_, bytes calldata data_) external payable {
        (target, value, data) = (target_, value_, data_);
    }

    function onERC721Received(address, address, uint256, bytes calldata) external returns (bytes4) {
        require(!reverting, HookedReceiver_No());
        ++calls;
        _call();
        return reply;
    }

    function _call() private {
        address to = target;
        if (to == address(0)) return;
        // once: what is called may come back here
        target = address(0);
        (succeeded, returned) = to.call{value: value}(data);
    }
}
