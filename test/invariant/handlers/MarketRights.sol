// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILicenseToken} from "../../../contracts/license/ILicenseToken.sol";
import {CartItem, IMarket, Offer, Order} from "../../../contracts/market/IMarket.sol";
import {IMarketSettings} from "../../../contracts/market/IMarketSettings.sol";
import {Sale} from "../../../contracts/market/IRights.sol";
import {IModelRegistry} from "../../../contracts/registry/IModelRegistry.sol";
import {Sold} from "./MarketBooks.sol";
import {MarketStage} from "./MarketStage.sol";

/// @notice Licences whose use a rights module decides: sold, renewed, bought several times; and models with a payee.
abstract contract MarketRights is MarketStage {
    function _addRightsActions() internal {
        // claim(invariants#market-and-escrow): The payee of a model is fixed once, by its creator who holds it, in its
        //   first 7 days and before a second version, or never | the buyer of a title, who takes its income
        _action(MarketRights.fixPayee.selector, "fixPayee");
        // claim(invariants#market-and-escrow): A sale credits its price times the quantity, to the rights module that
        //   keeps the money or to payee, referrer and treasury, and to nobody else | a module, payee or referrer
        //   at the cost of the others
        _action(MarketRights.sellCounted.selector, "sellCounted");
        // claim(invariants#market-and-escrow): A sale credits its price times the quantity, to the rights module that
        //   keeps the money or to payee, referrer and treasury, and to nobody else
        _action(MarketRights.buyQuantity.selector, "buyQuantity");
        // claim(invariants#market-and-escrow): A renewal is sold under the offer of its licence, whatever became of the
        //   offer since, and issues no licence | a seller who goes back on what was promised, or a buyer who renews
        //   what another offer sold
        _action(MarketRights.renew.selector, "renew");
        _action(MarketRights.renewCart.selector, "renewCart");
        // claim(invariants#market-and-escrow): A rights module that is closed sells no new licence, and renews those
        //   that were sold | a seller who goes on selling for a module that was closed
        _action(MarketRights.closeRights.selector, "closeRights");
        // claim(invariants#market-and-escrow): A licence with rights can be used only while it exists and its module
        //   says so | a licensee whose time or units have run out
        _action(MarketRights.stopUse.selector, "stopUse");
    }

    function fixPayee(uint256 seed) external counted {
        // an old model: the books say whether its payee can be fixed
        uint48 old = _model(seed);
        vm.prank(titleOf[old]);
        bool may = titleOf[old] == creatorOf[old] && fixedPayee[old] == address(0) && versionsOf[old] == 1;
        may = may && block.timestamp <= createdAt[old] + 7 days;
        try registry.fixPayee(old, _payee(seed)) {
            assertTrue(may, "a payee was fixed that could not be");
            fixedPayee[old] = _payee(seed);
        } catch {
            assertFalse(may, "a payee was not fixed that could be");
        }

        address creator = _creator(seed);
        _createModel(creator);
        uint48 modelId = models;
        vm.prank(_stranger(creator, seed));
        try registry.fixPayee(modelId, _stranger(creator, seed)) {
            _never("a stranger fixed a payee");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), IModelRegistry.ModelRegistry_NotTitleHolder.selector, "a stranger's payee");
        }
        if (seed % 4 == 0) {
            vm.warp(block.timestamp + 7 days + 1);
            vm.prank(creator);
            try registry.fixPayee(modelId, creator) {
                _never("a payee was fixed too late");
            } catch (bytes memory reason) {
                assertEq(_selectorOf(reason), IModelRegistry.ModelRegistry_PayeeWindowOver.selector, "late payee");
            }
        } else {
            vm.warp(block.timestamp + (seed % (7 days + 1)));
            vm.prank(creator);
            registry.fixPayee(modelId, _payee(seed));
            fixedPayee[modelId] = _payee(seed);
            vm.prank(creator);
            try registry.fixPayee(modelId, creator) {
                _never("a payee was fixed twice");
            } catch (bytes memory reason) {
                assertEq(_selectorOf(reason), IModelRegistry.ModelRegistry_PayeeFixed.selector, "second payee");
            }
        }
        assertEq(registry.payeeOfModel(modelId), _payeeOf(modelId), "the payee of a new model");
        _done();
    }

    function sellCounted(uint256 seed) external counted {
        counted_.setKeeps(seed % 2 == 0);
        uint256 index = _pickCounted(seed);
        _take(index, _payer(_offers[index], seed), _referrer(seed), uint32(seed % 2), 0);
        _done();
    }

    function buyQuantity(uint256 seed) external counted {
        counted_.setKeeps(_mix(seed, 1) % 2 == 0);
        uint256 index = _pickCounted(seed);
        uint32 quantity = uint32(2 + (_mix(seed, 2) % 8));
        Offer memory offer = _offers[index];
        address payer = _payer(offer, seed);
        Order memory order = _order(index, payer, address(0));
        order.quantity = quantity;
        uint256 paid = uint256(offer.price) * quantity;
        uint256 value = offer.payToken == NATIVE ? paid : 0;
        bytes memory data = abi.encodeCall(IMarket.purchase, (offer, order));
        // the bound is for all of them
        if (offer.price != 0) _refuse(payer, value, data, IMarket.Market_PriceAboveBound.selector);
        _take(index, payer, _referrer(seed), quantity, 0);

        index = _pick(seed, offer.payToken);
        offer = _offers[index];
        order = _order(index, payer, address(0));
        (order.quantity, order.maxPrice) = (quantity, type(uint256).max);
        data = abi.encodeCall(IMarket.purchase, (offer, order));
        _refuse(_payer(offer, seed), 0, data, IMarket.Market_SoldSingly.selector);
        _done();
    }

    function renew(uint256 seed) external counted {
        (Sold memory sold, uint256 index) = _countedLicense(seed);
        counted_.setKeeps(_mix(seed, 3) % 2 == 0);
        if (seed % 4 == 0 && !revokedOf[hashes[index]]) _drop(index);
        _take(index, _buyer(seed), _referrer(seed), uint32(_mix(seed, 4) % 4), sold.id);

        // an id that the offer did not sell
        Offer memory offer = _offers[index];
        Order memory order = _order(index, _buyer(seed), address(0));
        order.renews = sold.id ^ (uint256(1) << (32 + (_mix(seed, 5) % 168)));
        _refuse(
            _buyer(seed),
            offer.payToken == NATIVE ? offer.price : 0,
            abi.encodeCall(IMarket.purchase, (offer, order)),
            IMarket.Market_NotItsOffer.selector
        );
        _done();
    }

    /// @notice Five renewals, and a new licence that stops all of them during a pause.
    function renewCart(uint256 seed) external counted {
        (Sold memory sold, uint256 index) = _countedLicense(seed);
        address payer = _buyer(seed);
        Offer memory offer = _offers[index];
        CartItem[] memory items = new CartItem[](5);
        for (uint256 i = 0; i < 5; ++i) {
            items[i] = CartItem(offer, _order(index, payer, address(0)), "");
            items[i].order.renews = sold.id;
        }
        uint256 value = offer.payToken == NATIVE ? uint256(offer.price) * 5 : 0;
        if (block.timestamp < pausedUntil) {
            items[4].order.renews = 0;
            bytes memory data = abi.encodeCall(IMarket.purchaseCart, (items));
            bool dearer = feeBps > offer.maxProtocolFeeBps;
            _refuse(
                payer,
                value,
                data,
                dearer ? IMarket.Market_FeeAboveBound.selector : IMarketSettings.Market_Paused.selector
            );
            items[4].order.renews = sold.id;
        }

        uint256 told = counted_.sales();
        uint256 before = _held(offer.payToken, payer);
        vm.prank(payer);
        uint256[] memory ids = market.purchaseCart{value: value}(items);
        assertEq(_held(offer.payToken, payer), before - uint256(offer.price) * 5, "five renewals cost something else");
        assertEq(counted_.sales(), told + 5, "the module was not told of each renewal");
        for (uint256 i = 0; i < 5; ++i) {
            assertEq(ids[i], sold.id, "a renewal is of another licence");
            _bookPrice(index, offer.price, _renewalFee(index), address(0));
        }
        _done();
    }

    function closeRights(uint256 seed) external counted {
        (Sold memory sold, uint256 index) = _countedLicense(seed);
        uint256 open = _pickCounted(seed);
        address module = address(counted_);
        vm.prank(_buyer(seed));
        try licenses.setRights(module, false, false) {
            _never("a stranger closed a rights module");
        } catch {}
        _byVote();
        try licenses.setRights(module, true, true) {
            _never("a rights module became guarded");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), ILicenseToken.LicenseToken_GuardIsFixed.selector, "guarded");
        }

        _byVote();
        licenses.setRights(module, false, false);
        rightsOpen = false;
        Offer memory offer = _offers[open];
        address payer = _payer(offer, seed);
        _refuse(
            payer,
            offer.payToken == NATIVE ? offer.price : 0,
            abi.encodeCall(IMarket.purchase, (offer, _order(open, payer, address(0)))),
            ILicenseToken.LicenseToken_RightsClosed.selector
        );
        offer.salt = ++_salt;
        _refuse(
            offer.creator,
            0,
            abi.encodeCall(IMarket.createOffer, (offer)),
            ILicenseToken.LicenseToken_RightsClosed.selector
        );
        _take(index, _buyer(seed), address(0), 1, sold.id);
        // what comes next finds it open, or closed
        if (seed % 2 == 0) _openRights();
        _done();
    }

    function stopUse(uint256 seed) external counted {
        (Sold memory sold, ) = _countedLicense(seed);
        bool stopped = !counted_.stopped(sold.id);
        counted_.setStopped(sold.id, stopped);
        assertEq(licenses.isAuthorized(sold.id, sold.owner), !stopped, "use is not what the module says");
        address stranger = _stranger(sold.owner, seed);
        assertFalse(licenses.isAuthorized(sold.id, stranger), "a stranger uses a licence");
        assertFalse(licenses.isAuthorized(sold.id ^ (uint256(1) << (seed % 256)), sold.owner), "no such licence");
        _done();
    }

    /// @dev Buys or renews under an offer with rights, and compares all that the module was told with the books.
    function _take(uint256 index, address payer, address referrer, uint32 quantity, uint256 renews) private {
        Order memory order = _order(index, payer, referrer);
        order.maxPrice *= quantity == 0 ? 1 : quantity;
        (order.quantity, order.renews, order.pad) = (quantity, renews, payer);
        uint256 held = licenses.balanceOf(payer);
        uint256 id = _buy(_offers[index], order, payer);
        assertEq(counted_.told(), _saleHash(id, index, order, payer), "the module was told something else");
        if (renews == 0) {
            _soldFor(index, id, payer, referrer, order.maxPrice);
        } else {
            assertEq(id, renews, "a renewal is of another licence");
            assertEq(licenses.balanceOf(payer), held, "a renewal issued a licence");
            _bookPrice(index, order.maxPrice, _renewalFee(index), referrer);
        }
    }

    /// @dev The price is the buyer's bound.
    function _buy(Offer memory offer, Order memory order, address payer) private returns (uint256 id) {
        uint256 before = _held(offer.payToken, payer);
        uint256 sales = counted_.sales();
        vm.prank(payer);
        id = market.purchase{value: offer.payToken == NATIVE ? order.maxPrice : 0}(offer, order);
        assertEq(_held(offer.payToken, payer), before - order.maxPrice, "the payer paid something else than the price");
        assertEq(counted_.sales(), sales + 1, "the module was not told once");
    }

    function _saleHash(uint256 id, uint256 index, Order memory order, address payer) private view returns (bytes32) {
        Offer memory offer = _offers[index];
        Sale memory sale;
        (sale.licenseId, sale.termsHash, sale.terms) = (id, order.termsHash, offer.rightsTerms);
        (sale.payer, sale.recipient, sale.referrer) = (payer, order.recipient, order.referrer);
        sale.payee = _payeeOf(uint48(offer.versionId >> 16));
        (sale.treasury, sale.payToken, sale.price) = (treasuryNow, offer.payToken, uint128(order.maxPrice));
        sale.protocolFeeBps = order.renews == 0 ? feeBps : _renewalFee(index);
        sale.referrerBps = order.referrer == address(0) ? 0 : offer.referrerBps;
        (sale.key, sale.quantity) = (order.pad, order.quantity == 0 ? 1 : order.quantity);
        sale.renewal = order.renews != 0;
        return keccak256(abi.encode(sale));
    }

    /// @dev An offer with rights that can be bought now.
    function _pickCounted(uint256 seed) private returns (uint256) {
        _openIfClosed();
        if (!rightsOpen) _openRights();
        address token = tokens[seed % tokens.length];
        if (!allowed[token]) _allow(token, true);
        Offer memory offer = _draft(seed, token);
        (offer.rights, offer.rightsTerms) = (countedIndex, keccak256(abi.encode(seed)));
        return _list(offer);
    }

    /// @dev A licence that was sold with rights, and the offer that sold it.
    function _countedLicense(uint256 seed) private returns (Sold memory, uint256) {
        uint256 count = _licenses.length;
        for (uint256 i = 0; i < 8 && i < count; ++i) {
            Sold memory sold = _licenses[_mix(seed, i) % count];
            if (sold.rights != 0 && sold.owner != address(greedy)) return (sold, sold.offer);
        }
        uint256 index = _pickCounted(seed);
        _take(index, _payer(_offers[index], seed), address(0), 1, 0);
        return (_licenses[_licenses.length - 1], index);
    }

    /// @dev The fee of a renewal: of now, and at most what the offer's creator accepts.
    function _renewalFee(uint256 index) private view returns (uint16) {
        uint16 most = _offers[index].maxProtocolFeeBps;
        return feeBps < most ? feeBps : most;
    }

    function _payee(uint256 seed) private view returns (address) {
        return _arbiter(seed);
    }
}
