// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title FreezingToken
/// @notice Its issuer can freeze accounts: a frozen one neither sends nor receives.
contract FreezingToken is ERC20 {
    mapping(address account => bool) public frozen;

    error FreezingToken_Frozen(address account);

    constructor() ERC20("Freezer", "FRZ") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function freeze(address account, bool frozen_) external {
        frozen[account] = frozen_;
    }

    function _update(address from, address to, uint256 amount) internal override {
        require(!frozen[from], FreezingToken_Frozen(from));
        require(!frozen[to], FreezingToken_Frozen(to));
        super._update(from, to, amount);
    }
}
