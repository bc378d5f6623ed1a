// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Panel} from "../../../contracts/court/Panel.sol";
import {Exchange} from "../../../contracts/exchange/Exchange.sol";
import {Authority} from "../../../contracts/governance/Authority.sol";
import {GuardianDesk} from "../../../contracts/governance/GuardianDesk.sol";
import {Timelock} from "../../../contracts/governance/Timelock.sol";
import {Treasury} from "../../../contracts/governance/Treasury.sol";
import {Escrow} from "../../../contracts/escrow/Escrow.sol";
import {Forwarder} from "../../../contracts/market/Forwarder.sol";
import {LicenseToken} from "../../../contracts/license/LicenseToken.sol";
import {IMarket, Offer, Order} from "../../../contracts/market/IMarket.sol";
import {ModelRegistry} from "../../../contracts/registry/ModelRegistry.sol";
import {RevenueLedger} from "../../../contracts/ledger/RevenueLedger.sol";
import {UpdateDesk} from "../../../contracts/escrow/UpdateDesk.sol";
import {FeeToken} from "../../contracts/tokens/FeeToken.sol";
import {HookToken} from "../../contracts/tokens/HookToken.sol";
import {MissingReturnToken} from "../../contracts/tokens/MissingReturnToken.sol";
import {TestToken} from "../../contracts/tokens/TestToken.sol";
import {Book, Deployment} from "./Deployment.sol";
import {Tally} from "./Tally.sol";

