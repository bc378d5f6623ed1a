// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Offer} from "../../../contracts/market/IMarket.sol";
import {IRights, Sale} from "../../../contracts/market/IRights.sol";

/// @notice A rights module that counts what was bought, keeps the money of a sale when it is told to, and can stop the use of a licence.
contract CountedRights is IRights {
    address private immutable _MARKET;

    bool public keeps;
    /// @notice Hash of the last sale that it was told of.
    bytes32 public told;
    /// @notice How many sales it was told of.
    uint256 public sales;
    mapping(uint256 licenseId => bool) public stopped;
    mapping(uint256 licenseId => uint256) public measure;

    constructor(address market) {
        _MARKET = market;
    }

    /// @notice What it kept is withdrawn in native coin too.
    receive() external payable {}

    function setKeeps(bool keeps_) external {
        keeps = keeps_;
    }

    function setStopped(uint256 licenseId, bool stopped_) external {
        stopped[licenseId] = stopped_;
    }

    function grant(Sale calldata sale) external returns (bool keepsMoney) {
        require(msg.sender == _MARKET, "not the market");
        measure[sale.licenseId] += sale.quantity;
        told = keccak256(abi.encode(sale));
        ++sales;
        return keeps;
    }

    function check(Offer calldata offer) external pure {
        require(offer.rightsTerms != 0, "no terms");
    }

    function mayUse(uint256 licenseId, address owner, address user) external view returns (bool) {
        return owner == user && !stopped[licenseId];
    }

    function beforeTransfer(uint256, address, address) external pure {}
}
