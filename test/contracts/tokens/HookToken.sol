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

    When public when;
    address public target;
    bytes public data;
    bool public bubble;
    bool public succeeded;
    bytes public returned;

    constructor() ERC20("Hooked", "HOOK") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @param bubble_ Whether a call that fails takes the transfer with it.
    function setHook(When when_, address target_, bytes calldata data_, bool bubble_) external {
        (when, target, data, bubble) = (when_, target_, data_, bubble_);
    }

    function _update(address from, address to, uint256 amount) internal override {
        bool moves = from != address(0) && to != address(0);
        if (moves && when == When.Before) _call();
        super._update(from, to, amount);
        if (moves && when == When.After) _call();
    }

    function _call() private {
        // once: the call may move this token too
        when = When.Never;
        (succeeded, returned) = target.call(data);
        if (!succeeded && bubble) {
            bytes memory reason = returned;
            assembly ("memory-safe") {
                revert(add(reason, 0x20), mload(reason))
            }
        }
    }
}
