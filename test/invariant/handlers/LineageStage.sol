// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {Credit} from "../../../contracts/ledger/IRevenueLedger.sol";
import {ILineage, OpenTerms, Parent} from "../../../contracts/lineage/ILineage.sol";
import {Splitter} from "../../../contracts/lineage/Splitter.sol";
import {IMarket, Offer, Order} from "../../../contracts/market/IMarket.sol";
import {VersionData} from "../../../contracts/registry/IModelRegistry.sol";
import {TestToken} from "../../contracts/tokens/TestToken.sol";
import {LineageBooks} from "./LineageBooks.sol";
import {Signatures} from "./Signatures.sol";

/// @notice Models, lineages and income, and the steps that actions are made of.
abstract contract LineageStage is LineageBooks, Signatures {
    uint256 private constant MAX_BPS = 5_000;

    mapping(uint48 modelId => OpenTerms) internal _openTerms;
    uint64 private _salt;

    // ---- models and lineages

    function _createModel(address creator) internal returns (uint48 modelId) {
        VersionData memory data;
        (data.metadataHash, data.uri) = (keccak256("card"), "ipfs://card");
        vm.prank(creator);
        modelId = uint48(registry.createModel(data, 0) >> 16);
        assertEq(modelId, ++_models, "ids do not count up");
        (_titleOf[modelId], _creatorOf[modelId], _createdAt[modelId]) = (creator, creator, block.timestamp);
    }

    /// @dev A child of some of the models there are, in force or not.
    function _createChild(uint256 seed, bool inForce) internal returns (uint48 child) {
        address creator = _creator(seed);
        child = _createModel(creator);
        Parent[] memory parents = _drawParents(seed, child);
        address account = lineage.predictAccount(child, parents);
        people.push(account);
        passesOn[account] = true;
        // an account is known, and can be paid, before its code is there
        if (seed % 3 == 0) _credit(_token(seed), account, _income(seed));
        bytes[] memory consents = _consentsTo(child, parents, creator);
        vm.prank(creator);
        assertEq(lineage.create(child, parents, consents), account, "an account is not where it was predicted");
        _accountOf[child] = Splitter(payable(account));
        _children.push(child);
        for (uint256 i = 0; i < parents.length; ++i) _parentsOf[child].push(parents[i]);
        if (!inForce) return child;
        vm.prank(creator);
        registry.fixPayee(child, account);
        _fixedPayee[child] = account;
    }

    /// @dev One to eight older models in ascending order, with at most half of the income together.
    function _drawParents(uint256 seed, uint48 child) internal pure returns (Parent[] memory parents) {
        uint256 count = 1 + (_mix(seed, 81) % (child - 1 < 8 ? child - 1 : 8));
        parents = new Parent[](count);
        uint256 left = MAX_BPS;
        uint256 last = 0;
        for (uint256 i = 0; i < count; ++i) {
            uint256 after_ = count - 1 - i;
            last = last + 1 + (_mix(seed, 90 + i) % (child - 1 - last - after_));
            // equal parts fall due at once
            uint256 bps = _mix(seed, 82) % 2 == 0 ? MAX_BPS / count : 1 + (_mix(seed, 100 + i) % (left - after_));
            left -= bps;
            parents[i] = Parent(uint48(last), uint16(bps));
        }
    }

    /// @dev Of each parent whose holder is another, and whose open terms do not cover the share.
    function _consentsTo(
        uint48 child,
        Parent[] memory parents,
        address creator
    ) internal view returns (bytes[] memory consents) {
        consents = new bytes[](parents.length);
        for (uint256 i = 0; i < parents.length; ++i) {
            if (!_needsConsent(parents[i], creator)) continue;
            uint40 until = uint40(block.timestamp + (i % 2 == 0 ? 0 : 365 days));
            consents[i] = _consent(_titleOf[parents[i].modelId], parents[i], child, until);
        }
    }

    function _needsConsent(Parent memory parent, address creator) internal view returns (bool) {
        if (_titleOf[parent.modelId] == creator) return false;
        OpenTerms memory open = _openTerms[parent.modelId];
        return open.minBps == 0 || parent.bps < open.minBps || block.timestamp > open.until;
    }

    function _consent(
        address signer,
        Parent memory parent,
        uint48 child,
        uint40 until
    ) internal view returns (bytes memory) {
        bytes32 digest = lineage.consentDigest(parent.modelId, child, parent.bps, until);
        return abi.encode(until, _signed(_keyOf(signer), digest));
    }

    function _setOpenTerms(uint48 modelId, uint16 minBps, uint40 until) internal {
        vm.prank(_titleOf[modelId]);
        lineage.setOpenTerms(modelId, minBps, until);
        _openTerms[modelId] = OpenTerms(minBps, until);
    }

    function _moveTitle(uint48 modelId, address to) internal {
        if (_titleOf[modelId] == to) return;
        vm.prank(_titleOf[modelId]);
        registry.transferFrom(_titleOf[modelId], to, modelId);
        _titleOf[modelId] = to;
    }

    function _refuseChild(
        address creator,
        uint48 child,
        Parent[] memory parents,
        bytes[] memory consents,
        bytes memory expected
    ) internal {
        vm.prank(creator);
        (bool ok, bytes memory answer) = address(lineage).call(
            abi.encodeCall(ILineage.create, (child, parents, consents))
        );
        assertFalse(ok, "a lineage was created that must be refused");
        assertEq(answer, expected, "a lineage was refused for another reason");
    }

    // ---- income

    function _mint(address token, address to, uint256 amount) internal {
        if (token == NATIVE) vm.deal(to, to.balance + amount);
        else TestToken(token).mint(to, amount);
    }

    /// @dev What a deal or a rights module does: it is credited in the ledger.
    function _credit(address token, address account, uint256 amount) internal {
        Credit[] memory credits = new Credit[](1);
        credits[0] = Credit(account, amount);
        if (token != NATIVE) _mint(token, address(ledger), amount);
        else vm.deal(address(this), amount);
        ledger.credit{value: token == NATIVE ? amount : 0}(token, credits);
        _book(token, account, amount);
    }

    function _settle(address token, uint48 child, address caller) internal {
        uint256 expected = _bookSettlement(token, child);
        Splitter account = _accountOf[child];
        vm.prank(caller);
        assertEq(account.settle(token), expected, "a settlement passed on something else");
        assertEq(
            ledger.balanceOf(token, address(account)),
            booked[token][address(account)],
            "an account keeps something else than what waits"
        );
    }

    /// @dev A royalty: it comes by a plain transfer.
    function _send(address token, address account, uint256 amount) internal {
        _mint(token, address(this), amount);
        if (token != NATIVE) {
            (bool moved, ) = token.call(abi.encodeCall(IERC20.transfer, (account, amount)));
            assertTrue(moved, "a transfer failed");
        } else {
            (bool ok, ) = account.call{value: amount}("");
            assertTrue(ok, "an account refuses coin");
        }
        _sent[token][account] += amount;
    }

    function _gather(address token, uint48 child, address caller) internal {
        Splitter account = _accountOf[child];
        uint256 waiting = _sent[token][address(account)];
        vm.prank(caller);
        assertEq(account.gather(token), waiting, "something else was gathered than was sent");
        _sent[token][address(account)] = 0;
        _book(token, address(account), waiting);
    }

    /// @dev A sale of a model's licence by its title holder.
    function _sell(uint48 modelId, uint256 seed) internal {
        Offer memory offer;
        (offer.versionId, offer.creator) = ((uint64(modelId) << 16) | 1, _titleOf[modelId]);
        (offer.payToken, offer.price, offer.supply) = (_token(seed), uint128(_income(seed)), 1);
        offer.referrerBps = uint16(_mix(seed, 83) % (_payeeOf(modelId) == offer.creator ? 5_001 : 1_001));
        (offer.maxProtocolFeeBps, offer.salt) = (500, ++_salt);
        vm.prank(offer.creator);
        bytes32 termsHash = market.createOffer(offer);
        address referrer = seed % 2 == 0 ? _referrer(seed) : address(0);
        Order memory order = Order(termsHash, offer.price, _buyer(seed), referrer, 0, address(0), 0, 0);
        vm.prank(_buyer(seed));
        market.purchase{value: offer.payToken == NATIVE ? offer.price : 0}(offer, order);
        uint256 referrerBps = referrer == address(0) ? 0 : offer.referrerBps;
        address[3] memory who = [_payeeOf(modelId), address(treasury), referrer];
        _bookSale(offer.payToken, offer.price, 250, referrerBps, who);
        for (uint256 i = 0; i < 3; ++i) {
            uint256 balance = ledger.balanceOf(offer.payToken, who[i]);
            // claim(invariants#market-and-escrow): a purchase, a renewal and a release pay the payee of that second
            assertEq(balance, booked[offer.payToken][who[i]], "a sale did not pay the payee of its model");
        }
    }
}
