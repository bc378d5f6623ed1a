// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {Offer, Order} from "../../../contracts/market/IMarket.sol";
import {StandingOrder} from "../../../contracts/rights/IStandingOrders.sol";
import {UsageStage} from "./UsageStage.sol";

/// @notice A subscription that somebody pays for by a standing order.
struct Term {
    uint256 id;
    uint256 offer;
    address owner;
    uint256 period;
    uint256 expiresAt;
    address payer;
    // whose licence the order is for
    address holder;
    StandingOrder order;
    // what the payer paid by it, and the periods that were added by it
    uint256 taken;
    uint256 due;
}

/// @notice What the campaign knows of subscriptions with standing orders, and the steps that actions are made of.
abstract contract UsageTerms is UsageStage {
    Term[] internal _terms;

    function termCount() external view returns (uint256) {
        return _terms.length;
    }

    /// @notice One subscription, and what its standing order took.
    function checkTerm(uint256 index) public view {
        Term storage term = _terms[index];
        assertEq(subscriptions.expiresAt(term.id), term.expiresAt, "a term was moved by something else");
        assertEq(licenses.ownerOf(term.id), term.owner, "a licence is with somebody else");
        // claim(invariants#market-and-escrow): a standing order takes one price and one tip for each period that it
        //   adds | who runs it, with the payer's allowance
        assertEq(term.taken, term.due, "a standing order took something else than prices and tips");
        StandingOrder memory order = standing.orderOf(term.id, term.holder, term.payer);
        assertEq(keccak256(abi.encode(order)), keccak256(abi.encode(term.order)), "an order changed by itself");
        IERC20 token = IERC20(_offers[term.offer].payToken);
        assertEq(token.allowance(address(standing), address(market)), 0, "standing orders leave an allowance");
        assertEq(token.balanceOf(address(standing)), 0, "standing orders keep money");
    }

    // ---- steps

    /// @dev A subscription that its holder cannot cancel, of another's choice of payer.
    function _subscribe(uint256 seed, address token) internal returns (uint256 index) {
        _waitForPause();
        uint48 modelId = uint48(1 + (_mix(seed, 21) % _models));
        uint256 period = _bound(_mix(seed, 22), 1 hours, 60 days);
        Offer memory offer;
        (offer.versionId, offer.creator) = ((uint64(modelId) << 16) | 1, _titleOf[modelId]);
        (offer.payToken, offer.price) = (token, uint128(1 + (_mix(seed, 23) % 1e6)));
        (offer.supply, offer.maxProtocolFeeBps, offer.transferable) = (1, 500, true);
        (offer.rights, , ) = licenses.rightsInfo(address(subscriptions));
        offer.rightsTerms = bytes32(period | (uint256(type(uint40).max) << 32));
        offer.salt = ++_salt;
        vm.prank(offer.creator);
        bytes32 termsHash = market.createOffer(offer);
        _offers.push(offer);
        _tariffs.push();
        _hashes.push(termsHash);

        index = _terms.length;
        Term storage term = _terms.push();
        (term.offer, term.owner, term.period) = (_offers.length - 1, _buyer(seed), period);
        Order memory order = _order(term.offer, term.owner, 1);
        (bool ok, bytes memory answer) = _pay(_offers[term.offer], order, term.owner);
        assertTrue(ok, "the market refused a purchase that is in order");
        (term.id, term.expiresAt) = (abi.decode(answer, (uint256)), block.timestamp + period);
        term.payer = _buyer(_mix(seed, 24));
        _bookPeriod(term);
    }

    function _ordered(uint256 seed) internal returns (uint256 index) {
        uint256 count = _terms.length;
        for (uint256 i = 0; i < 6 && i < count; ++i) {
            index = _mix(seed, i) % count;
            Term storage term = _terms[index];
            if (term.order.until > block.timestamp + 70 days && term.holder == term.owner) return index;
        }
        index = _subscribe(seed, tokens[1 + (_mix(seed, 25) % 3)]);
        _set(index, seed);
    }

    function _set(uint256 index, uint256 seed) internal {
        Term storage term = _terms[index];
        Offer memory offer = _offers[term.offer];
        StandingOrder memory order = _drawOrder(term, seed);
        vm.prank(term.payer);
        standing.set(offer, term.id, term.owner, order);
        (term.order, term.holder) = (order, term.owner);
        checkTerm(index);
    }

    function _drawOrder(Term storage term, uint256 seed) internal view returns (StandingOrder memory order) {
        uint256 price = _offers[term.offer].price;
        uint256 most = term.period / 2 < 7 days ? term.period / 2 : 7 days;
        order.maxPrice = uint128(price + (_mix(seed, 26) % 5));
        order.until = uint40(block.timestamp + 100 days + (_mix(seed, 27) % 300 days));
        order.ahead = uint32(_bound(_mix(seed, 28), 10 minutes, most));
        order.tip = uint96(_mix(seed, 29) % (price + 1));
    }

    /// @dev One price and one tip for one period, and nothing else.
    function _run(uint256 index, address runner) internal {
        Term storage term = _terms[index];
        address token = _offers[term.offer].payToken;
        uint256 cost = uint256(_offers[term.offer].price) + term.order.tip;
        (uint256 before, uint256 had) = (_held(token, term.payer), _held(token, runner));
        vm.prank(runner);
        uint256 end = standing.run(_offers[term.offer], term.id, term.payer);
        term.taken += before - _held(token, term.payer);
        term.due += cost;
        assertEq(_held(token, runner), had + term.order.tip, "a runner got something else than the tip");
        term.expiresAt = (term.expiresAt < block.timestamp ? block.timestamp : term.expiresAt) + term.period;
        assertEq(end, term.expiresAt, "a standing order did not add one period");
        _bookPeriod(term);
        checkTerm(index);
    }

    function _bookPeriod(Term storage term) private {
        Offer storage offer = _offers[term.offer];
        address[3] memory who = [_payeeOf(uint48(offer.versionId >> 16)), _treasuryNow, address(0)];
        _bookSale(offer.payToken, offer.price, _feeBps, 0, who);
    }

    function _pass(uint256 index, address to) internal {
        Term storage term = _terms[index];
        vm.prank(term.owner);
        licenses.transferFrom(term.owner, to, term.id);
        term.owner = to;
    }
}
