// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {Sold} from "./handlers/MarketBooks.sol";
import {MarketHandler} from "./handlers/MarketHandler.sol";

/// @notice One campaign for titles, offers, purchases and the ledger. What single actions may not do is checked by the handler.
contract MarketInvariantTest is Test {
    MarketHandler private _handler;

    function setUp() external {
        vm.warp(1_800_000_000);
        _handler = MarketHandler(deployCode("MarketHandler.sol:MarketHandler"));
        targetContract(address(_handler));
        targetSelector(FuzzSelector({addr: address(_handler), selectors: _handler.actions()}));
    }

    /// @dev Solvency of every contract in every token, every account to the wei, and no offer sold beyond its supply.
    /// The books are kept for good, so what one call does wrong is still wrong at the next check; the last call of a run is always checked.
    /// forge-config: default.invariant.check-interval = 50
    /// forge-config: default.invariant.dictionary-weight = 0
    /// forge-config: default.invariant.include-storage = false
    /// forge-config: default.invariant.include-push-bytes = false
    /// forge-config: full.invariant.check-interval = 50
    /// forge-config: full.invariant.dictionary-weight = 0
    /// forge-config: full.invariant.include-storage = false
    /// forge-config: full.invariant.include-push-bytes = false
    /// forge-config: deep.invariant.check-interval = 50
    /// forge-config: deep.invariant.dictionary-weight = 0
    /// forge-config: deep.invariant.include-storage = false
    /// forge-config: deep.invariant.include-push-bytes = false
    function invariant_EveryAccountIsRightAndEveryContractSolvent() external view {
        _handler.checkLedger();
        assertEq(address(_handler.escrow()).balance, 0, "the escrow holds coin of sales that do not concern it");

        uint256 count = _handler.offerCount();
        for (uint256 i = count > 8 ? count - 8 : 0; i < count; ++i) _checkOffer(i);
    }

    /// @dev At the end of a run: every offer and every licence there ever was.
    function afterInvariant() external {
        for (uint256 i = 0; i < _handler.offerCount(); ++i) _checkOffer(i);
        for (uint256 i = 0; i < _handler.licenseCount(); ++i) {
            Sold memory sold = _handler.licenseAt(i);
            assertEq(_handler.licenses().ownerOf(sold.id), sold.owner, "a licence is with somebody else");
            assertTrue(_handler.licenses().isAuthorized(sold.id, sold.owner), "a licensee lost its rights");
        }
        _handler.report("MARKET");
    }

    function _checkOffer(uint256 index) private view {
        bytes32 termsHash = _handler.hashes(index);
        (uint32 sold, bool listed, bool revoked) = _handler.market().offerState(termsHash);
        assertLe(sold, _handler.supplyAt(index), "an offer sold more licences than it has");
        assertEq(sold, _handler.soldOf(termsHash), "the count of what was sold");
        assertEq(listed, _handler.listedOf(termsHash), "an offer is listed by itself");
        assertEq(revoked, _handler.revokedOf(termsHash), "an offer came back after it was revoked");
    }
}
