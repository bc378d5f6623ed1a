// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Vm} from "forge-std/Vm.sol";

import {ILicenseToken} from "../../../contracts/license/ILicenseToken.sol";
import {IMarket} from "../../../contracts/market/IMarket.sol";
import {IMarketSettings} from "../../../contracts/market/IMarketSettings.sol";
import {VersionData} from "../../../contracts/registry/IModelRegistry.sol";
import {ContentComplaint} from "../../../contracts/registry/proof/ContentComplaint.sol";
import {CurveProof} from "../../../contracts/registry/proof/CurveProof.sol";
import {Kind, Terms} from "./RightsBooks.sol";
import {RightsPurchases} from "./RightsPurchases.sol";
import {SealedFile} from "./SealedFile.sol";

/// @notice Titles, fees, treasuries, modules and versions change under the licences that were sold.
abstract contract RightsChanges is RightsPurchases {
    using SealedFile for SealedFile.File;

    VersionData private _wrongFile;
    bytes private _evidence;

    function _addChangesActions() internal {
        _action(RightsChanges.moveTitle.selector, "moveTitle");
        _action(RightsChanges.govern.selector, "govern");
        // claim(invariants#market-and-escrow): a pause, a closed module and a revoked offer stop new licences, and no
        //   renewal, release or cancellation of those that were sold | a seller or a guardian who breaks a promise
        _action(RightsChanges.pause.selector, "pause");
        // claim(invariants#market-and-escrow): a pause, a closed module and a revoked offer stop new licences, and no
        //   renewal, release or cancellation of those that were sold
        _action(RightsChanges.closeModule.selector, "closeModule");
        // claim(invariants#market-and-escrow): a pause, a closed module and a revoked offer stop new licences, and no
        //   renewal, release or cancellation of those that were sold
        _action(RightsChanges.revoke.selector, "revoke");
        _action(RightsChanges.defect.selector, "defect");
        _action(RightsChanges.travel.selector, "travel");
    }

    function moveTitle(uint256 seed) external counted {
        uint48 modelId = uint48(1 + (_mix(seed, 1) % _models));
        address holder = _titleOf[modelId];
        address next = _creator(seed);
        if (next == holder) next = _creator((seed % CREATORS) + 1);
        vm.prank(holder);
        registry.transferFrom(holder, next, modelId);
        _titleOf[modelId] = next;
        bool may = next == _creatorOf[modelId] && _fixedPayee[modelId] == address(0);
        may = may && block.timestamp <= _createdAt[modelId] + 7 days;
        vm.prank(next);
        try registry.fixPayee(modelId, next) {
            assertTrue(may, "a payee was fixed that could not be");
            _fixedPayee[modelId] = next;
        } catch {
            assertFalse(may, "a payee was not fixed that could be");
        }
        this.checkPayee(modelId);
        _done();
    }

    function govern(uint256 seed) external counted {
        if (seed % 2 == 0) {
            _feeBps = uint16(_mix(seed, 1) % 501);
            _byVote();
            market.setProtocolFee(_feeBps);
        } else {
            _treasuryNow = _treasury(_mix(seed, 1));
            _byVote();
            market.setTreasury(_treasuryNow);
        }
        _done();
    }

    /// @notice A pause, or a closed module, stops new licences and no renewal, release or cancellation.
    function pause(uint256 seed) external counted {
        uint256 offer = _pick(seed, Kind.Term);
        uint256 index = _find(seed, _isRenewableByHolder, Kind.Cancellable);
        (, , , uint40 nextPauseAt) = market.config();
        if (block.timestamp < nextPauseAt) vm.warp(nextPauseAt);
        _byGuardian();
        market.pausePurchases(uint40(_bound(_mix(seed, 1), 1, 7 days)));
        _refuseNew(offer, _buyer(seed), IMarketSettings.Market_Paused.selector);
        _goesOn(index, seed);
        _done();
    }

    function closeModule(uint256 seed) external counted {
        uint256 offer = _pick(seed, seed % 2 == 0 ? Kind.Term : Kind.Cancellable);
        uint256 index = _find(seed, _isRenewableByHolder, Kind.Cancellable);
        _openMarket(Kind.Term);
        _setOpen(address(subscriptions), false);
        _refuseNew(offer, _buyer(seed), ILicenseToken.LicenseToken_RightsClosed.selector);
        _goesOn(index, seed);
        _done();
    }

    function revoke(uint256 seed) external counted {
        uint256 index = _buy(_pick(seed, Kind.Cancellable), _buyer(seed), 1, address(0));
        uint256 offer = _rights[index].offer;
        vm.prank(_offers[offer].creator);
        market.revokeOffer(_offers[offer]);
        _revoked[offer] = true;
        _refuseNew(offer, _buyer(seed), IMarket.Market_OfferRevoked.selector);
        _renew(index, _rights[index].owner, 1, address(0));
        _done();
    }

    /// @notice A version that is proven defective is not renewed, and what is left of a subscription to it comes back.
    function defect(uint256 seed) external counted {
        uint64 versionId = _createModel(seed, _wrongFile, seed % 2 == 0);
        uint256 index = _sellOf(versionId, seed, Kind.Cancellable);
        uint256 other = _sellOf(versionId, seed, Kind.Term);
        vm.warp(block.timestamp + (_mix(seed, 1) % 2 days));
        registry.proveDefective(versionId, abi.decode(_evidence, (ContentComplaint.Evidence)));
        _defective[versionId] = true;
        assertFalse(_renew(other, _rights[other].owner, 1, address(0)), "a defective version was renewed");
        assertFalse(_renew(index, _rights[index].owner, 1, address(0)), "a defective version was renewed");
        _release(index, _rights[index].owner, true);
        _done();
    }

    function travel(uint256 seed) external counted {
        vm.warp(block.timestamp + _bound(seed, 1, 20 days));
        _done();
    }

    function _refuseNew(uint256 offer, address payer, bytes4 expected) private {
        if (_feeBps > _offers[offer].maxProtocolFeeBps) expected = IMarket.Market_FeeAboveBound.selector;
        _refuse(offer, _order(offer, payer, 1), payer, expected);
    }

    /// @dev What was sold is renewed, released and cancelled as ever.
    function _goesOn(uint256 index, uint256 seed) private {
        _renew(index, _rights[index].owner, 1, address(0));
        if (!_isCancellable(index)) return;
        _release(index, _buyer(seed), false);
        if (seed % 3 == 0) _release(index, _rights[index].owner, true);
    }

    function _sellOf(uint64 versionId, uint256 seed, Kind kind) private returns (uint256) {
        _openMarket(kind);
        Terms memory terms = _draw(seed, kind);
        terms.renewUntil = FOR_EVER;
        return _buy(_list(seed, terms, versionId), _buyer(seed), 1 + (seed % 3), address(0));
    }

    /// @dev A file of which one chunk is not what its hash says.
    function _sealWrongFile() internal {
        uint256 key = uint256(keccak256("wrong file")) % CurveProof.ORDER;
        Vm.Wallet memory wallet = vm.createWallet(key);
        if (wallet.publicKeyY & 1 == 1) key = CurveProof.ORDER - key;
        SealedFile.File memory file = SealedFile.seal(key, bytes32(wallet.publicKeyX), 77, 0);
        _wrongFile = _card();
        (_wrongFile.root, _wrongFile.contentRoot) = (file.root, file.contentRoot);
        (_wrongFile.keyX, _wrongFile.size) = (bytes32(wallet.publicKeyX), 77);
        _evidence = abi.encode(file.evidence(0));
    }
}
