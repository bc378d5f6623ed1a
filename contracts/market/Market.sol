// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {Hop, IExchange} from "../exchange/IExchange.sol";
import {Mandates} from "../governance/Mandates.sol";
import {DealBounds} from "./DealBounds.sol";
import {DealCodec} from "./DealCodec.sol";
import {DealMath} from "./DealMath.sol";
import {Deal, DealStatus, IEscrow} from "./IEscrow.sol";
import {ILicenseToken} from "./ILicenseToken.sol";
import {CartItem, IMarket, Offer, Order, Permit, SwapPayment} from "./IMarket.sol";
import {IModelRegistry} from "./IModelRegistry.sol";
import {IRevenueLedger} from "./IRevenueLedger.sol";
import {CreditList, LedgerCall} from "./LedgerCall.sol";
import {LicenseIds} from "./LicenseIds.sol";
import {OfferTerms} from "./OfferTerms.sol";

/// @title Market
/// @notice Sells licences at once or through the escrow. See `IMarket`.
/// @dev Invariants: an offer never has more licences sold and not refunded than its supply; the credits of a sale are its price; the market
/// keeps no token and no coin of a purchase between calls. What is sent to it outside of one is nobody's.
///
/// A purchase reads: check the offer, count it, take the money, credit it, issue the licence. The money is taken before the licence exists.
/// The receiver's hook runs after all books of a sale at once are written; with the escrow it runs before the deal is opened, while the
/// licence is locked and the price is in the ledger, and whoever credits that price to themselves makes the whole sale revert.
contract Market is IMarket, AccessManaged, ERC2771Context, EIP712, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;
    using OfferTerms for Offer;
    using OfferTerms for Offer[];
    using DealCodec for Deal;

    /// @dev One slot: 32 + 32 + 32 + 8 + 8 + 40 bits.
    struct OfferState {
        // the offer's number with this market, from 1; a signed offer has none before its first sale
        uint32 number;
        // licences issued, refunded ones too: with the number, the serial of the newest
        uint32 issued;
        uint32 refunded;
        bool listed;
        bool revoked;
        // how often the list of pay tokens had changed when the offer's token was last found on it
        uint40 tokensSeen;
    }

    /// @dev One slot: 160 + 16 + 40 + 40 bits. What a purchase needs to know.
    struct Config {
        address treasury;
        uint16 protocolFeeBps;
        uint40 pausedUntil;
        // how often the list of pay tokens changed, from 1: while it stands still, a purchase need not read it again
        uint40 tokenChanges;
    }

    /// @dev One slot: 8 + 8 bits.
    struct PayToken {
        bool allowed;
        uint8 risks;
    }

    /// @dev Credits that a purchase collects before it makes them, and their sum.
    struct Shares {
        CreditList credits;
        uint256 total;
        uint256 toTreasury;
    }

    /// @notice Highest protocol fee, in basis points.
    uint256 public constant MAX_PROTOCOL_FEE_BPS = DealBounds.MAX_PROTOCOL_FEE_BPS;
    /// @notice Longest pause, in seconds.
    uint256 public constant MAX_PAUSE = 7 days;
    /// @notice Time from the start of one pause to the start of the next of the same mandate, in seconds.
    uint256 public constant PAUSE_COOLDOWN = 60 days;
    /// @notice Most lines of a cart: what the loop over the caller's own list is bounded by.
    uint256 public constant MAX_CART_ITEMS = 32;

    address private constant NATIVE = address(0);

    /// @notice Where versions and titles are read.
    IModelRegistry public immutable REGISTRY;
    /// @notice Where licences are issued.
    ILicenseToken public immutable LICENSES;
    /// @notice Where income is credited.
    IRevenueLedger public immutable LEDGER;
    /// @notice Where the money of a file waits for the key.
    IEscrow public immutable ESCROW;
    /// @notice Where other tokens are turned into an offer's.
    IExchange public immutable EXCHANGE;

    Config private _config;
    uint40 private _nextPauseAt; // of the mandate that paused last
    uint32 private _offerCount;
    mapping(bytes32 termsHash => OfferState) private _offers;
    mapping(address token => PayToken) private _payTokens;
    mapping(bytes32 mandate => uint40) private _nextPauseOf;

    /// @inheritdoc IMarket
    mapping(address creator => uint64) public epochOf;

    /// @param authority The AccessManager that guards the settings.
    /// @param forwarder ERC-2771 forwarder whose word on the sender is taken.
    /// @param registry Where versions and titles are read.
    /// @param licenses Where licences are issued.
    /// @param ledger Where income is credited.
    /// @param escrow Where the money of a file waits for the key.
    /// @param exchange Where other tokens are turned into an offer's.
    /// @param treasury Who receives the protocol's fee.
    /// @param protocolFeeBps The protocol's fee in basis points.
    constructor(
        address authority,
        address forwarder,
        IModelRegistry registry,
        ILicenseToken licenses,
        IRevenueLedger ledger,
        IEscrow escrow,
        IExchange exchange,
        address treasury,
        uint16 protocolFeeBps
    ) AccessManaged(authority) ERC2771Context(forwarder) EIP712("Isonomy Market", "1") {
        (REGISTRY, LICENSES, LEDGER, ESCROW, EXCHANGE) = (registry, licenses, ledger, escrow, exchange);
        // both fail where there is no such contract: later calls do not look whether it has code
        ledger.totalOwed(NATIVE);
        escrow.statusOf(address(this), 0);
        _setTreasury(treasury);
        _setProtocolFee(protocolFeeBps);
        // the native coin is always allowed; it has no issuer
        _payTokens[NATIVE].allowed = true;
        _config.tokenChanges = 1;
    }

    /// @notice Takes native coin only from the exchange: what a swap brought or did not need.
    receive() external payable {
        require(msg.sender == address(EXCHANGE), Market_UnexpectedCoin(msg.sender));
    }

    /// @inheritdoc IMarket
    function createOffer(Offer calldata offer) external payable nonReentrant returns (bytes32 termsHash) {
        Offer[] memory offers = OfferTerms.room(1);
        termsHash = offers.bring(0, offer);
        Offer memory terms = offers[0];
        terms.requireClean();
        (address holder, uint40 defectiveAt, uint64 size) = REGISTRY.saleInfo(terms.versionId);
        address creator = _msgSender();
        require(creator == holder && creator == terms.creator, Market_NotTitleHolder(terms.versionId, creator, holder));
        require(defectiveAt == 0, Market_VersionDefective(terms.versionId));
        _checkToken(terms.payToken);
        terms.check(size);
        _checkExpiry(terms, termsHash);
        OfferState storage state = _offers[termsHash];
        require(!state.listed, Market_AlreadyListed(termsHash));
        require(!state.revoked, Market_OfferRevoked(termsHash));

        state.listed = true;
        if (state.number == 0) state.number = ++_offerCount;
        emit OfferListed(termsHash, terms.versionId, creator, terms);

        if (msg.value != 0) ESCROW.postBond{value: msg.value}(address(this), creator, termsHash);
    }

    /// @inheritdoc IMarket
    function revokeOffer(Offer calldata offer) external {
        address creator = _msgSender();
        require(creator == offer.creator, Market_NotTitleHolder(offer.versionId, creator, offer.creator));
        bytes32 termsHash = offer.hash();

        _offers[termsHash].revoked = true;
        emit OfferRevoked(termsHash, creator);
    }

    /// @inheritdoc IMarket
    function revokeAllSigned() external {
        address creator = _msgSender();
        uint64 epoch = ++epochOf[creator];
        emit EpochStarted(creator, epoch);
    }

    /// @inheritdoc IMarket
    function purchase(
        Offer calldata offer,
        Order calldata order
    ) external payable nonReentrant returns (uint256 licenseId) {
        return _purchase(offer, order, msg.data[:0]);
    }

    /// @inheritdoc IMarket
    function purchaseWithPermit(
        Offer calldata offer,
        Order calldata order,
        Permit calldata permit
    ) external nonReentrant returns (uint256 licenseId) {
        // a permit that somebody else has used already left the allowance that is needed; an account without code would revert nameless
        if (offer.payToken.code.length != 0) {
            try
                IERC20Permit(offer.payToken).permit(
                    _msgSender(),
                    address(this),
                    permit.value,
                    permit.deadline,
                    permit.v,
                    permit.r,
                    permit.s
                )
            {} catch {}
        }
        return _purchase(offer, order, msg.data[:0]);
    }

    /// @inheritdoc IMarket
    function purchaseSigned(
        Offer calldata offer,
        Order calldata order,
        bytes calldata signature
    ) external payable nonReentrant returns (uint256 licenseId) {
        return _purchase(offer, order, signature);
    }

    /// @inheritdoc IMarket
    function purchaseCart(
        CartItem[] calldata items
    ) external payable nonReentrant returns (uint256[] memory licenseIds) {
        uint256 count = items.length;
        require(count != 0 && count <= MAX_CART_ITEMS, Market_BadCart(count));
        address payer = _msgSender();
        licenseIds = new uint256[](count);

        uint256 nativeLeft = msg.value;
        for (uint256 start = 0; start < count;) {
            (uint256 end, uint256 spent) = _purchaseRun(items, start, payer, nativeLeft, licenseIds);
            nativeLeft -= spent;
            start = end;
        }

        if (nativeLeft != 0) _returnNative(payer, nativeLeft);
    }

    /// @inheritdoc IMarket
    function purchaseWithSwap(
        Offer calldata offer,
        Order calldata order,
        SwapPayment calldata payment
    ) external payable nonReentrant returns (uint256 licenseId, uint256 spent) {
        address payer = _msgSender();
        Config memory current = _openConfig();
        Offer[] memory offers = OfferTerms.room(1);
        uint64 serial = _takeOne(offers, 0, offer, order, msg.data[:0], payer, current);
        spent = _swap(offers[0], payment, payer);
        licenseId = _creditAndIssue(serial, offers[0], order, payer, current);

        if (msg.value > spent) _returnNative(payer, msg.value - spent);
    }

    /// @notice The escrow gave a whole price back: the licence of a sale is burned and its supply returns.
    /// @dev Only the escrow may call; reverts with `Market_NotEscrow` for anyone else.
    function dealRefunded(uint256 licenseId, bytes32 termsHash) external {
        require(msg.sender == address(ESCROW), Market_NotEscrow(msg.sender));

        ++_offers[termsHash].refunded;
        LICENSES.burn(licenseId);
    }

    /// @inheritdoc IMarket
    function setProtocolFee(uint16 feeBps) external restricted {
        _setProtocolFee(feeBps);
    }

    /// @inheritdoc IMarket
    function setTreasury(address treasury) external restricted {
        _setTreasury(treasury);
    }

    /// @inheritdoc IMarket
    function setPayToken(address token, bool allowed, uint8 risks) external restricted {
        require(token.code.length != 0, Market_BadAddress(token));

        _payTokens[token] = PayToken(allowed, risks);
        ++_config.tokenChanges;
        emit PayTokenSet(token, allowed, risks);
    }

    /// @inheritdoc IMarket
    function pausePurchases(uint40 duration) external restricted {
        require(duration <= MAX_PAUSE, Market_PauseTooLong(duration, MAX_PAUSE));
        bytes32 mandate = Mandates.keyOf(_msgSender());
        uint40 notBefore = _nextPauseOf[mandate];
        require(block.timestamp >= notBefore, Market_PauseTooSoon(notBefore));

        uint40 until = (block.timestamp + duration).toUint40();
        _config.pausedUntil = until;
        _nextPauseOf[mandate] = _nextPauseAt = (block.timestamp + PAUSE_COOLDOWN).toUint40();
        emit PurchasesPaused(until);
    }

    /// @inheritdoc IMarket
    function resumePurchases() external restricted {
        _config.pausedUntil = uint40(block.timestamp);
        emit PurchasesResumed();
    }

    /// @notice Whether a licence that was sold through the escrow is locked, and whether its holder may use it.
    function licenseState(uint256 licenseId) external view returns (bool locked, bool usable) {
        DealStatus status = ESCROW.statusOf(address(this), licenseId);
        bool closed = status == DealStatus.Settled || status == DealStatus.Split;
        return (!closed, closed || status == DealStatus.Delivered);
    }

    /// @inheritdoc IMarket
    function hashOffer(Offer calldata offer) external pure returns (bytes32 termsHash) {
        return offer.hash();
    }

    /// @inheritdoc IMarket
    function offerDigest(Offer calldata offer) external view returns (bytes32) {
        return _hashTypedDataV4(offer.hash());
    }

    /// @inheritdoc IMarket
    function offerState(bytes32 termsHash) external view returns (uint32 sold, bool listed, bool revoked) {
        OfferState storage state = _offers[termsHash];
        return (state.issued - state.refunded, state.listed, state.revoked);
    }

    /// @inheritdoc IMarket
    function config()
        external
        view
        returns (address treasury, uint16 protocolFeeBps, uint40 pausedUntil, uint40 nextPauseAt)
    {
        Config storage current = _config;
        return (current.treasury, current.protocolFeeBps, current.pausedUntil, _nextPauseAt);
    }

    /// @inheritdoc IMarket
    function payTokenRisks(address token) external view returns (bool allowed, uint8 risks) {
        PayToken storage entry = _payTokens[token];
        return (entry.allowed, entry.risks);
    }

    function _purchase(
        Offer calldata brought,
        Order calldata order,
        bytes calldata signature
    ) private returns (uint256 licenseId) {
        address payer = _msgSender();
        Config memory current = _openConfig();
        Offer[] memory offers = OfferTerms.room(1);
        uint64 serial = _takeOne(offers, 0, brought, order, signature, payer, current);
        Offer memory offer = offers[0];
        (address token, uint256 price) = (offer.payToken, offer.price);
        uint256 expected = token == NATIVE ? price : 0;
        require(msg.value == expected, Market_WrongValue(msg.value, expected));

        if (token != NATIVE) _collect(token, payer, price);
        return _creditAndIssue(serial, offer, order, payer, current);
    }

    function _creditAndIssue(
        uint64 serial,
        Offer memory offer,
        Order calldata order,
        address payer,
        Config memory current
    ) private returns (uint256 licenseId) {
        if (offer.deliveryWindow == 0) {
            Shares memory shares = Shares(LedgerCall.allocate(3), 0, 0);
            _share(shares, offer, order, current.protocolFeeBps);
            _credit(shares, offer.payToken, current.treasury);
        }
        return _issue(serial, offer, order, payer, current);
    }

    /// @dev Brings the price of an offer out of another token: an ERC-20 to the ledger, native coin here, from where it is credited.
    function _swap(Offer memory offer, SwapPayment calldata payment, address payer) private returns (uint256 spent) {
        uint256 hopCount = payment.hops.length;
        require(
            offer.price != 0 &&
                hopCount != 0 &&
                address(uint160(Hop.unwrap(payment.hops[hopCount - 1]))) == offer.payToken,
            Market_WrongPath(offer.payToken)
        );
        uint256 expected = payment.tokenIn == NATIVE ? payment.maxSpent : 0;
        require(msg.value == expected, Market_WrongValue(msg.value, expected));

        uint256 bound = payment.tokenIn == NATIVE ? payment.maxSpent : _pullForSwap(offer.price, payment, payer);
        spent = EXCHANGE.swapExactOut{value: msg.value}(
            payment.tokenIn,
            payment.hops,
            offer.price,
            bound,
            offer.payToken == NATIVE ? address(this) : address(LEDGER),
            payment.deadline
        );
        if (payment.tokenIn != NATIVE && spent < bound) _returnUnspent(payment.tokenIn, payer, bound - spent);
    }

    /// @dev A token that calls its holder back can make the pool cheaper between the quote and the swap.
    function _returnUnspent(address token, address payer, uint256 amount) private {
        IERC20(token).forceApprove(address(EXCHANGE), 0);
        IERC20(token).safeTransfer(payer, amount);
    }

    /// @dev What the quote says is what the swap takes, unless the token itself moves the pool in between.
    function _pullForSwap(uint256 price, SwapPayment calldata payment, address payer) private returns (uint256 needed) {
        IERC20 token = IERC20(payment.tokenIn);
        needed = EXCHANGE.quoteExactOut(address(token), payment.hops, price);
        require(needed <= payment.maxSpent, Market_SwapAboveBound(needed, payment.maxSpent));

        token.safeTransferFrom(payer, address(this), needed);
        token.forceApprove(address(EXCHANGE), needed);
    }

    /// @dev Buys the lines from `start` on that are paid in the same token, by one transfer. Returns where they end and what they took of
    /// the native coin that came along.
    function _purchaseRun(
        CartItem[] calldata items,
        uint256 start,
        address payer,
        uint256 nativeLeft,
        uint256[] memory licenseIds
    ) private returns (uint256 end, uint256 nativeSpent) {
        address token = items[start].offer.payToken;
        Config memory current = _openConfig();
        Shares memory shares = Shares(LedgerCall.allocate(2 * (items.length - start) + 1), 0, 0);
        Offer[] memory offers = OfferTerms.room(items.length - start);
        (end, nativeSpent) = _takeRun(items, start, payer, current, shares, offers, licenseIds);

        if (token == NATIVE) {
            require(nativeSpent <= nativeLeft, Market_WrongValue(nativeLeft, nativeSpent));
        } else {
            _collect(token, payer, nativeSpent);
            nativeSpent = 0;
        }
        _credit(shares, token, current.treasury);
        for (uint256 i = start; i < end; ++i) {
            licenseIds[i] = _issue(uint64(licenseIds[i]), offers[i - start], items[i].order, payer, current);
        }
    }

    /// @dev Takes the lines from `start` on that are paid in the same token; `spent` is the sum of their prices. The serial of each waits where
    /// the id of its licence will stand.
    function _takeRun(
        CartItem[] calldata items,
        uint256 start,
        address payer,
        Config memory current,
        Shares memory shares,
        Offer[] memory offers,
        uint256[] memory licenseIds
    ) private returns (uint256 end, uint256 spent) {
        address token = items[start].offer.payToken;
        for (end = start; end < items.length && items[end].offer.payToken == token; ++end) {
            CartItem calldata item = items[end];
            licenseIds[end] = _takeOne(offers, end - start, item.offer, item.order, item.signature, payer, current);
            Offer memory offer = offers[end - start];
            spent += offer.price;
            if (offer.deliveryWindow == 0) _share(shares, offer, item.order, current.protocolFeeBps);
        }
    }

    /// @dev Checks everything about one licence of an offer, and counts it as sold. Puts it at `index`; returns the serial of the licence.
    function _takeOne(
        Offer[] memory offers,
        uint256 index,
        Offer calldata brought,
        Order calldata order,
        bytes calldata signature,
        address payer,
        Config memory current
    ) private returns (uint64 serial) {
        bytes32 termsHash = offers.bring(index, brought);
        Offer memory offer = offers[index];
        require(termsHash == order.termsHash, Market_TermsMismatch(order.termsHash, termsHash));
        OfferState storage entry = _offers[termsHash];
        OfferState memory state = entry;
        require(!state.revoked, Market_OfferRevoked(termsHash));
        require(state.issued - state.refunded < offer.supply, Market_SoldOut(termsHash, offer.supply));
        _checkExpiry(offer, termsHash);
        require(offer.buyer == address(0) || offer.buyer == payer, Market_NotTheBuyer(payer, offer.buyer));
        require(offer.price <= order.maxPrice, Market_PriceAboveBound(offer.price, order.maxPrice));
        require(
            current.protocolFeeBps <= offer.maxProtocolFeeBps,
            Market_FeeAboveBound(current.protocolFeeBps, offer.maxProtocolFeeBps)
        );
        if (state.tokensSeen != current.tokenChanges) {
            _checkToken(offer.payToken);
            entry.tokensSeen = current.tokenChanges;
        }
        (address holder, uint40 defectiveAt, uint64 size) = REGISTRY.saleInfo(offer.versionId);
        require(defectiveAt == 0, Market_VersionDefective(offer.versionId));
        require(holder == offer.creator, Market_TitleMoved(offer.versionId, offer.creator, holder));
        if (!state.listed) _checkSigned(offer, termsHash, signature, size);

        if (state.number == 0) {
            state.number = ++_offerCount;
            entry.number = state.number;
        }
        uint32 issued = state.issued + 1;
        entry.issued = issued;
        serial = (uint64(state.number) << 32) | issued;
    }

    /// @dev What `createOffer` checks of a listed offer is checked here for a signed one, at each use.
    function _checkSigned(Offer memory offer, bytes32 termsHash, bytes calldata signature, uint64 size) private view {
        require(signature.length != 0, Market_NotListed(termsHash));
        offer.requireClean();
        offer.check(size);
        uint64 epoch = epochOf[offer.creator];
        require(offer.epoch == epoch, Market_WrongEpoch(offer.creator, offer.epoch, epoch));
        require(
            SignatureChecker.isValidSignatureNowCalldata(offer.creator, _hashTypedDataV4(termsHash), signature),
            Market_BadSignature(termsHash, offer.creator)
        );
    }

    function _checkToken(address token) private view {
        require(_payTokens[token].allowed, Market_TokenNotListed(token));
    }

    function _checkExpiry(Offer memory offer, bytes32 termsHash) private view {
        require(
            offer.expiresAt == 0 || block.timestamp <= offer.expiresAt,
            Market_OfferExpired(termsHash, offer.expiresAt)
        );
    }

    function _openConfig() private view returns (Config memory current) {
        current = _config;
        require(block.timestamp >= current.pausedUntil, Market_Paused(current.pausedUntil));
    }

    /// @dev Moves the price to the ledger, which refuses to credit more than arrived.
    function _collect(address token, address payer, uint256 amount) private {
        if (amount != 0) IERC20(token).safeTransferFrom(payer, address(LEDGER), amount);
    }

    function _share(Shares memory shares, Offer memory offer, Order calldata order, uint16 feeBps) private pure {
        (uint256 toPayee, uint256 toTreasury, uint256 toReferrer) = DealMath.shares(
            offer.price,
            feeBps,
            order.referrer == address(0) ? 0 : offer.referrerBps
        );
        shares.credits.add(offer.creator, toPayee);
        shares.credits.add(order.referrer, toReferrer);
        shares.toTreasury += toTreasury;
        shares.total += offer.price;
    }

    function _credit(Shares memory shares, address token, address treasury) private {
        if (shares.total == 0) return;
        shares.credits.add(treasury, shares.toTreasury);
        shares.credits.credit(LEDGER, token, token == NATIVE ? shares.total : 0);
    }

    /// @dev Issues the licence and, for a file, opens its deal. Until the deal is open the licence is locked and not usable.
    function _issue(
        uint64 serial,
        Offer memory offer,
        Order calldata order,
        address payer,
        Config memory current
    ) private returns (uint256 licenseId) {
        bool escrowed = offer.deliveryWindow != 0;
        require(escrowed || (order.buyerKey == 0 && order.pad == address(0)), Market_PadNotNeeded());
        uint8 flags =
            (offer.transferable ? LicenseIds.TRANSFERABLE : 0) |
                (escrowed ? LicenseIds.ESCROWED : 0) |
                (offer.includesUpdates ? LicenseIds.UPDATES : 0);

        licenseId = LICENSES.mint(order.recipient, offer.versionId, flags, serial);
        emit LicenseSold(order.termsHash, licenseId, payer, offer.price);

        if (escrowed) _openDeal(licenseId, offer, order, payer, current);
    }

    function _openDeal(
        uint256 licenseId,
        Offer memory offer,
        Order calldata order,
        address payer,
        Config memory current
    ) private {
        Deal memory deal = DealCodec.allocate()[0];
        deal.opener = address(this);
        deal.id = licenseId;
        deal.versionId = offer.versionId;
        // the escrow reads it from the registry
        deal.keyX = 0;
        deal.termsHash = order.termsHash;
        (deal.payer, deal.recipient, deal.payee) = (payer, order.recipient, offer.creator);
        (deal.referrer, deal.treasury) = (order.referrer, current.treasury);
        (deal.payToken, deal.price) = (offer.payToken, offer.price);
        deal.protocolFeeBps = current.protocolFeeBps;
        deal.referrerBps = order.referrer == address(0) ? 0 : offer.referrerBps;
        deal.deliverBy = (block.timestamp + offer.deliveryWindow).toUint40();
        deal.complaintWindow = offer.complaintWindow;
        (deal.arbitrator, deal.bond) = (offer.arbitrator, offer.bond);
        (deal.buyerKey, deal.pad) = (order.buyerKey, order.pad);
        deal.complainBy = 0;
        deal.open(ESCROW, offer.payToken == NATIVE ? offer.price : 0);
    }

    /// @dev A payer who refuses the rest finds it in the ledger.
    function _returnNative(address payer, uint256 amount) private {
        (bool accepted, ) = payer.call{value: amount}("");
        if (accepted) return;
        CreditList credits = LedgerCall.allocate(1);
        credits.add(payer, amount);
        credits.credit(LEDGER, NATIVE, amount);
    }

    /// @dev The Authority is asked about the account that really calls, never about one that a forwarder names.
    function _checkCanCall(address, bytes calldata) internal override {
        super._checkCanCall(msg.sender, msg.data);
    }

    function _msgSender() internal view override(Context, ERC2771Context) returns (address) {
        return ERC2771Context._msgSender();
    }

    function _msgData() internal view override(Context, ERC2771Context) returns (bytes calldata) {
        return ERC2771Context._msgData();
    }

    function _contextSuffixLength() internal view override(Context, ERC2771Context) returns (uint256) {
        return ERC2771Context._contextSuffixLength();
    }

    function _setProtocolFee(uint16 feeBps) private {
        require(feeBps <= MAX_PROTOCOL_FEE_BPS, Market_ProtocolFeeTooHigh(feeBps, MAX_PROTOCOL_FEE_BPS));
        _config.protocolFeeBps = feeBps;
        emit ProtocolFeeSet(feeBps);
    }

    function _setTreasury(address treasury) private {
        require(treasury != address(0), Market_BadAddress(treasury));
        _config.treasury = treasury;
        emit TreasurySet(treasury);
    }
}
