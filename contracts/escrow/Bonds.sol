// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IRevenueLedger} from "../ledger/IRevenueLedger.sol";
import {CreditList, LedgerCall} from "../ledger/LedgerCall.sol";
import {NATIVE} from "../utils/Native.sol";
import {Deal, IEscrow} from "./IEscrow.sol";

/// @title Bonds
/// @notice What sellers put up for arbitration: posted for one offer, reserved for each of its open deals, returned
/// when a deal closes.
/// @dev The first of four parts: {Bonds}, {Deals}, {Disputes}, {Escrow}. Invariant: the native balance covers all
/// bonds, free and reserved.
abstract contract Bonds is IEscrow, ReentrancyGuardTransient {
    using SafeCast for uint256;

    /// @dev One slot. Both in wei.
    struct Bond {
        uint128 free;
        uint128 reserved;
    }

    /// @notice Where all money is credited.
    IRevenueLedger public immutable LEDGER;

    /// @dev Kept apart by offer, so that nobody can use up the bond of an expensive one by buying a cheap one.
    mapping(address opener => mapping(address seller => mapping(bytes32 termsHash => Bond))) private _bonds;

    /// @param ledger Where all money is credited.
    constructor(IRevenueLedger ledger) {
        LEDGER = ledger;
        // reverts where there is no ledger: later calls skip the check that there is code
        ledger.totalOwed(NATIVE);
    }

    /// @inheritdoc IEscrow
    function postBond(address opener, address seller, bytes32 termsHash) external payable nonReentrantView {
        require(opener != address(0) && seller != address(0), Escrow_ZeroParty());
        Bond storage bond = _bonds[opener][seller][termsHash];
        bond.free += msg.value.toUint128();
        emit BondChanged(opener, seller, termsHash, bond.free, bond.reserved);
    }

    /// @inheritdoc IEscrow
    function withdrawBond(address opener, bytes32 termsHash, uint128 amount) external nonReentrantView {
        Bond storage bond = _bonds[opener][msg.sender][termsHash];
        require(bond.free >= amount, Escrow_BondExhausted(opener, msg.sender, termsHash, bond.free, amount));

        bond.free -= amount;
        emit BondChanged(opener, msg.sender, termsHash, bond.free, bond.reserved);

        _creditNative(msg.sender, amount);
    }

    /// @inheritdoc IEscrow
    function bondOf(
        address opener,
        address seller,
        bytes32 termsHash
    ) external view returns (uint128 free, uint128 reserved) {
        Bond storage bond = _bonds[opener][seller][termsHash];
        return (bond.free, bond.reserved);
    }

    function _reserveBond(Deal memory deal) internal {
        // nothing is paid, so nothing could be awarded; a bond would only be held back by somebody who pays nothing
        require(deal.price != 0, Escrow_FreeDealWithBond(deal.id, deal.bond));
        Bond storage bond = _bondFor(deal);
        require(
            bond.free >= deal.bond,
            Escrow_BondExhausted(deal.opener, deal.seller, deal.termsHash, bond.free, deal.bond)
        );
        bond.free -= deal.bond;
        bond.reserved += deal.bond;
        emit BondChanged(deal.opener, deal.seller, deal.termsHash, bond.free, bond.reserved);
    }

    /// @dev `change` is what a dispute took from the bond (negative) or leaves with it.
    function _releaseBond(Deal memory deal, int256 change) internal {
        Bond storage bond = _bondFor(deal);
        bond.reserved -= deal.bond;
        bond.free = uint256(int256(uint256(bond.free)) + int256(uint256(deal.bond)) + change).toUint128();
        emit BondChanged(deal.opener, deal.seller, deal.termsHash, bond.free, bond.reserved);
    }

    function _bondFor(Deal memory deal) internal view returns (Bond storage) {
        return _bonds[deal.opener][deal.seller][deal.termsHash];
    }

    function _creditNative(address account, uint256 amount) internal {
        if (amount != 0) _credit(NATIVE, account, amount, amount);
    }

    function _credit(address token, address account, uint256 amount, uint256 value) internal {
        CreditList credits = LedgerCall.allocate(1);
        credits.add(account, amount);
        credits.credit(LEDGER, token, value);
    }
}
