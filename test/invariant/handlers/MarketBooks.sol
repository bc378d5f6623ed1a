// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Offer, Order} from "../../../contracts/market/IMarket.sol";
import {Greedy} from "./Greedy.sol";
import {ProtocolHandler} from "./ProtocolHandler.sol";

/// @notice A licence that was sold, and who holds it.
struct Sold {
    uint256 id;
    address owner;
    bool transferable;
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
    mapping(address token => bool) public allowed;
    mapping(address creator => uint64) public epochs;

    uint16 public feeBps = 250;
    address public treasuryNow;
    uint256 public pausedUntil;
    uint256 public nextPauseAt;
    uint48 public models;
    Greedy public greedy;

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

    function _payer(Offer memory offer, uint256 seed) internal view returns (address) {
        return offer.buyer == address(0) ? _buyer(seed) : offer.buyer;
    }

    function _model(uint256 seed) internal view returns (uint48) {
        return uint48(1 + (seed % models));
    }
}
