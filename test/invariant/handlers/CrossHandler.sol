// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IERC3156FlashLender} from "@openzeppelin/contracts/interfaces/IERC3156FlashLender.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {Exchange} from "../../../contracts/exchange/Exchange.sol";
import {ExchangeSettings} from "../../../contracts/exchange/ExchangeSettings.sol";
import {Hop, PoolKey} from "../../../contracts/exchange/IExchange.sol";
import {GovernanceToken} from "../../../contracts/governance/GovernanceToken.sol";
import {GuardianDesk} from "../../../contracts/governance/GuardianDesk.sol";
import {Deal, DealStatus, IEscrow} from "../../../contracts/market/IEscrow.sol";
import {CartItem, IMarket, Offer, Order, SwapPayment} from "../../../contracts/market/IMarket.sol";
import {Credit, IRevenueLedger} from "../../../contracts/market/IRevenueLedger.sol";
import {FeeToken} from "../../contracts/tokens/FeeToken.sol";
import {HookToken} from "../../contracts/tokens/HookToken.sol";
import {TestToken} from "../../contracts/tokens/TestToken.sol";
import {OpenDeals} from "./OpenDeals.sol";
import {Lender, Raider} from "./Raider.sol";

/// @notice Buyers, sellers, traders, voters and thieves in one protocol. Everybody honest acts so that it must go through; the thieves try
/// what must not.
contract CrossHandler is OpenDeals {
    struct Snapshot {
        uint256 reserve0;
        uint256 reserve1;
        uint256 shares;
    }

    uint256 private constant POOL_FEE_BPS = 30;
    /// @dev Coin for dollars, votes for dollars, the thieves' pool, and one with a token that charges for transfers.
    uint256 private constant COIN = 0;
    uint256 private constant VOTES = 1;
    uint256 private constant QUARRY = 2;
    uint256 private constant CHARGING = 3;
    uint256 private constant POOLS = 4;
    uint256 private constant FUNDS = 1e20;

    TestToken public ore;
    Lender public lender;
    Raider public raider;

    PoolKey[] private _pools;
    mapping(uint256 pool => Snapshot) private _last;

    uint256 private _raidedAt;
    uint256 private _unitsBefore;

    constructor() {
        _deployGoverned();
        _prepareDeals();
        _openPools();
        _armRaider();

        _action(CrossHandler.buy.selector, "buy");
        _action(CrossHandler.buySwapped.selector, "buySwapped");
        _action(CrossHandler.buyCart.selector, "buyCart");
        _action(CrossHandler.openDeal.selector, "openDeal");
        _action(CrossHandler.deliver.selector, "deliver");
        _action(CrossHandler.settle.selector, "settle");
        _action(CrossHandler.refund.selector, "refund");
        _action(CrossHandler.complain.selector, "complain");
        _action(CrossHandler.dispute.selector, "dispute");
        _action(CrossHandler.withdraw.selector, "withdraw");
        _action(CrossHandler.trade.selector, "trade");
        _action(CrossHandler.addLiquidity.selector, "addLiquidity");
        _action(CrossHandler.removeLiquidity.selector, "removeLiquidity");
        _action(CrossHandler.flashBuy.selector, "flashBuy");
        _action(CrossHandler.flashTrade.selector, "flashTrade");
        _action(CrossHandler.flashVote.selector, "flashVote");
        _action(CrossHandler.reenter.selector, "reenter");
        _action(CrossHandler.hostileToken.selector, "hostileToken");
        _action(CrossHandler.frontrun.selector, "frontrun");
        _action(CrossHandler.sandwich.selector, "sandwich");
        _action(CrossHandler.propose.selector, "propose");
        _action(CrossHandler.enact.selector, "enact");
        _action(CrossHandler.pause.selector, "pause");
        _action(CrossHandler.trespass.selector, "trespass");
        _action(CrossHandler.collect.selector, "collect");
        _action(CrossHandler.travel.selector, "travel");
    }

    // ---- what holds between calls

    /// @notice The Exchange holds its reserves and the protocol's pot, in every token.
    function checkExchange() external view {
        for (uint256 p = 0; p < POOLS; ++p) {
            _checkHeld(_pools[p].token0);
            _checkHeld(_pools[p].token1);
        }
    }

    /// @notice Borrowed units are in no vote: not at any snapshot, and not in any total that was taken while they were lent.
    function checkVotes() public view {
        assertEq(iso.getVotes(address(raider)), 0, "who borrowed units keeps votes");
        uint256 count = governor.latestProposalId();
        for (uint256 i = 0; i < 3 && i < count; ++i) {
            uint256 snapshot = governor.proposalSnapshot(count - i);
            if (snapshot >= block.timestamp) continue;
            assertEq(iso.getPastVotes(address(raider), snapshot), 0, "borrowed units are in a snapshot");
        }
        if (_raidedAt != 0 && _raidedAt < block.timestamp) {
            assertEq(iso.getPastTotalSupply(_raidedAt), _unitsBefore, "borrowed units are in a quorum");
        }
    }

    // ---- honest people in the market

    function buy(uint256 seed) external counted {
        _waitForPause();
        _buy(_pick(seed, _payToken(seed), false, false), _buyer(seed), seed % 2 == 0 ? _referrer(seed) : address(0));
        _done();
    }

    /// @notice Coin for an offer in dollars, or dollars for one in coin, for a licence at once or a deal.
    function buySwapped(uint256 seed) external counted {
        bool inCoin = seed % 2 == 0 && allowed[address(honest)];
        uint256 index = _pick(seed, inCoin ? address(honest) : NATIVE, seed % 3 == 0, false);
        _buySwapped(index, _buyer(seed), inCoin, 0, true);
        _check();
        _done();
    }

    function buyCart(uint256 seed) external counted {
        uint256 count = 2 + (seed % 3);
        CartItem[] memory items = new CartItem[](count);
        uint256[] memory picked = new uint256[](count);
        uint256[] memory scalars = new uint256[](count);
        address payer = _buyer(seed);
        uint256 value = 0;
        _waitForPause();
        for (uint256 i = 0; i < count; ++i) {
            uint256 line = _mix(seed, i);
            // each line its own offer: whatever is left of another may be one
            picked[i] = _list(_draft(line, _payToken(line), _anyVersion(line), line % 2 == 0, false));
            items[i].offer = _offers[picked[i]];
            (items[i].order, scalars[i]) = _order(picked[i], payer, _referrer(line));
            if (items[i].offer.payToken == NATIVE) value += items[i].offer.price;
        }
        uint256 before = payer.balance;
        vm.prank(payer);
        uint256[] memory ids = market.purchaseCart{value: value + (seed % 1_000)}(items);
        assertEq(payer.balance, before - value, "a cart kept more coin than its lines cost");
        for (uint256 i = 0; i < count; ++i) _booked(picked[i], ids[i], payer, items[i].order, scalars[i]);
        for (uint256 i = 0; i < count; ++i) _checkSale(picked[i], items[i].order.referrer);
        _done();
    }

    function openDeal(uint256 seed) external counted {
        _openDeal(seed, seed % 8 == 0, seed % 3 == 0);
        _done();
    }

    function deliver(uint256 seed) external counted {
        _deliver(_dealIn(seed, DealStatus.Open, false, false));
        _done();
    }

    function settle(uint256 seed) external counted {
        uint256 index = _dealIn(seed, DealStatus.Delivered, false, false);
        if (seed % 2 == 0) _accept(index);
        else _settle(index, _buyer(seed));
        _done();
    }

    function refund(uint256 seed) external counted {
        uint256 index = _dealIn(seed, seed % 3 == 0 ? DealStatus.Delivered : DealStatus.Open, false, false);
        Deal memory deal = _deals[index];
        if (seed % 3 == 0) {
            _refund(index, deal.payee, abi.encodeCall(IEscrow.refundBySeller, (deal)));
        } else if (seed % 3 == 1) {
            _refund(index, deal.payee, abi.encodeCall(IEscrow.decline, (deal)));
        } else {
            _refundUndelivered(seed, index);
        }
        _done();
    }

    function complain(uint256 seed) external counted {
        uint256 index = _dealIn(seed, seed % 2 == 0 ? DealStatus.Open : DealStatus.Delivered, true, false);
        // what was delivered long ago is the seller's, proven or not
        if (seed % 2 != 0 && block.timestamp > _deals[index].complainBy) _settle(index, _buyer(seed));
        else _complain(index);
        _done();
    }

    function dispute(uint256 seed) external counted {
        _judge(_dealIn(seed, DealStatus.Delivered, false, true), 1 + (seed % 2));
        _done();
    }

    function withdraw(uint256 seed) external counted {
        (address token, address account, uint256 amount) = _rich(seed);
        if (account == address(0)) return;
        _withdraw(token, account, amount);
        _done();
    }

    // ---- honest people in the Exchange

    function trade(uint256 seed, uint256 amount) external counted {
        uint256 p = seed % 2;
        _swapExactIn(_buyer(seed), p, seed % 4 < 2, amount);
        _check();
        _done();
    }

    function addLiquidity(uint256 seed, uint256 amount) external counted {
        _addLiquidity(_buyer(seed), seed % 2, amount);
        _check();
        _done();
    }

    function removeLiquidity(uint256 seed, uint256 part) external counted {
        PoolKey memory key = _pools[seed % 2];
        address owner = _buyer(seed);
        uint256 shares = exchange.balanceOf(owner, exchange.poolIdOf(key));
        if (shares == 0) shares = _addLiquidity(owner, seed % 2, part);
        vm.prank(owner);
        // a pause stops no withdrawal
        exchange.removeLiquidity(key, _bound(part, 1, shares), 0, 0, owner, block.timestamp);
        _check();
        _done();
    }

    // ---- thieves

    /// @notice Buys with borrowed dollars, and tries on the way to be credited with what has not arrived.
    function flashBuy(uint256 seed) external counted {
        if (!allowed[address(honest)]) return _raidClosedToken(seed);
        bool fromExchange = seed % 2 == 0;
        uint256 index = _pick(seed, address(honest), seed % 3 == 0, false);
        (Order memory order, uint256 scalar) = _order(index, address(raider), address(0));
        uint256 mine = booked[address(honest)][address(raider)];
        _borrow(fromExchange, address(honest), _mix(seed, 1), _heist(_offers[index], order, mine));

        uint256 done = raider.done();
        assertEq(done & 0x05, 0, "a borrower was credited with what had not arrived");
        assertEq(done & 0x02, 0x02, "a purchase with borrowed money failed");
        assertEq(done & 0x08, fromExchange ? 0 : 0x08, "the Exchange was entered inside its own loan");
        assertEq(done & 0x70, 0x70, "what arrived could not be taken back");
        if (mine != 0) _unbook(address(honest), address(raider), mine);
        takenOut[address(honest)] += mine;
        _booked(index, raider.license(), address(raider), order, scalar);
        _checkSale(index, address(0));
        _check();
        _done();
    }

    /// @notice Swaps, deposits and withdraws with a loan in the thieves' own pool: from another lender all doors are open, inside the
    /// Exchange's own loan all of them are closed.
    function flashTrade(uint256 seed, uint256 amount) external counted {
        uint256 way = _mix(seed, 1) % 3;
        bool deposits = block.timestamp >= _depositsPausedUntil();
        Raider.Step[] memory steps = _plunder(seed, amount);
        if (way == 0) {
            raider.strike(steps);
        } else if (seed % 5 == 0) {
            _borrowBySwap(seed % 2 != 0, amount, steps);
            way = 1;
        } else {
            _borrow(way == 1, seed % 2 == 0 ? address(ore) : address(hooked), _mix(seed, 6), steps);
        }

        if (way == 1) assertEq(raider.done(), 0, "the Exchange was entered inside its own loan");
        else assertEq(raider.done() & 0x2d, 0x2d, "a swap with borrowed money failed");
        if (way != 1 && deposits) assertEq(raider.done() & 0x12, 0x12, "a deposit with borrowed money failed");
        _check();
        _done();
    }

    /// @notice Borrows units and tries to propose, to vote and to carry out with them, in the second of a snapshot, before and after it.
    function flashVote(uint256 seed) external counted {
        uint256 id = _changeOf(_pending(seed));
        IGovernor.ProposalState state = governor.state(id);
        if (state == IGovernor.ProposalState.Pending) {
            if (seed % 3 != 2) vm.warp(governor.proposalSnapshot(id) + (seed % 3));
        }
        bytes32 before = _ballotsOf(id);
        _unitsBefore = iso.getPastTotalSupply(block.timestamp - 1);
        _raidedAt = block.timestamp;

        Raider.Step[] memory steps = _usurpation(id, seed);
        // a thief without units of its own could not pay the Exchange's fee
        _borrow(seed % 2 == 0 && flashPips == 0, address(iso), _mix(seed, 1), steps);

        assertEq(raider.done(), 0x181, "a borrower of units proposed, voted or ruled");
        assertEq(_ballotsOf(id), before, "a loan changed a vote or a quorum");
        if (seed % 4 < 2) skip(1);
        checkVotes();
        _check();
        _done();
    }

    /// @notice A token's transfer calls the thieves back: inside a swap, a deposit, a purchase and a withdrawal of that token.
    function reenter(uint256 seed) external counted {
        uint256 way = seed % 4;
        Raider.Step[] memory steps = new Raider.Step[](6);
        steps[0] = _stepSell(QUARRY, seed % 8 < 4, 1e15);
        steps[1] = _stepDeposit(QUARRY, 1e15);
        steps[2] = _step(address(raider), abi.encodeCall(raider.leave, (exchange, _pools[QUARRY])));
        steps[3] = _step(
            address(exchange),
            abi.encodeCall(exchange.flashLoan, (raider, address(ore), 1e6, abi.encode(new Raider.Step[](0))))
        );
        Credit[] memory credit = new Credit[](1);
        credit[0] = Credit(address(raider), 1);
        steps[4] = _step(address(ledger), abi.encodeCall(ledger.credit, (address(hooked), credit)));
        steps[5] = _step(address(exchange), abi.encodeCall(exchange.collectProtocol, (address(hooked))));
        uint256 strikes = raider.strikes();
        HookToken.When when = seed % 3 == 0 ? HookToken.When.After : HookToken.When.Before;
        hooked.setHook(when, address(raider), abi.encodeCall(Raider.strike, (steps)), true);

        if (way == 0) {
            raider.strike(_one(_stepSell(QUARRY, address(hooked) < address(ore), _bound(seed, 1e12, 1e17))));
        } else if (way == 1) {
            if (block.timestamp < _depositsPausedUntil()) vm.warp(_depositsPausedUntil());
            raider.strike(_one(_stepDeposit(QUARRY, _bound(seed, 1e12, 1e17))));
        } else if (way == 2) {
            _reenterMarket(seed, steps);
        } else {
            _reenterLedger(seed);
        }
        hooked.setHook(HookToken.When.Never, address(0), "", false);
        if (way < 2) {
            assertEq(raider.inside(), 0, "a swap or a deposit was entered inside");
            assertEq(raider.strikes(), strikes + 2, "the token did not call back");
            assertEq(raider.done(), 1, "a swap or a deposit failed because a token called back");
        }
        _check();
        _done();
    }

    /// @notice A token that charges for transfers, one whose issuer freezes accounts, and one that returns nothing.
    function hostileToken(uint256 seed) external counted {
        uint256 way = seed % 3;
        if (way == 0) {
            _chargeInMarket(seed);
            _chargeInExchange(seed);
        } else if (way == 1) {
            _freeze(seed);
        } else {
            uint256 index = _pick(seed, allowed[address(silent)] ? address(silent) : NATIVE, false, false);
            _buy(index, _buyer(seed), _referrer(seed));
            Offer storage offer = _offers[index];
            _withdraw(offer.payToken, offer.creator, booked[offer.payToken][offer.creator]);
        }
        _check();
        _done();
    }

    /// @notice A buyer's call is ready, and somebody is faster: the seller, another buyer, a complaint, the guardian or a trader.
    function frontrun(uint256 seed) external counted {
        uint256 way = seed % 6;
        address token = way == 5 ? NATIVE : _payToken(seed);
        uint64 versionId = way == 3 ? _publishWrong(seed) : _anyVersion(seed);
        _waitForPause();
        Offer memory offer = _draft(seed, token, versionId, way == 3, false);
        if (way == 2) offer.supply = 1;
        if (way == 3) offer.supply = 2;
        uint256 index = _list(offer);
        address victim = _buyer(seed);
        (bytes memory data, uint256 scalar) = _purchaseBy(index, victim);

        bytes4 expected = _overtake(way, seed, index);
        if (way == 5) _buySwapped(index, victim, false, _mix(seed, 1) % 300, false);
        else _sendOvertaken(index, victim, data, scalar, expected);
        _check();
        _done();
    }

    /// @notice A trader is put between two trades: within its bound it trades, below it nothing happens.
    function sandwich(uint256 seed, uint256 amount) external counted {
        bool zeroIn = seed % 2 == 0;
        (uint256 reserve0, uint256 reserve1, ) = _state(COIN);
        amount = _bound(amount, 1e6, (zeroIn ? reserve0 : reserve1) / 20);
        (address tokenIn, Hop[] memory hops) = _path(COIN, zeroIn);
        uint256 least = exchange.quoteExactIn(tokenIn, hops, amount);
        least -= (least * (_mix(seed, 1) % 1_000)) / 10_000;
        bytes memory data = abi.encodeCall(
            exchange.swapExactIn,
            (tokenIn, hops, amount, least, _buyer(seed), block.timestamp)
        );

        uint256 got = _swapExactIn(maker, COIN, zeroIn, _mix(seed, 2));
        _sendSandwiched(_buyer(seed), data, zeroIn, amount, least);
        _swapExactIn(maker, COIN, !zeroIn, got);
        _check();
        _done();
    }

    // ---- government

    /// @notice Begins a change of the rules, or brings one a step further.
    function propose(uint256 seed) external counted {
        if (seed % 3 == 0) _proposeChange(seed / 3);
        else _advance(_pending(seed));
        _done();
    }

    /// @notice The rules change while deals are open, delivered and about to be bought.
    function enact(uint256 seed) external counted {
        // the votes would be over before a pause is
        _waitForPause();
        uint256 change = seed % 4 == 0 ? _proposeChange(seed / 4) : _pending(seed / 4);
        uint256 early = _dealIn(seed, DealStatus.Delivered, false, false);
        _makeReady(change);
        _waitForPause();
        uint256 open = _dealIn(_mix(seed, 1), DealStatus.Open, false, false);
        uint256 delivered = _openDeal(_mix(seed, 2), false, false);
        _deliver(delivered);
        uint256 prepared = _pick(_mix(seed, 3), _payToken(_mix(seed, 3)), false, false);

        uint256 wasShare = _shareOf(COIN);
        _execute(change);
        assertEq(_shareOf(COIN), wasShare, "a vote changed what a pool pays without being applied to it");
        if (seed % 3 == 0) exchange.applyProtocolShare(_pools[seed % POOLS]);

        _buyUnderNewRules(prepared, seed);
        _deliver(open);
        if (seed % 2 == 0) _accept(open);
        _settle(delivered, _buyer(seed));
        if (_statusOf(early) == DealStatus.Delivered) _settle(early, _buyer(seed));
        _check();
        _done();
    }

    /// @notice The guardian closes the till: nothing is bought, and whatever is open goes on.
    function pause(uint256 seed) external counted {
        uint256 index = _dealIn(seed, DealStatus.Delivered, false, false);
        uint256 offer = _pick(seed, _payToken(seed), false, false);
        (, , , uint40 nextPauseAt) = market.config();
        bytes memory data = abi.encodeCall(IMarket.pausePurchases, (uint40(_bound(seed, 1 hours, 7 days))));
        bool allowedNow = block.timestamp >= nextPauseAt && block.timestamp < governor.guardianMandateEndsAt();
        vm.prank(guardian);
        try guardianDesk.forward(address(market), data) {
            assertTrue(allowedNow, "the guardian paused more often than it may");
            _refused(offer, _buyer(seed), IMarket.Market_Paused.selector);
        } catch {
            assertFalse(allowedNow, "the guardian could not pause");
        }
        (, , , uint256 depositsAgainAt) = exchange.settings();
        allowedNow = block.timestamp >= depositsAgainAt && block.timestamp < governor.guardianMandateEndsAt();
        vm.prank(guardian);
        try guardianDesk.forward(address(exchange), abi.encodeCall(ExchangeSettings.pauseDeposits, ())) {
            assertTrue(allowedNow, "the guardian paused more often than it may");
        } catch {
            assertFalse(allowedNow, "the guardian could not pause");
        }
        _accept(index);
        _swapExactIn(_buyer(seed), COIN, seed % 2 == 0, seed);
        _check();
        _done();
    }

    function trespass(uint256 seed) external counted {
        address[11] memory intruders = [
            address(raider),
            guardian,
            whale,
            address(market),
            address(exchange),
            address(escrow),
            address(ledger),
            address(governor),
            address(treasury),
            address(guardianDesk),
            _creator(seed)
        ];
        // the governor is whom the proposals of a vote come from; what it may not do, it may not do by itself
        address intruder = intruders[_mix(seed, 1) % 11];
        uint256 what = _mix(seed, 2);
        if (intruder == address(escrow) && what % 18 == 17) intruder = address(raider);
        _trespass(intruder, what, _mix(seed, 3));
        _done();
    }

    /// @notice The protocol's income goes where the vote says, and to nobody else.
    function collect(uint256 seed) external counted {
        address token = tokens[seed % tokens.length];
        uint256 amount = booked[token][address(treasury)];
        if (amount != 0) {
            uint256 before = _held(token, address(treasury));
            treasury.collect(token);
            assertEq(_held(token, address(treasury)), before + amount, "the treasury's income did not arrive");
            _unbook(token, address(treasury), amount);
            takenOut[token] += amount;
        }
        PoolKey memory key = _pools[seed % POOLS];
        token = seed % 2 == 0 ? key.token0 : key.token1;
        uint256 owed = exchange.protocolOwed(token);
        if (owed != 0 && token != address(taking)) {
            address to = exchange.treasury();
            uint256 before = _held(token, to);
            exchange.collectProtocol(token);
            assertEq(_held(token, to), before + owed, "the Exchange's share did not arrive");
        }
        _check();
        _done();
    }

    function travel(uint256 seed) external counted {
        vm.warp(block.timestamp + _bound(seed, 1, 5 days));
        _done();
    }

    // ---- what thieves do

    function _raidClosedToken(uint256 seed) private {
        Offer memory offer = _draft(seed, address(honest), _anyVersion(seed), false, false);
        vm.prank(offer.creator);
        try market.createOffer(offer) {
            _never("an offer was listed in a token that is off the list");
        } catch (bytes memory reason) {
            assertEq(bytes32(_selectorOf(reason)), bytes32(IMarket.Market_TokenNotListed.selector), "not listed");
        }
        _done();
    }

    /// @dev A buyer pays in the token that calls back: the thieves' purchase inside it fails, and the credit of what is on its way too.
    function _reenterMarket(uint256 seed, Raider.Step[] memory steps) private {
        if (!allowed[address(hooked)]) return;
        uint256 index = _pick(seed, address(hooked), false, false);
        uint256 other = _pick(_mix(seed, 1), NATIVE, false, false);
        (Order memory order, ) = _order(other, address(raider), address(0));
        uint256 price = _offers[other].price;
        vm.deal(address(raider), address(raider).balance + price);
        steps[0] = Raider.Step(address(market), price, abi.encodeCall(IMarket.purchase, (_offers[other], order)));
        // money that arrived is there to be credited before the market does it: then the purchase fails, and takes the theft back
        bool theft = _mix(seed, 2) % 2 == 0;
        if (!theft) steps[4] = steps[0];
        HookToken.When when = theft ? HookToken.When.After : HookToken.When.Before;
        hooked.setHook(when, address(raider), abi.encodeCall(Raider.strike, (steps)), true);
        if (theft) {
            Credit memory credit = Credit(address(raider), _offers[index].price);
            _refusedTheft(index, seed, credit, steps);
            return;
        }
        _buy(index, _buyer(seed), address(0));
        assertEq(raider.done() & 0x11, 0, "a callback bought inside a purchase");
    }

    function _refusedTheft(uint256 index, uint256 seed, Credit memory credit, Raider.Step[] memory steps) private {
        Credit[] memory credits = new Credit[](1);
        credits[0] = credit;
        steps[4] = _step(address(ledger), abi.encodeCall(ledger.credit, (address(hooked), credits)));
        hooked.setHook(HookToken.When.After, address(raider), abi.encodeCall(Raider.strike, (steps)), true);
        _refused(index, _buyer(seed), IRevenueLedger.RevenueLedger_Unbacked.selector);
        _checkAccount(address(hooked), address(raider), "a callback was credited with a buyer's money");
    }

    /// @dev A withdrawal of the token that calls back: what leaves the ledger cannot be credited on its way.
    function _reenterLedger(uint256 seed) private {
        address account = _creator(seed);
        uint256 amount = booked[address(hooked)][account];
        if (amount == 0) return;
        _withdraw(address(hooked), account, amount);
        assertEq(raider.done() & 0x10, 0, "a withdrawal was entered again");
    }

    function _chargeInMarket(uint256 seed) private {
        Offer memory offer = _draft(seed, address(taking), _anyVersion(seed), false, false);
        _waitForPause();
        uint256 index = _list(offer);
        _refused(index, _buyer(seed), IRevenueLedger.RevenueLedger_Unbacked.selector);
        _revoke(index);
    }

    /// @dev The Exchange counts what arrives, and gives nobody exactly what a charging token cannot bring.
    function _chargeInExchange(uint256 seed) private {
        bool zeroIn = _pools[CHARGING].token0 == address(taking);
        _swapExactIn(maker, CHARGING, zeroIn, seed);
        (address tokenIn, Hop[] memory hops) = _path(CHARGING, zeroIn);
        uint256 cost = exchange.quoteExactOut(tokenIn, hops, 1e9);
        vm.prank(maker);
        try exchange.swapExactOut(tokenIn, hops, 1e9, 2 * cost, maker, block.timestamp) {
            _never("a token that charges for transfers paid an exact price");
        } catch {}
    }

    /// @dev An issuer freezes a seller: its sales and deals go on, and only its own withdrawal waits.
    function _freeze(uint256 seed) private {
        address token = address(freezing);
        uint256 index = allowed[token] ? _pick(seed, token, false, false) : _pick(seed, NATIVE, false, false);
        address seller = _offers[index].creator;
        freezing.freeze(seller, true);
        _buy(index, _buyer(seed), _referrer(seed));
        uint256 amount = booked[token][seller];
        vm.prank(seller);
        try ledger.withdraw(token) {
            _never("a frozen account was paid");
        } catch {}
        _checkAccount(token, seller, "a refused withdrawal took the account along");
        uint256 other = booked[token][_referrer(seed)];
        if (other != 0) _withdraw(token, _referrer(seed), other);
        freezing.freeze(seller, false);
        if (amount != 0) _withdraw(token, seller, amount);
    }

    /// @dev What happens before the victim's call, and what the victim is told then; 0 when it may buy all the same.
    function _overtake(uint256 way, uint256 seed, uint256 index) private returns (bytes4) {
        Offer memory offer = _offers[index];
        address attacker = _buyer(_mix(seed, 3));
        if (way == 0) {
            _revoke(index);
            offer.price += 1;
            offer.salt += uint64(1) << 40;
            _list(offer);
            return IMarket.Market_OfferRevoked.selector;
        }
        if (way == 1) {
            // the title goes to another creator and back: only in between is the offer not its own
            uint48 modelId = uint48(offer.versionId >> 16);
            address next = _creator(seed) == offer.creator ? _creator((seed % CREATORS) + 1) : _creator(seed);
            vm.prank(offer.creator);
            registry.transferFrom(offer.creator, next, modelId);
            if (seed % 2 == 0) _refused(index, _buyer(seed), IMarket.Market_TitleMoved.selector);
            vm.prank(next);
            registry.transferFrom(next, offer.creator, modelId);
            return 0;
        }
        if (way == 2) {
            _buy(index, attacker, address(0));
            return IMarket.Market_SoldOut.selector;
        }
        if (way == 3) {
            _buy(index, attacker, address(0));
            _complain(_deals.length - 1);
            return IMarket.Market_VersionDefective.selector;
        }
        if (way == 4) {
            _swapExactIn(maker, VOTES, seed % 2 == 0, _mix(seed, 4));
            return 0;
        }
        _swapExactIn(maker, COIN, false, _mix(seed, 4));
        return 0;
    }

    function _purchaseBy(uint256 index, address payer) private view returns (bytes memory data, uint256 scalar) {
        Order memory order;
        (order, scalar) = _order(index, payer, address(0));
        data = abi.encodeCall(IMarket.purchase, (_offers[index], order));
    }

    function _sendOvertaken(uint256 index, address victim, bytes memory data, uint256 scalar, bytes4 expected) private {
        (address token, uint256 price) = (_offers[index].payToken, _offers[index].price);
        uint256 before = _held(token, victim);
        vm.prank(victim);
        (bool ok, bytes memory answer) = address(market).call{value: token == NATIVE ? price : 0}(data);
        if (!ok) {
            assertEq(bytes32(_selectorOf(answer)), bytes32(expected), "an overtaken buyer was refused for no reason");
            assertEq(_held(token, victim), before, "a refused buyer paid");
            return;
        }
        assertEq(uint32(expected), 0, "a buyer was sold what is no longer for sale");
        assertEq(_held(token, victim), before - price, "an overtaken buyer paid another price");
        (Order memory order, ) = _order(index, victim, address(0));
        _booked(index, abi.decode(answer, (uint256)), victim, order, scalar);
        _checkSale(index, address(0));
    }

    function _sendSandwiched(address victim, bytes memory data, bool zeroIn, uint256 amount, uint256 least) private {
        PoolKey memory key = _pools[COIN];
        (address tokenIn, address tokenOut) = zeroIn ? (key.token0, key.token1) : (key.token1, key.token0);
        uint256 heldIn = _held(tokenIn, victim);
        uint256 heldOut = _held(tokenOut, victim);
        vm.prank(victim);
        (bool ok, ) = address(exchange).call{value: zeroIn ? amount : 0}(data);
        if (ok) {
            assertGe(_held(tokenOut, victim), heldOut + least, "a trader got less than its bound");
            assertEq(_held(tokenIn, victim), heldIn - amount, "a trader paid more than it said");
        } else {
            assertEq(_held(tokenOut, victim), heldOut, "a refused trade moved something");
            assertEq(_held(tokenIn, victim), heldIn, "a refused trade moved something");
        }
    }

    /// @dev Takes the units, tries all that units are good for and some more, and leaves them.
    function _usurpation(uint256 id, uint256 seed) private view returns (Raider.Step[] memory steps) {
        (address[] memory targets, bytes[] memory calls) = (new address[](1), new bytes[](1));
        (targets[0], calls[0]) = (address(market), abi.encodeCall(IMarket.setTreasury, (address(raider))));
        string memory mark = string.concat("mine#proposer=", vm.toString(address(raider)));
        steps = new Raider.Step[](9);
        steps[0] = _step(address(iso), abi.encodeCall(iso.delegate, (address(raider))));
        steps[1] = _step(address(governor), abi.encodeCall(governor.castVote, (id, uint8(seed % 2))));
        bytes memory split = abi.encodePacked(uint128(1), uint128(1), uint128(0));
        steps[2] = _step(address(governor), abi.encodeCall(governor.castVoteWithReasonAndParams, (id, 255, "", split)));
        steps[3] = _step(address(governor), abi.encodeCall(governor.propose, (targets, new uint256[](1), calls, mark)));
        steps[4] = _step(address(governor), abi.encodeWithSignature("cancel(uint256)", id));
        steps[5] = _step(address(ballots), abi.encodeCall(ballots.cast, (id, address(raider), 1, "", 0, 0)));
        steps[6] = _step(address(iso), abi.encodeCall(GovernanceToken.mint, (address(raider), 1)));
        steps[7] = _step(address(iso), abi.encodeCall(iso.reweigh, (address(raider))));
        steps[8] = _step(address(iso), abi.encodeCall(iso.delegate, (seed % 2 == 0 ? address(0) : address(raider))));
    }

    function _heist(
        Offer memory offer,
        Order memory order,
        uint256 mine
    ) private view returns (Raider.Step[] memory steps) {
        Credit[] memory credit = new Credit[](1);
        credit[0] = Credit(address(raider), 1_000);

        steps = new Raider.Step[](7);
        steps[0] = _step(address(ledger), abi.encodeCall(ledger.credit, (address(honest), credit)));
        steps[1] = _step(address(market), abi.encodeCall(IMarket.purchase, (offer, order)));
        steps[2] = _step(
            address(ledger),
            abi.encodeCall(ledger.withdrawTo, (address(honest), address(raider), mine + 1))
        );
        steps[3] = _stepSell(COIN, false, 1_000_000);
        // what lies in the ledger unaccounted for is whoever's credits it first: here it is the thief's own
        steps[4] = _step(address(honest), abi.encodeCall(IERC20.transfer, (address(ledger), 1_000)));
        steps[5] = _step(address(ledger), abi.encodeCall(ledger.credit, (address(honest), credit)));
        steps[6] = _step(
            address(ledger),
            abi.encodeCall(ledger.withdrawTo, (address(honest), address(raider), mine + 1_000))
        );
    }

    function _plunder(uint256 seed, uint256 amount) private view returns (Raider.Step[] memory steps) {
        steps = new Raider.Step[](6);
        steps[0] = _stepSell(QUARRY, seed % 2 == 0, _bound(amount, 1e12, 1e18));
        steps[1] = _stepDeposit(QUARRY, _bound(_mix(seed, 2), 1e12, 1e18));
        steps[2] = _stepSell(QUARRY, seed % 2 != 0, _bound(_mix(seed, 3), 1e12, 1e18));
        steps[3] = _stepSell(QUARRY, seed % 4 < 2, _bound(_mix(seed, 4), 1e12, 1e18));
        steps[4] = _step(address(raider), abi.encodeCall(raider.leave, (exchange, _pools[QUARRY])));
        steps[5] = _stepSell(QUARRY, seed % 8 < 4, _bound(_mix(seed, 5), 1e12, 1e18));
    }

    function _borrowBySwap(bool zeroIn, uint256 amount, Raider.Step[] memory steps) private {
        (address tokenIn, Hop[] memory hops) = _path(QUARRY, zeroIn);
        (uint256 reserve0, uint256 reserve1, ) = _state(QUARRY);
        uint256 wanted = _bound(amount, 1, (zeroIn ? reserve1 : reserve0) / 2);
        raider.borrowBySwap(exchange, tokenIn, hops, wanted, steps);
    }

    // ---- building blocks

    /// @dev Buys out of the other token of the pool. With `slack`, the quote is from before somebody else's trade: the purchase costs at most
    /// the bound, or nothing.
    function _buySwapped(uint256 index, address payer, bool inCoin, uint256 slack, bool fresh) private {
        Offer memory offer = _offers[index];
        (Order memory order, uint256 scalar) = _order(index, payer, address(0));
        SwapPayment memory payment;
        (payment.tokenIn, payment.hops) = _path(COIN, inCoin);
        payment.deadline = block.timestamp;
        uint256 cost = exchange.quoteExactOut(payment.tokenIn, payment.hops, offer.price);
        // an old quote is what the pool would have asked before, a little more or a little less
        payment.maxSpent = fresh ? cost + (cost / 100) : (cost * (9_850 + slack)) / 10_000;
        uint256 before = _held(payment.tokenIn, payer);
        vm.prank(payer);
        (bool ok, bytes memory answer) = address(market).call{value: inCoin ? payment.maxSpent : 0}(
            abi.encodeCall(IMarket.purchaseWithSwap, (offer, order, payment))
        );
        if (cost > payment.maxSpent) {
            assertFalse(ok, "a swap cost more than its bound");
            assertEq(_held(payment.tokenIn, payer), before, "a refused buyer paid");
            return;
        }
        assertTrue(ok, "a purchase with a swap failed");
        assertEq(_held(payment.tokenIn, payer), before - cost, "the payer paid something else than the quote");
        _booked(index, _idOf(answer, cost), payer, order, scalar);
        _checkSale(index, address(0));
    }

    function _idOf(bytes memory answer, uint256 cost) private pure returns (uint256 id) {
        uint256 spent;
        (id, spent) = abi.decode(answer, (uint256, uint256));
        assertEq(spent, cost, "a swap cost something else than its quote");
    }

    function _buyUnderNewRules(uint256 prepared, uint256 seed) private {
        Offer memory offer = _offers[prepared];
        if (!allowed[offer.payToken]) {
            _refused(prepared, _buyer(seed), IMarket.Market_TokenNotListed.selector);
        } else if (feeBps > offer.maxProtocolFeeBps) {
            _refused(prepared, _buyer(seed), IMarket.Market_FeeAboveBound.selector);
        } else {
            _buy(prepared, _buyer(seed), _referrer(seed));
        }
    }

    function _refused(uint256 index, address payer, bytes4 expected) private {
        Offer memory offer = _offers[index];
        (Order memory order, ) = _order(index, payer, address(0));
        uint256 before = _held(offer.payToken, payer);
        vm.prank(payer);
        try market.purchase{value: offer.payToken == NATIVE ? offer.price : 0}(offer, order) {
            _never("the market sold what it must refuse");
        } catch (bytes memory reason) {
            // of two reasons the market names the one that it meets first
            bytes4 fee = IMarket.Market_FeeAboveBound.selector;
            bool other = _selectorOf(reason) == fee && feeBps > offer.maxProtocolFeeBps;
            if (!other) assertEq(bytes32(_selectorOf(reason)), bytes32(expected), "refused for another reason");
        }
        assertEq(_held(offer.payToken, payer), before, "a refused buyer paid");
    }

    function _withdraw(address token, address account, uint256 amount) private {
        if (amount == 0) return;
        uint256 before = _held(token, account);
        vm.prank(account);
        ledger.withdraw(token);
        assertEq(_held(token, account), before + amount, "a withdrawal did not arrive in full");
        _unbook(token, account, amount);
        takenOut[token] += amount;
    }

    /// @dev At least what buys a unit, at most a tenth of the reserve. Returns what came out.
    function _swapExactIn(address trader, uint256 p, bool zeroIn, uint256 amount) private returns (uint256 out) {
        amount = _tradeable(trader, p, zeroIn, amount);
        (address tokenIn, Hop[] memory hops) = _path(p, zeroIn);
        uint256 quote = exchange.quoteExactIn(tokenIn, hops, amount);
        bytes memory data = abi.encodeCall(exchange.swapExactIn, (tokenIn, hops, amount, 0, trader, block.timestamp));
        out = abi.decode(_call(trader, tokenIn == NATIVE ? amount : 0, data), (uint256));
        if (p != CHARGING) assertEq(out, quote, "a quote is not what a swap paid");
    }

    function _tradeable(address trader, uint256 p, bool zeroIn, uint256 amount) private view returns (uint256) {
        (uint256 reserve0, uint256 reserve1, ) = _state(p);
        if (!zeroIn) (reserve0, reserve1) = (reserve1, reserve0);
        uint256 half = _held(zeroIn ? _pools[p].token0 : _pools[p].token1, trader) / 2;
        return _bound(amount, (2 * reserve0) / reserve1 + 2, Math.min(reserve0 / 10, half));
    }

    function _addLiquidity(address owner, uint256 p, uint256 amount) private returns (uint256 shares) {
        PoolKey memory key = _pools[p];
        if (block.timestamp < _depositsPausedUntil()) {
            vm.prank(owner);
            try exchange.addLiquidity(key, 1, 1, 0, owner, block.timestamp) {
                _never("a deposit went through a pause");
            } catch {}
            vm.warp(_depositsPausedUntil());
        }
        (uint256 amount0, uint256 amount1) = _inRatio(owner, p, amount);
        bytes memory data = abi.encodeCall(exchange.addLiquidity, (key, amount0, amount1, 1, owner, block.timestamp));
        (, , shares) = abi.decode(_call(owner, key.token0 == NATIVE ? amount0 : 0, data), (uint256, uint256, uint256));
    }

    function _inRatio(address owner, uint256 p, uint256 amount) private view returns (uint256, uint256) {
        (uint256 reserve0, uint256 reserve1, uint256 total) = _state(p);
        uint256 most = total / 4;
        most = Math.min(most, ((_held(_pools[p].token0, owner) / 2) * total) / reserve0);
        most = Math.min(most, ((_held(_pools[p].token1, owner) / 2) * total) / reserve1);
        amount = _bound(amount, Math.min(most, total / 1_000 + 2), most);
        return ((amount * reserve0) / total + 1, (amount * reserve1) / total + 1);
    }

    function _call(address caller, uint256 value, bytes memory data) private returns (bytes memory answer) {
        bool ok;
        vm.prank(caller);
        (ok, answer) = address(exchange).call{value: value}(data);
        assertTrue(ok, "the Exchange refused what is in order");
    }

    function _borrow(bool fromExchange, address token, uint256 amount, Raider.Step[] memory steps) private {
        address from = fromExchange ? address(exchange) : address(lender);
        amount = _bound(amount, 1, IERC20(token).balanceOf(from));
        // the fee of a loan is the thieves' own expense
        raider.borrow(IERC3156FlashLender(from), token, amount, steps);
    }

    /// @dev All that were left lying until their time was over, and the one that was chosen.
    function _refundUndelivered(uint256 seed, uint256 index) private {
        vm.warp(uint256(_deals[index].deliverBy) + 1);
        for (uint256 i = _live.length; i > 0; --i) {
            uint256 late = _live[i - 1];
            if (_statusOf(late) != DealStatus.Open || block.timestamp <= _deals[late].deliverBy) continue;
            _refund(late, _buyer(seed), abi.encodeCall(IEscrow.refundUndelivered, (_deals[late])));
        }
    }

    function _step(address target, bytes memory data) private pure returns (Raider.Step memory) {
        return Raider.Step(target, 0, data);
    }

    function _one(Raider.Step memory step) private pure returns (Raider.Step[] memory steps) {
        steps = new Raider.Step[](1);
        steps[0] = step;
    }

    function _stepSell(uint256 p, bool zeroIn, uint256 amount) private view returns (Raider.Step memory) {
        (address tokenIn, Hop[] memory hops) = _path(p, zeroIn);
        return
            _step(
                address(exchange),
                abi.encodeCall(exchange.swapExactIn, (tokenIn, hops, amount, 0, address(raider), block.timestamp + 1))
            );
    }

    function _stepDeposit(uint256 p, uint256 amount) private view returns (Raider.Step memory) {
        // twice as much of either as it takes: the rest stays where it is
        return
            _step(
                address(exchange),
                abi.encodeCall(
                    exchange.addLiquidity,
                    (_pools[p], amount, amount, 1, address(raider), block.timestamp + 1)
                )
            );
    }

    /// @dev After everything that touches the Exchange: no pool lost by it, and the thieves gained nothing.
    function _check() private {
        for (uint256 p = 0; p < POOLS; ++p) {
            Snapshot memory last = _last[p];
            Snapshot memory current;
            (current.reserve0, current.reserve1, current.shares) = _state(p);
            bool same =
                current.reserve0 == last.reserve0 && current.reserve1 == last.reserve1 && current.shares == last.shares;
            if (same) continue;
            assertTrue(_isWorthAsMuch(current, last), "k per share fell");
            _last[p] = current;
            if (p == QUARRY) _checkThieves(current);
        }
    }

    /// @dev Product of the reserves over the square of the shares, in 512 bits.
    function _isWorthAsMuch(Snapshot memory current, Snapshot memory last) private pure returns (bool) {
        (uint256 high, uint256 low) = Math.mul512(current.reserve0 * current.reserve1, last.shares * last.shares);
        (uint256 lastHigh, uint256 lastLow) = Math.mul512(
            last.reserve0 * last.reserve1,
            current.shares * current.shares
        );
        return high > lastHigh || (high == lastHigh && low >= lastLow);
    }

    /// @dev In a pool that nobody else trades in, the thieves take their shares out and turn what they have more of one token back, for
    /// nothing: they do not have more of the other than at the start.
    function _checkThieves(Snapshot memory pool) private view {
        PoolKey memory key = _pools[QUARRY];
        uint256 shares = exchange.balanceOf(address(raider), exchange.poolIdOf(key));
        uint256 out0 = (shares * pool.reserve0) / pool.shares;
        uint256 out1 = (shares * pool.reserve1) / pool.shares;
        (uint256 reserve0, uint256 reserve1) = (pool.reserve0 - out0, pool.reserve1 - out1);
        uint256 mine0 = _held(key.token0, address(raider)) + out0;
        uint256 mine1 = _held(key.token1, address(raider)) + out1;
        if (mine0 > FUNDS) mine1 += (reserve1 * (mine0 - FUNDS)) / (reserve0 + mine0 - FUNDS);
        else if (mine1 > FUNDS) mine0 += (reserve0 * (mine1 - FUNDS)) / (reserve1 + mine1 - FUNDS);
        bool richer = mine0 >= FUNDS && mine1 >= FUNDS && (mine0 > FUNDS || mine1 > FUNDS);
        assertFalse(richer, "thieves are richer");
    }

    function _checkHeld(address token) private view {
        uint256 owed = exchange.protocolOwed(token) + exchange.claimOf(address(raider), token);
        for (uint256 p = 0; p < POOLS; ++p) {
            (uint256 reserve0, uint256 reserve1, ) = _state(p);
            if (_pools[p].token0 == token) owed += reserve0;
            if (_pools[p].token1 == token) owed += reserve1;
        }
        assertGe(_held(token, address(exchange)), owed, "the Exchange owes more than it holds");
    }

    function _openPools() private {
        ore = new TestToken("Ore", "ORE", 18);
        address[4] memory others = [address(honest), address(hooked), address(taking), address(ore)];
        address[4] memory traders = [maker, _buyer(0), _buyer(1), _buyer(2)];
        for (uint256 i = 1; i < 4; ++i) {
            vm.prank(maker);
            iso.transfer(traders[i], 5_000_000e18);
        }
        for (uint256 i = 0; i < 4; ++i) {
            vm.deal(traders[i], 1e30);
            vm.startPrank(traders[i]);
            iso.approve(address(exchange), type(uint256).max);
            for (uint256 t = 0; t < 4; ++t) {
                TestToken(others[t]).mint(traders[i], 1e30);
                TestToken(others[t]).approve(address(exchange), type(uint256).max);
            }
            vm.stopPrank();
        }
        _open(NATIVE, 1e15, address(honest), 1e15);
        _open(address(iso), 1e24, address(honest), 1e15);
        _open(address(hooked), 1e18, address(ore), 1e18);
        _open(address(taking), 1e18, address(ore), 1e18);
    }

    function _open(address a, uint256 amountA, address b, uint256 amountB) private {
        if (a > b) (a, amountA, b, amountB) = (b, amountB, a, amountA);
        PoolKey memory key = PoolKey(a, b, POOL_FEE_BPS);
        vm.prank(maker);
        exchange.addLiquidity{value: a == NATIVE ? amountA : 0}(key, amountA, amountB, 0, maker, block.timestamp);
        uint256 p = _pools.length;
        _pools.push(key);
        (_last[p].reserve0, _last[p].reserve1, _last[p].shares) = _state(p);
    }

    /// @dev The thieves have tokens to trade with and no units; what they borrow comes from the Exchange or the lender.
    function _armRaider() private {
        raider = new Raider();
        lender = new Lender();
        people.push(address(raider));
        vm.prank(maker);
        iso.transfer(address(lender), 20_000_000e18);
        address[4] memory lent = [address(honest), address(hooked), address(ore), address(iso)];
        address[3] memory spenders = [address(exchange), address(lender), address(market)];
        Raider.Step[] memory steps = new Raider.Step[](12);
        for (uint256 t = 0; t < 4; ++t) {
            if (t < 3) {
                TestToken(lent[t]).mint(address(raider), FUNDS);
                TestToken(lent[t]).mint(address(lender), FUNDS);
            }
            for (uint256 i = 0; i < 3; ++i) {
                steps[3 * t + i] = _step(lent[t], abi.encodeCall(IERC20.approve, (spenders[i], type(uint256).max)));
            }
        }
        raider.strike(steps);
        require(raider.done() == 0xfff, "the thieves are not armed");
    }

    function _path(uint256 p, bool zeroIn) private view returns (address tokenIn, Hop[] memory hops) {
        PoolKey storage key = _pools[p];
        address tokenOut;
        (tokenIn, tokenOut) = zeroIn ? (key.token0, key.token1) : (key.token1, key.token0);
        hops = new Hop[](1);
        hops[0] = Hop.wrap(uint256(uint160(tokenOut)) | (POOL_FEE_BPS << 160));
    }

    function _state(uint256 p) private view returns (uint256 reserve0, uint256 reserve1, uint256 shares) {
        (reserve0, reserve1, shares, , , ) = exchange.poolState(_pools[p]);
    }

    function _shareOf(uint256 p) private view returns (uint256 percent) {
        (, , , percent, , ) = exchange.poolState(_pools[p]);
    }

    function _depositsPausedUntil() private view returns (uint256 until) {
        (, , until, ) = exchange.settings();
    }

    function _changeOf(uint256 index) private view returns (uint256) {
        return this.changeAt(index).proposalId;
    }

    function _anyVersion(uint256 seed) private pure returns (uint64) {
        // the first version of every model is honest
        return (uint64(1 + (_mix(seed, 27) % (2 * CREATORS))) << 16) | 1;
    }
}
