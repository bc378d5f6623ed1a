// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TestToken} from "../../tokens/TestToken.sol";

/// @title BlacklistToken
/// @notice A token whose issuer stops accounts from receiving it, and that can take a fee from each transfer. For tests only.
contract BlacklistToken is TestToken {
    mapping(address account => bool) public blocked;
    uint256 public feeBps;

    error BlacklistToken_Blocked(address account);

    constructor() TestToken("Blocking Dollar", "BLK", 6) {}

    function setBlocked(address account, bool blocked_) external {
        blocked[account] = blocked_;
    }

    function setFee(uint256 feeBps_) external {
        feeBps = feeBps_;
    }

    function _update(address from, address to, uint256 amount) internal override {
        require(!blocked[from] && !blocked[to], BlacklistToken_Blocked(blocked[from] ? from : to));
        uint256 fee = from == address(0) ? 0 : (amount * feeBps) / 10_000;
        if (fee != 0) super._update(from, address(0xfee), fee);
        super._update(from, to, amount - fee);
    }
}