/// @notice The whole market with its people and tokens, and a second set of books that the campaigns keep of the ledger.
/// @dev Every unit that a campaign expects in somebody's ledger account is in `booked`: the
/// invariants compare it with the ledger, account by account.
abstract contract ProtocolHandler is Tally {
    uint256 internal constant CREATORS = 3;
    uint256 internal constant BUYERS = 3;
    uint256 internal constant ARBITERS = 3;
    uint256 internal constant FIRST_KEY = 0xa11ce;
    uint256 internal constant FEE = 1_001;
    address internal constant NATIVE = address(0);

    Authority public authority;
    Timelock public timelock;
    GuardianDesk public guardianDesk;
    Treasury public treasury;
    ModelRegistry public registry;
    LicenseToken public licenses;
    RevenueLedger public ledger;
    Escrow public escrow;
    Panel public panel;
    UpdateDesk public desk;
    Forwarder public forwarder;
    Exchange public exchange;
    IMarket public market;

    TestToken public honest;
    MissingReturnToken public silent;
    HookToken public hooked;
    FeeToken public taking;

    /// @notice Everybody: creators, buyers, two referrers, two treasuries, arbiters, whose keys are `FIRST_KEY + index`; then the
    /// protocol's own treasury.
    address[] public people;
    /// @notice Tokens in play: native coin, honest, missing return value, re-entering.
    address[] public tokens;

    /// @notice All contracts of the protocol.
    address[] public contracts;
    /// @notice Contracts of the protocol that never call the ledger: what is credited to them stays there for good.
    address[] public mute;
    /// @notice Contracts of the protocol that never hold money between calls.
    address[] public empty;

    mapping(address token => mapping(address account => uint256 amount)) public booked;
    mapping(address token => uint256 amount) public bookedTotal;
    /// @notice Accounts of models with parents: what they have is passed on, and never withdrawn.
    mapping(address account => bool) public passesOn;

    function _loadProtocol() internal returns (Book memory book) {
        book = Deployment.load();
        authority = Authority(book.at("Authority"));
        timelock = Timelock(book.at("Timelock"));
        guardianDesk = GuardianDesk(book.at("GuardianDesk"));
        treasury = Treasury(book.at("Treasury"));
        registry = ModelRegistry(book.at("ModelRegistry"));
        licenses = LicenseToken(book.at("LicenseToken"));
        ledger = RevenueLedger(book.at("RevenueLedger"));
        escrow = Escrow(book.at("Escrow"));
        panel = Panel(book.at("Panel"));
        desk = UpdateDesk(book.at("UpdateDesk"));
        forwarder = Forwarder(book.at("Forwarder"));
        exchange = Exchange(book.at("Exchange"));
        market = IMarket(book.at("Market"));
        contracts = book.all();
        _sort();

        for (uint256 i = 0; i < CREATORS + BUYERS + 4 + ARBITERS; ++i) people.push(vm.addr(FIRST_KEY + i));
        people.push(address(treasury));

        honest = new TestToken("Test Dollar", "TUSD", 6);
        silent = new MissingReturnToken();
        hooked = new HookToken();
        taking = new FeeToken();
        taking.setFee(100);
        tokens = [NATIVE, address(honest), address(silent), address(hooked)];
        for (uint256 i = 1; i < tokens.length; ++i) _setPayToken(tokens[i], true);
        _setPayToken(address(taking), true);

        for (uint256 i = 0; i < BUYERS; ++i) {
            address buyer = _buyer(i);
            honest.mint(buyer, 1e30);
            silent.mint(buyer, 1e30);
            hooked.mint(buyer, 1e30);
            taking.mint(buyer, 1e30);
            vm.deal(buyer, 1e30);
            vm.startPrank(buyer);
            honest.approve(address(market), type(uint256).max);
            silent.approve(address(market), type(uint256).max);
            hooked.approve(address(market), type(uint256).max);
            taking.approve(address(market), type(uint256).max);
            vm.stopPrank();
        }
        for (uint256 i = 0; i < CREATORS; ++i) vm.deal(_creator(i), 1e30);
    }

    /// @dev A new contract belongs to both lists, unless it is named here.
    function _sort() private {
        for (uint256 i = 0; i < contracts.length; ++i) {
            address one = contracts[i];
            if (one == address(escrow) || one == address(treasury)) continue;
            mute.push(one);
            if (one != address(ledger) && one != address(panel) && one != address(exchange)) empty.push(one);
        }
    }

    /// @dev The next call is one that a vote decided.
    function _byVote() internal {
        vm.prank(address(timelock));
    }

    /// @dev The next call is the guardian's, from its desk, which would ask whether the mandate has ended.
    function _byGuardian() internal {
        vm.prank(address(guardianDesk));
    }

    function _setPayToken(address token, bool allowed) internal {
        _byVote();
        market.setPayToken(token, allowed, 0);
    }

    function peopleCount() external view returns (uint256) {
        return people.length;
    }

    function tokenCount() external view returns (uint256) {
        return tokens.length;
    }

    // claim(invariants#market-and-escrow): The ledger holds, in every token, the sum of its accounts, and `totalOwed`
    //   is that sum | the first to withdraw; the last one finds nothing
    // claim(invariants#market-and-escrow): A ledger account falls only by a withdrawal or a move of its owner | a thief
    //   of credited income
    // claim(invariants#market-and-escrow): Market, registry, licence token, update desk and forwarder keep no money
    //   after a call. What somebody sends to them outside a call belongs to nobody | the next caller
    // claim(invariants#market-and-escrow): A deal pays out exactly what it took in, once
    // claim(invariants#across-domains): the ledger holds what it owes, in every token, and the market nothing, with all
    //   domains at work | the first to withdraw
    /// @notice What every campaign holds the ledger to: its accounts are the campaign's books, and it holds what it owes, in every token.
    function checkLedger() external view {
        for (uint256 t = 0; t < tokens.length; ++t) {
            address token = tokens[t];
            uint256 sum = 0;
            for (uint256 p = 0; p < people.length; ++p) {
                uint256 balance = ledger.balanceOf(token, people[p]);
                assertEq(balance, booked[token][people[p]], "a ledger account is not what was paid into it");
                sum += balance;
            }
            uint256 escrowed = ledger.balanceOf(token, address(escrow));
            assertEq(
                escrowed,
                booked[token][address(escrow)],
                "the escrow's account is not the prices of its open deals"
            );
            for (uint256 i = 0; i < mute.length; ++i) {
                uint256 stuck = ledger.balanceOf(token, mute[i]);
                assertEq(stuck, booked[token][mute[i]], "what was credited to a contract of the protocol moved");
                sum += stuck;
            }
            sum += escrowed + ledger.balanceOf(token, address(this));

            assertEq(ledger.totalOwed(token), sum, "the ledger's total is not the sum of its accounts");
            assertEq(_held(token, address(ledger)), sum, "the ledger does not hold what it owes");
            for (uint256 i = 0; i < empty.length; ++i) {
                if (_held(token, empty[i]) == 0) continue;
                revert(string.concat(vm.getLabel(empty[i]), " holds money between calls"));
            }
            if (token != NATIVE) assertEq(_held(token, address(escrow)), 0, "tokens lie in the escrow itself");
        }
        assertEq(taking.balanceOf(address(ledger)), 0, "a token that charges for transfers was taken");
    }

    function _book(address token, address account, uint256 amount) internal {
        booked[token][account] += amount;
        bookedTotal[token] += amount;
    }

    function _unbook(address token, address account, uint256 amount) internal {
        booked[token][account] -= amount;
        bookedTotal[token] -= amount;
    }

    /// @dev A sale's parts, as the documentation gives them: shares round down, the payee has the rest.
    function _bookSale(
        address token,
        uint256 amount,
        uint256 feeBps,
        uint256 referrerBps,
        address[3] memory who
    ) internal {
        uint256 toTreasury = (amount * feeBps) / 10_000;
        uint256 toReferrer = (amount * referrerBps) / 10_000;
        _book(token, who[0], amount - toTreasury - toReferrer);
        _book(token, who[1], toTreasury);
        if (toReferrer != 0) _book(token, who[2], toReferrer);
    }

    /// @dev The account from `seed` on, in any order of tokens, that has something in the ledger.
    function _rich(uint256 seed) internal view returns (address token, address account, uint256 amount) {
        uint256 cells = tokens.length * people.length;
        for (uint256 i = 0; i < cells; ++i) {
            uint256 cell = ((seed % cells) + i) % cells;
            (token, account) = (tokens[cell % tokens.length], people[cell / tokens.length]);
            amount = booked[token][account];
            if (amount != 0 && !passesOn[account]) return (token, account, amount);
        }
        return (NATIVE, address(0), 0);
    }

    /// @dev Somebody who has something in the ledger withdraws all of it; false where nobody has anything.
    function _takeOut(uint256 seed) internal returns (bool) {
        (address token, address account, uint256 amount) = _rich(seed);
        if (account == address(0)) return false;
        uint256 before = _held(token, account);
        vm.prank(account);
        ledger.withdraw(token);
        assertEq(_held(token, account), before + amount, "a withdrawal did not arrive in full");
        _unbook(token, account, amount);
        return true;
    }

    /// @dev Purchases for the price to the unit, or for nothing when it is refused.
    function _pay(
        Offer memory offer,
        Order memory order,
        address payer
    ) internal returns (bool ok, bytes memory answer) {
        uint256 before = _held(offer.payToken, payer);
        bytes memory data = abi.encodeCall(IMarket.purchase, (offer, order));
        vm.prank(payer);
        (ok, answer) = address(market).call{value: offer.payToken == NATIVE ? order.maxPrice : 0}(data);
        uint256 paid = ok ? order.maxPrice : 0;
        assertEq(_held(offer.payToken, payer), before - paid, "a payer paid something else than the price");
    }

    function _held(address token, address account) internal view returns (uint256) {
        return token == NATIVE ? account.balance : TestToken(token).balanceOf(account);
    }

    /// @dev The escrow, or a contract that never calls the ledger: a careless choice of a referrer.
    function _careless(uint256 seed) internal view returns (address) {
        uint256 choice = seed % (mute.length + 1 + mute.length / 3);
        return choice < mute.length ? mute[choice] : address(escrow);
    }

    function _creator(uint256 seed) internal view returns (address) {
        return people[seed % CREATORS];
    }

    function _buyer(uint256 seed) internal view returns (address) {
        return people[CREATORS + (seed % BUYERS)];
    }

    /// @dev A buyer who is not that person.
    function _stranger(address person, uint256 seed) internal view returns (address stranger) {
        stranger = _buyer(seed);
        if (stranger == person) stranger = _buyer((seed % BUYERS) + 1);
    }

    function _referrer(uint256 seed) internal view returns (address) {
        return people[CREATORS + BUYERS + (seed % 2)];
    }

    function _treasury(uint256 seed) internal view returns (address) {
        return seed % 3 == 0 ? address(treasury) : people[CREATORS + BUYERS + 2 + (seed % 2)];
    }

    function _arbiter(uint256 seed) internal view returns (address) {
        return people[CREATORS + BUYERS + 4 + (seed % ARBITERS)];
    }

    function _keyOf(address person) internal view returns (uint256) {
        for (uint256 i = 0; i < people.length; ++i) if (people[i] == person) return FIRST_KEY + i;
        revert("nobody's key");
    }

    function _mix(uint256 seed, uint256 salt) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, salt)));
    }

    function _selectorOf(bytes memory reason) internal pure returns (bytes4) {
        return bytes4(reason);
    }
}
