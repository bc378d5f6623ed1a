// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";

import {MarketActor} from "./MarketActor.sol";

/// @title HookedReceiver
/// @notice Receives ERC-721 tokens and native coin, and makes a call of the attacker's choice when either arrives.
contract HookedReceiver is MarketActor, IERC721Receiver {
    bytes4 private _reply = IERC721Receiver.onERC721Received.selector;
    bool private _reverting;
    address private _target;
    uint256 private _value;
    bytes private _data;

    uint256 public calls;
    bool public succeeded;
    bytes public returned;
    /// @notice What the hook of ERC-721 was called with last.
    bytes public told;

    error HookedReceiver_No();

    receive() external payable {
        _call();
    }

    function setReply(bytes4 reply, bool reverting) external {
        (_reply, _reverting) = (reply, reverting);
    }

    function setHook(address target, uint256 value, bytes calldata data) external payable {
        (_target, _value, _data) = (target, value, data);
    }

    function onERC721Received(address, address, uint256, bytes calldata) external returns (bytes4) {
        require(!_reverting, HookedReceiver_No());
        ++calls;
        told = msg.data;
        _call();
        return _reply;
    }

    function _call() private {
        address to = _target;
        if (to == address(0)) return;
        // once: what is called may come back here
        _target = address(0);
        (succeeded, returned) = to.call{value: _value}(_data);
    }
}
