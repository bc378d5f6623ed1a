// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title HookToken
/// @notice Makes a call of the attacker's choice before or after the balances of a `transfer` or `transferFrom` change.
contract HookToken is ERC20 {
    enum When {
        Never,
        Before,
        After
    }

    When private _when;
    address private _target;
    bytes private _data;
    bool private _bubble;

    bool public succeeded;
    bytes public returned;

    constructor() ERC20("Hooked", "HOOK") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @param bubble Whether a call that fails takes the transfer with it.
    function setHook(When when, address target, bytes calldata data, bool bubble) external {
        (_when, _target, _data, _bubble) = (when, target, data, bubble);
    }

    function _update(address from, address to, uint256 amount) internal override {
        bool moves = from != address(0) && to != address(0);
        if (moves && _when == When.Before) _call();
        super._update(from, to, amount);
        if (moves && _when == When.After) _call();
    }

    function _call() private {
        // once: the call may move this token too
        _when = When.Never;
        (succeeded, returned) = _target.call(_data);
        if (!succeeded && _bubble) {
            bytes memory reason = returned;
            assembly ("memory-safe") {
                revert(add(reason, 0x20), mload(reason))
            }
        }
    }
}
