// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {Offer} from "../../contracts/market/IMarket.sol";
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
        _checkRights();

        uint256 count = _handler.offerCount();
        for (uint256 i = count > 8 ? count - 8 : 0; i < count; ++i) _checkOffer(i);
    }

    /// @dev At the end of a run: every offer and every licence there ever was.
    function afterInvariant() external {
        for (uint256 i = 0; i < _handler.offerCount(); ++i) _checkOffer(i);
        for (uint256 i = 0; i < _handler.licenseCount(); ++i) {
            Sold memory sold = _handler.licenseAt(i);
            assertEq(_handler.licenses().ownerOf(sold.id), sold.owner, "a licence is with somebody else");
            assertEq(
                _handler.licenses().isAuthorized(sold.id, sold.owner),
                _handler.isUsable(sold),
                "a licence is used against what its module says"
            );
            _checkId(sold);
        }
        for (uint48 modelId = 1; modelId <= _handler.models(); ++modelId) {
            address payee = _handler.registry().payeeOfModel(modelId);
            assertEq(payee, _handler.payeeOf(modelId), "a payee was fixed, changed or lost by itself");
        }
        _handler.report("MARKET");
    }

    /// @dev The address behind an index is written once, and so is the guard; whether it is open is the DAO's word.
    function _checkRights() private view {
        uint32 index = _handler.countedIndex();
        (address module, bool open, bool guarded) = _handler.licenses().rightsAt(index);
        assertEq(module, address(_handler.counted_()), "the module behind an index changed");
        assertEq(open, _handler.rightsOpen(), "a rights module was opened or closed by itself");
        assertFalse(guarded, "a rights module became guarded");
        (module, , ) = _handler.licenses().rightsAt(index + 1);
        assertEq(module, address(0), "a rights module was registered by itself");
    }

    /// @dev What a licence's id says, for good: the offer that sold it, its issuer, its module, and the fee of the day.
    function _checkId(Sold memory sold) private view {
        (
            uint64 versionId,
            bool transferable,
            bool escrowed,
            bool updates,
            address issuer,
            address rights,
            uint56 note
        ) = _handler.licenses().licenseInfo(sold.id);
        Offer memory offer = _handler.offerAt(sold.offer);
        assertEq(versionId, offer.versionId, "a licence is for another version");
        assertTrue(transferable == offer.transferable && !escrowed && updates == offer.includesUpdates, "flags");
        assertEq(issuer, address(_handler.market()), "a licence has another issuer");
        assertEq(rights, offer.rights == 0 ? address(0) : address(_handler.counted_()), "another rights module");
        assertEq(note, sold.feeBps, "a licence notes another fee than that of its sale");
        assertTrue(_handler.market().soldUnder(sold.id, _handler.hashes(sold.offer)), "sold under other terms");
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
