// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Vm} from "forge-std/Vm.sol";

import {Deal, DealStatus, IEscrow} from "../../../contracts/escrow/IEscrow.sol";
import {Offer, Order} from "../../../contracts/market/IMarket.sol";
import {VersionData} from "../../../contracts/registry/IModelRegistry.sol";
import {ContentComplaint} from "../../../contracts/registry/proof/ContentComplaint.sol";
import {CurveProof} from "../../../contracts/registry/proof/CurveProof.sol";
import {GovernedProtocol} from "./GovernedProtocol.sol";
import {SealedFile} from "./SealedFile.sol";

/// @notice Offers and deals of the governed market, and the books that say what each deal pays: what was in force when it was opened.
abstract contract OpenDeals is GovernedProtocol {
    using SealedFile for SealedFile.File;

    struct FileInfo {
        uint256 key;
        bytes32 keyX;
        uint64 size;
        bytes32 root;
        bytes32 contentRoot;
    }

    uint256 private constant HONEST = 0;
    uint256 private constant WRONG = 1;

    FileInfo[] private _files;
    bytes private _evidence;
    /// @dev Two models of each creator.
    uint64[] private _versions;

    Offer[] internal _offers;
    bytes32[] internal _hashes;
    mapping(uint256 index => uint32) internal _sold;
    mapping(uint256 index => bool) internal _withdrawn;
    mapping(uint64 versionId => bool) internal _wrong;
    mapping(uint48 modelId => address) internal _titleOf;
    mapping(uint48 modelId => address) internal _fixedPayee;

    Deal[] internal _deals;
    mapping(uint256 deal => uint256) internal _scalarOf;
    mapping(uint256 deal => uint256) private _changesAt;
    uint256[] internal _live;
    /// @notice How many deals closed under rules that changed while they were open.
    uint256 public outlived;

    mapping(bytes32 termsHash => uint256) internal _bondFree;
    /// @dev All bonds, free and reserved.
    uint256 internal _bonds;

    /// @notice What came in: prices, and coin that is not a price; and what was taken out, all as it was seen to move.
    mapping(address token => uint256) public paid;
    mapping(address token => uint256) public otherwise;
    mapping(address token => uint256) public takenOut;

    uint64 private _salt;

    function _prepareDeals() internal {
        _seal(SealedFile.NONE);
        _seal(0);
        for (uint256 i = 0; i < 2 * CREATORS; ++i) {
            vm.prank(_creator(i));
            uint64 versionId = registry.createModel(_data(HONEST), 0);
            _titleOf[uint48(versionId >> 16)] = _creator(i);
            _versions.push(versionId);
        }
    }

    // ---- what holds between calls

    /// @notice What buyers paid is what creators, the protocol and referrers were credited, what was refunded, and what open deals hold.
    function checkMoney() external view {
        for (uint256 t = 0; t < tokens.length; ++t) {
            address token = tokens[t];
            uint256 sum = takenOut[token] + ledger.balanceOf(token, address(escrow)) + _kept(token);
            for (uint256 p = 0; p < people.length; ++p) sum += ledger.balanceOf(token, people[p]);
            // claim(invariants#across-domains): what buyers paid equals the credits of creators, the protocol and
            //   referrers, the refunds, and what open deals hold | those who are credited what nobody paid
            assertEq(sum, paid[token] + otherwise[token], "credits, refunds and open deals are not what was paid");
            // claim(invariants#across-domains): the ledger holds what it owes, in every token, and the market nothing,
            //   with all domains at work
            assertEq(sum - takenOut[token], _held(token, address(ledger)), "the ledger owes more than it holds");
        }
    }

    /// @notice The escrow holds the prices of the open deals and the bonds, and every open deal has the terms it was opened with.
    function checkOpenDeals() external view {
        for (uint256 t = 0; t < tokens.length; ++t) {
            uint256 sum = 0;
            for (uint256 i = 0; i < _live.length; ++i) {
                Deal storage deal = _deals[_live[i]];
                if (deal.payToken == tokens[t]) sum += deal.price;
            }
            // claim(invariants#across-domains): the escrow holds the prices of the open deals and the bonds, and no
            //   more | those who are paid out of other people's deals
            assertEq(ledger.balanceOf(tokens[t], address(escrow)), sum, "the escrow does not hold its open deals");
        }
        // claim(invariants#across-domains): the escrow holds the prices of the open deals and the bonds, and no more
        assertEq(address(escrow).balance, _bonds, "the escrow's coin is not the bonds");
        for (uint256 i = 0; i < _live.length; ++i) {
            Deal memory deal = _deals[_live[i]];
            bytes31 commitment = escrow.commitmentOf(deal.opener, deal.id);
            // claim(invariants#across-domains): the terms of an open deal never change | as above
            assertEq(commitment, bytes31(keccak256(abi.encode(deal))), "the terms of an open deal changed");
        }
    }

    /// @dev What modules keep of prices: of what can be cancelled, and of units.
    function _kept(address token) internal view virtual returns (uint256);

    function dealCount() external view returns (uint256) {
        return _deals.length;
    }

    // ---- buying

    /// @dev A purchase that is in order: it goes through, costs its price, and is booked.
    function _buy(uint256 index, address payer, address referrer) internal returns (uint256 id) {
        Offer memory offer = _offers[index];
        (Order memory order, uint256 scalar) = _order(index, payer, referrer);
        uint256 value = offer.payToken == NATIVE ? offer.price : 0;
        uint256 before = _held(offer.payToken, payer);
        vm.prank(payer);
        id = market.purchase{value: value}(offer, order);
        assertEq(_held(offer.payToken, payer), before - offer.price, "the payer paid something else than the price");
        _booked(index, id, payer, order, scalar);
        _checkSale(index, referrer);
    }

    /// @dev What a purchase that happened leaves in the books: shares, or an open deal.
    function _booked(uint256 index, uint256 id, address payer, Order memory order, uint256 scalar) internal {
        Offer memory offer = _offers[index];
        ++_sold[index];
        paid[offer.payToken] += offer.price;
        if (offer.deliveryWindow != 0) {
            _opened(offer, id, payer, order, scalar);
            return;
        }
        uint256 referrerBps = order.referrer == address(0) ? 0 : offer.referrerBps;
        address[3] memory who = [_payeeOf(offer), treasuryNow, order.referrer];
        _bookSale(offer.payToken, offer.price, feeBps, referrerBps, who);
    }

    /// @dev All accounts that a sale concerns, to the wei; of a deal, that nobody was paid yet.
    function _checkSale(uint256 index, address referrer) internal view {
        address token = _offers[index].payToken;
        address[4] memory who = [_payeeOf(_offers[index]), treasuryNow, referrer, address(escrow)];
        // claim(invariants#across-domains): a sale is split by the fee and to the treasury in force in that second |
        //   the receiver of the odd unit; a former treasury
        for (uint256 i = 0; i < 4; ++i) _checkAccount(token, who[i], "a sale was not shared out as its terms say");
    }

    function _opened(Offer memory offer, uint256 id, address payer, Order memory order, uint256 scalar) private {
        Deal memory deal;
        (deal.opener, deal.id, deal.versionId) = (address(market), id, offer.versionId);
        (deal.keyX, deal.termsHash) = (_files[_wrong[offer.versionId] ? WRONG : HONEST].keyX, order.termsHash);
        (deal.payer, deal.recipient) = (payer, order.recipient);
        (deal.seller, deal.payee) = (offer.creator, _payeeOf(offer));
        (deal.referrer, deal.treasury) = (order.referrer, treasuryNow);
        (deal.payToken, deal.price, deal.protocolFeeBps) = (offer.payToken, offer.price, feeBps);
        deal.referrerBps = order.referrer == address(0) ? 0 : offer.referrerBps;
        deal.deliverBy = uint40(block.timestamp + offer.deliveryWindow);
        deal.complaintWindow = offer.complaintWindow;
        (deal.arbitrator, deal.bond) = (offer.arbitrator, offer.bond);
        (deal.buyerKey, deal.pad) = (order.buyerKey, order.pad);
        uint256 index = _deals.length;
        _deals.push(deal);
        _live.push(index);
        (_scalarOf[index], _changesAt[index]) = (scalar, changes);
        _bondFree[deal.termsHash] -= deal.bond;
        _book(deal.payToken, address(escrow), deal.price);
    }

    // ---- closing

    function _deliver(uint256 index) internal {
        escrow.deliver(_deals[index], _scalarOf[index]);
        _deals[index].complainBy = uint40(block.timestamp + _deals[index].complaintWindow);
        assertEq(uint8(_statusOf(index)), uint8(DealStatus.Delivered), "a right key did not deliver");
    }

    /// @dev Closes an open deal: whatever is in force by now, it pays what it said when it was opened.
    function _close(uint256 index, address caller, bytes memory call, uint128 refund, DealStatus status) internal {
        Deal memory deal = _deals[index];
        vm.prank(caller);
        (bool ok, bytes memory answer) = address(escrow).call(call);
        // claim(invariants#across-domains): a pause stops purchases and deposits; open deals, swaps and withdrawals
        //   continue, and a pause is no more frequent than allowed
        assertTrue(ok, string.concat("an open deal could not be closed: ", vm.toString(answer)));
        assertEq(uint8(_statusOf(index)), uint8(status), "a deal is not where its closing leaves it");

        _unbook(deal.payToken, address(escrow), deal.price);
        _book(deal.payToken, deal.payer, refund);
        address[3] memory who = [deal.payee, deal.treasury, deal.referrer];
        _bookSale(deal.payToken, deal.price - refund, deal.protocolFeeBps, deal.referrerBps, who);
        for (uint256 i = 0; i < 3; ++i) {
            // claim(invariants#across-domains): an open deal is settled, split or refunded under its own terms, to the
            //   wei, whatever has been voted and executed since | voters who change the rules while others wait
            _checkAccount(deal.payToken, who[i], "an open deal was not settled under its own terms");
        }
        // claim(invariants#across-domains): what buyers paid equals the credits of creators, the protocol and
        //   referrers, the refunds, and what open deals hold
        _checkAccount(deal.payToken, deal.payer, "a refund is not what was paid");
        // claim(invariants#across-domains): an open deal is settled, split or refunded under its own terms, to the wei,
        //   whatever has been voted and executed since
        _checkAccount(deal.payToken, treasuryNow, "a deal paid a treasury that came after it");
        if (changes != _changesAt[index]) ++outlived;
        _forget(index);
    }

    function _releaseBond(uint256 index, uint256 lost) internal {
        Deal storage deal = _deals[index];
        _bondFree[deal.termsHash] += deal.bond - lost;
        _bonds -= lost;
    }

    function _accept(uint256 index) internal {
        Deal memory deal = _deals[index];
        _close(index, deal.recipient, abi.encodeCall(IEscrow.accept, (deal)), 0, DealStatus.Settled);
        _releaseBond(index, 0);
    }

    /// @dev Anybody may settle when the time for complaints is over, and nobody before.
    function _settle(uint256 index, address caller) internal {
        Deal memory deal = _deals[index];
        if (block.timestamp <= deal.complainBy) {
            vm.prank(caller);
            try escrow.settle(deal) {
                _never("a deal was settled while its buyer could complain");
            } catch {}
            vm.warp(uint256(deal.complainBy) + 1);
        }
        _close(index, caller, abi.encodeCall(IEscrow.settle, (deal)), 0, DealStatus.Settled);
        _releaseBond(index, 0);
    }

    function _refund(uint256 index, address caller, bytes memory call) internal {
        _close(index, caller, call, _deals[index].price, DealStatus.Refunded);
        _releaseBond(index, 0);
    }

    function _complain(uint256 index) internal {
        uint64 versionId = _deals[index].versionId;
        ContentComplaint.Evidence memory shown = abi.decode(_evidence, (ContentComplaint.Evidence));
        registry.proveDefective(versionId, shown);
        assertEq(registry.defectiveAt(versionId), block.timestamp, "a true complaint failed");
        _refund(index, _buyer(index), abi.encodeCall(IEscrow.refundDefective, (_deals[index])));
    }

    /// @dev The panel decides for one side, which has everything then; the loser's half of the fee is spent.
    function _judge(uint256 index, uint256 ruling) internal {
        Deal memory deal = _deals[index];
        // the bond is the fee: the recipient advances the other half, no more
        vm.prank(deal.recipient);
        escrow.dispute{value: FEE}(deal);
        uint256 disputeId = escrow.disputeOf(deal.opener, deal.id).disputeId;
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(_arbiter(i));
            panel.vote(disputeId, ruling);
        }
        _book(NATIVE, _arbiter(0), FEE / 2);
        _book(NATIVE, _arbiter(1), FEE - FEE / 2);
        otherwise[NATIVE] += FEE;

        bytes memory call = abi.encodeCall(IEscrow.executeRuling, (deal));
        if (ruling == 1) {
            _book(NATIVE, deal.recipient, FEE);
            otherwise[NATIVE] += FEE;
            _close(index, _buyer(index), call, deal.price, DealStatus.Refunded);
        } else {
            _close(index, _buyer(index), call, 0, DealStatus.Split);
        }
        _releaseBond(index, ruling == 1 ? FEE : 0);
    }

    // ---- bringing a deal to where an action needs it

    /// @dev A live deal of that status, of an honest file or not, with a court or not; a new one if there is none among a few.
    function _dealIn(uint256 seed, DealStatus status, bool wrong, bool court) internal returns (uint256 index) {
        uint256 count = _live.length;
        for (uint256 i = 0; i < 8 && i < count; ++i) {
            index = _live[((seed % count) + i) % count];
            Deal storage deal = _deals[index];
            if (_wrong[deal.versionId] != wrong || (court && deal.arbitrator == address(0))) continue;
            if (_statusOf(index) != status) continue;
            if (status == DealStatus.Open && block.timestamp > deal.deliverBy) continue;
            if (court && block.timestamp > deal.complainBy) continue;
            return index;
        }
        index = _openDeal(seed, wrong, court);
        if (status == DealStatus.Delivered) _deliver(index);
    }

    function _openDeal(uint256 seed, bool wrong, bool court) internal returns (uint256 index) {
        index = _deals.length;
        uint256 offer;
        if (wrong) {
            offer = _list(_draft(seed, _payToken(seed), _publishWrong(seed), true, false));
        } else {
            offer = _pick(seed, _payToken(seed), true, court);
        }
        _buy(offer, _buyer(seed), seed % 2 == 0 ? _referrer(seed) : address(0));
    }

    /// @dev A token that is accepted at the moment.
    function _payToken(uint256 seed) internal view returns (address token) {
        token = tokens[_mix(seed, 20) % tokens.length];
        if (!allowed[token]) token = NATIVE;
    }

    /// @dev An offer that can be bought now: one there is, or a new one.
    function _pick(uint256 seed, address token, bool escrowed, bool court) internal returns (uint256 index) {
        _waitForPause();
        uint256 count = _offers.length;
        for (uint256 i = 0; i < 4 && i < count; ++i) {
            index = count - 1 - (_mix(seed, i) % (count < 24 ? count : 24));
            Offer storage offer = _offers[index];
            bool fits =
                offer.payToken == token &&
                    (offer.deliveryWindow != 0) == escrowed &&
                    (offer.arbitrator != address(0)) == court;
            if (fits && _sellable(index)) return index;
        }
        return _list(_draft(seed, token, _versions[_mix(seed, 21) % _versions.length], escrowed, court));
    }

    function _sellable(uint256 index) private view returns (bool) {
        Offer storage offer = _offers[index];
        return
            !_withdrawn[index] &&
            _sold[index] < offer.supply &&
            feeBps <= offer.maxProtocolFeeBps &&
            !_wrong[offer.versionId] &&
            offer.bond <= _bondFree[_hashes[index]];
    }

    function _draft(
        uint256 seed,
        address token,
        uint64 versionId,
        bool escrowed,
        bool court
    ) internal returns (Offer memory offer) {
        (offer.versionId, offer.creator) = (versionId, _titleOf[uint48(versionId >> 16)]);
        offer.payToken = token;
        offer.price = uint128(1_000 + (_mix(seed, 22) % 1e12));
        offer.supply = uint32(1 + (_mix(seed, 23) % 4));
        offer.referrerBps = uint16(_mix(seed, 24) % (_payeeOf(offer) == offer.creator ? 5_001 : 1_001));
        offer.maxProtocolFeeBps = seed % 5 == 0 ? feeBps : 500;
        offer.transferable = true;
        offer.salt = ++_salt;
        if (!escrowed) return offer;
        offer.deliveryWindow = uint32(_bound(_mix(seed, 25), 1 hours, 7 days));
        offer.complaintWindow = uint32(_bound(_mix(seed, 26), 2 days, 30 days));
        if (court) (offer.arbitrator, offer.bond) = (address(panel), uint96(FEE));
    }

    function _list(Offer memory offer) internal returns (uint256 index) {
        index = _offers.length;
        _offers.push(offer);
        vm.prank(offer.creator);
        _hashes.push(market.createOffer{value: offer.bond}(offer));
        _bondFree[_hashes[index]] += offer.bond;
        _bonds += offer.bond;
    }

    function _revoke(uint256 index) internal {
        Offer memory offer = _offers[index];
        vm.prank(offer.creator);
        market.revokeOffer(offer);
        _withdrawn[index] = true;
    }

    /// @dev The pad hides a number of the buyer's choice; the seller's scalar is the file's key and that number.
    function _order(
        uint256 index,
        address recipient,
        address referrer
    ) internal view returns (Order memory order, uint256 scalar) {
        Offer storage offer = _offers[index];
        order = Order(_hashes[index], offer.price, recipient, referrer, 0, address(0), 0, 0);
        if (offer.deliveryWindow == 0) return (order, 0);
        uint256 hidden = 1 + (uint256(keccak256(abi.encode(index, _sold[index]))) % (CurveProof.ORDER - 1));
        (order.buyerKey, order.pad) = (bytes32(uint256(1)), vm.addr(hidden));
        scalar = addmod(_files[_wrong[offer.versionId] ? WRONG : HONEST].key, hidden, CurveProof.ORDER);
    }

    function _publishWrong(uint256 seed) internal returns (uint64 versionId) {
        _waitForPause();
        uint48 modelId = uint48(_versions[seed % _versions.length] >> 16);
        vm.prank(_titleOf[modelId]);
        versionId = registry.publishVersion(modelId, _data(WRONG));
        _wrong[versionId] = true;
    }

    /// @dev A purchase during a pause is refused; those who must buy wait for its end.
    function _waitForPause() internal {
        (, , uint40 pausedUntil, ) = market.config();
        if (block.timestamp < pausedUntil) vm.warp(pausedUntil);
    }

    function _statusOf(uint256 index) internal view returns (DealStatus) {
        return escrow.statusOf(_deals[index].opener, _deals[index].id);
    }

    /// @dev The account of a model with parents, or the title's holder, who is the creator of every offer that can be bought.
    function _payeeOf(Offer memory offer) internal view returns (address) {
        address payee = _fixedPayee[uint48(offer.versionId >> 16)];
        return payee == address(0) ? offer.creator : payee;
    }

    function _checkAccount(address token, address account, string memory what) internal view {
        if (account != address(0)) assertEq(ledger.balanceOf(token, account), booked[token][account], what);
    }

    function _forget(uint256 index) private {
        for (uint256 i = 0; i < _live.length; ++i) {
            if (_live[i] != index) continue;
            _live[i] = _live[_live.length - 1];
            _live.pop();
            return;
        }
        _never("a deal closed twice");
    }

    function _seal(uint64 wrong) private {
        uint256 key = uint256(keccak256(abi.encode("file", wrong))) % CurveProof.ORDER;
        Vm.Wallet memory wallet = vm.createWallet(key);
        if (wallet.publicKeyY & 1 == 1) key = CurveProof.ORDER - key;
        SealedFile.File memory file = SealedFile.seal(key, bytes32(wallet.publicKeyX), 77, wrong);
        _files.push(FileInfo(key, bytes32(wallet.publicKeyX), 77, file.root, file.contentRoot));
        if (wrong != SealedFile.NONE) _evidence = abi.encode(file.evidence(0));
    }

    function _data(uint256 file) private view returns (VersionData memory) {
        FileInfo storage info = _files[file];
        return VersionData(keccak256("card"), info.root, info.contentRoot, info.keyX, info.size, "ipfs://card");
    }
}
