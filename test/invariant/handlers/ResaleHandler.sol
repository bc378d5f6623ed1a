// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DealStatus} from "../../../contracts/escrow/IEscrow.sol";
import {IMarketSettings} from "../../../contracts/market/IMarketSettings.sol";
import {Resale} from "../../../contracts/resale/Resale.sol";
import {Subscriptions} from "../../../contracts/rights/Subscriptions.sol";
import {Act} from "./EscrowBooks.sol";
import {AskWallet} from "./AskWallet.sol";
import {Book as Contracts} from "./Deployment.sol";
import {Kind} from "./ResaleBooks.sol";
import {ResaleDeals} from "./ResaleDeals.sol";
import {SealedFile} from "./SealedFile.sol";

/// @notice Sells licences of all kinds, at once and with a new delivery, while titles, fees and treasuries change.
/// Before each call it says from its own books what must come of it.
contract ResaleHandler is ResaleDeals {
    constructor() {
        Contracts memory book = _loadProtocol();
        resale = Resale(book.at("Resale"));
        subscriptions = Subscriptions(book.at("Subscriptions"));
        _treasuryNow = address(treasury);
        for (uint256 i = 0; i < BUYER_KEYS; ++i) {
            (uint256 secret, bytes32 x) = _even(uint256(keccak256(abi.encode("buyer", i))));
            _buyerSecrets.push(secret);
            _buyerKeys.push(x);
        }
        _seal(77, SealedFile.NONE);
        _seal(1_064, SealedFile.NONE);
        _seal(2_057, SealedFile.NONE);
        _seal(77, 0);
        // rates that round, the highest, and none
        uint16[6] memory royalties = [uint16(333), 1_000, 0, 777, 1, 250];
        for (uint256 i = 0; i < 6; ++i) _createSold(i, i % 3, royalties[i], i % 2 == 1);
        _equip();

        _addSalesActions();
        _addAsksActions();
        _addDealsActions();
        _action(ResaleHandler.change.selector, "change");
        _action(ResaleHandler.pause.selector, "pause");
        _action(ResaleHandler.withdraw.selector, "withdraw");
        _action(ResaleHandler.travel.selector, "travel");
    }

    /// @notice Fee, treasury, or a title: deals that are open keep theirs.
    function change(uint256 seed) external counted {
        if (seed % 3 == 0) {
            _feeBps = uint16(_mix(seed, 1) % 501);
            _byVote();
            resale.setProtocolFee(_feeBps);
        } else if (seed % 3 == 1) {
            _treasuryNow = _treasury(_mix(seed, 1));
            _byVote();
            resale.setTreasury(_treasuryNow);
        } else {
            uint48 modelId = uint48(1 + (_mix(seed, 1) % 6));
            address next = _creator(_mix(seed, 2));
            if (next != _titleOf[modelId]) {
                vm.prank(_titleOf[modelId]);
                registry.transferFrom(_titleOf[modelId], next, modelId);
                _titleOf[modelId] = next;
            }
        }
        if (_sales.length != 0) checkSale(_mix(seed, 3) % _sales.length);
        _done();
    }

    /// @notice A pause stops new sales, and nothing else.
    function pause(uint256 seed) external counted {
        (, , , uint40 nextPauseAt) = resale.config();
        if (block.timestamp < nextPauseAt) vm.warp(nextPauseAt);
        uint256 index = _saleIn(seed, DealStatus.Open);
        Trade memory trade = _trade(_find(seed, Kind.Plain), seed, seed % 2 == 0);
        _byGuardian();
        resale.pausePurchases(uint40(_bound(_mix(seed, 1), 1, 7 days)));
        (, , uint40 pausedUntil, ) = resale.config();
        _refuse(trade, abi.encodeWithSelector(IMarketSettings.Market_Paused.selector, pausedUntil));
        _deliver(_sales[index].deal);
        _attempt(_sales[index].deal, Act.Accept, _deals[_sales[index].deal].recipient, 0, true);
        _claim(index, _buyer(seed));
        _done();
    }

    function withdraw(uint256 seed) external counted {
        if (_takeOut(seed)) _done();
    }

    function travel(uint256 seed) external counted {
        vm.warp(block.timestamp + _bound(seed, 1, 5 days));
        _done();
    }

    // claim(invariants#market-and-escrow): when all its deals have ended and were claimed, the resale holds nothing |
    //   nobody: licences and money that no one could take out
    /// @notice Every deal ends, and every licence is claimed.
    function endAll() external {
        vm.warp(block.timestamp + 40 days);
        for (uint256 i = 0; i < _sales.length; ++i) {
            uint256 sold = _sales[i].deal;
            DealStatus status = _books[sold].status;
            if (status == DealStatus.Open) {
                _attempt(sold, Act.RefundUndelivered, _buyer(i), 0, true);
                _returned(i);
            } else if (status == DealStatus.Delivered) {
                _attempt(sold, Act.Settle, _buyer(i), 0, true);
            }
            if (!_sales[i].closed) _claim(i, _buyer(i));
        }
        assertEq(licenses.balanceOf(address(resale)), 0, "a licence is kept for nobody");
    }

    /// @dev What buyers and resellers have approved; a contract is among the resellers.
    function _equip() private {
        _wallet = address(new AskWallet(vm.addr(FIRST_KEY + people.length)));
        people.push(_wallet);
        for (uint256 i = 0; i <= BUYERS; ++i) {
            vm.startPrank(i == BUYERS ? _wallet : _buyer(i));
            licenses.setApprovalForAll(address(resale), true);
            honest.approve(address(resale), type(uint256).max);
            silent.approve(address(resale), type(uint256).max);
            hooked.approve(address(resale), type(uint256).max);
            taking.approve(address(resale), type(uint256).max);
            vm.stopPrank();
        }
        for (uint256 i = 1; i < tokens.length; ++i) {
            _byVote();
            resale.setPayToken(tokens[i], true, 0);
        }
        _byVote();
        resale.setPayToken(address(taking), true, 0);
    }
}
