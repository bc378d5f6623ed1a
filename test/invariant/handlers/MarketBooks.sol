// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Offer, Order} from "../../../contracts/market/IMarket.sol";
import {CountedRights} from "./CountedRights.sol";
import {Greedy} from "./Greedy.sol";
import {ProtocolHandler} from "./ProtocolHandler.sol";

/// @notice A licence that was sold, and who holds it.
struct Sold {
    uint256 id;
    address owner;
    bool transferable;
    uint32 rights;
    uint16 feeBps;
    uint256 offer;
}

/// @notice How a purchase reaches the market.
enum Way {
    Plain,
    Permitted,
    Signed,
    Forwarded
}

/// @notice What the campaign knows of the market: its own books, which no call to the market fills.
abstract contract MarketBooks is ProtocolHandler {
    Offer[] internal _offers;
    bytes32[] public hashes;
    uint64[] public versions;
    Sold[] internal _licenses;
    mapping(bytes32 termsHash => uint32) public soldOf;
    mapping(bytes32 termsHash => bool) public listedOf;
    mapping(bytes32 termsHash => bool) public revokedOf;
    mapping(uint48 modelId => address) public titleOf;
    mapping(uint48 modelId => uint16) public versionsOf;
    mapping(uint48 modelId => address) public creatorOf;
    mapping(uint48 modelId => uint256) public createdAt;
    mapping(uint48 modelId => address) public fixedPayee;
    mapping(address token => bool) public allowed;
    mapping(address creator => uint64) public epochs;

    uint16 public feeBps = 250;
    address public treasuryNow;
    uint256 public pausedUntil;
    uint256 public nextPauseAt;
    uint48 public models;
    Greedy public greedy;
    /// @notice The rights module of the campaign, its index, and whether new licences may name it.
    CountedRights public counted_;
    uint32 public countedIndex;
    bool public rightsOpen;

    uint64 internal _salt;

    function offerCount() external view returns (uint256) {
        return _offers.length;
    }

    function licenseCount() external view returns (uint256) {
        return _licenses.length;
    }

    function licenseAt(uint256 index) external view returns (Sold memory) {
        return _licenses[index];
    }

    function supplyAt(uint256 index) external view returns (uint32) {
        return _offers[index].supply;
    }

    function _order(uint256 index, address recipient, address referrer) internal view returns (Order memory) {
        return Order(hashes[index], _offers[index].price, recipient, referrer, 0, address(0), 0, 0);
    }

    function offerAt(uint256 index) external view returns (Offer memory) {
        return _offers[index];
    }

    /// @notice Whether the holder of a licence may use it.
    function isUsable(Sold memory sold) public view returns (bool) {
        return sold.rights == 0 || !counted_.stopped(sold.id);
    }

    /// @dev Who is paid for licences of a model: the payee that was fixed, or who holds the title now.
    function _payeeOf(uint48 modelId) internal view returns (address) {
        return fixedPayee[modelId] == address(0) ? titleOf[modelId] : fixedPayee[modelId];
    }

    function payeeOf(uint48 modelId) external view returns (address) {
        return _payeeOf(modelId);
    }

    function _payer(Offer memory offer, uint256 seed) internal view returns (address) {
        return offer.buyer == address(0) ? _buyer(seed) : offer.buyer;
    }

    function _model(uint256 seed) internal view returns (uint48) {
        return uint48(1 + (seed % models));
    }
}
